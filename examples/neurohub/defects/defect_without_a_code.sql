-- finds: business.defects_have_codes error defects_have_codes
-- exit: 1
UPDATE process_data SET defects = '[{"defect_name": "치수 불량"}]' WHERE id = (SELECT min(id) FROM process_data WHERE result = 'FAIL');
