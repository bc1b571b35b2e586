-- finds: business.pass_has_no_defects error pass_has_no_defects
-- exit: 1
UPDATE process_data SET defects = '[{"defect_code": "D101", "defect_name": "치수 불량"}]'
 WHERE id = (SELECT min(id) FROM process_data WHERE result = 'PASS');
