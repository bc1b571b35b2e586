-- finds: business.fail_needs_defects error fail_needs_defects
-- exit: 1
UPDATE process_data SET defects = NULL WHERE id = (SELECT max(id) FROM process_data WHERE result = 'FAIL');
