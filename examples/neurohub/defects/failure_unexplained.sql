-- finds: business.failures_are_explained warning failures_are_explained
-- exit: 0
UPDATE process_data SET notes = NULL WHERE id = (SELECT min(id) FROM process_data WHERE result = 'FAIL');
