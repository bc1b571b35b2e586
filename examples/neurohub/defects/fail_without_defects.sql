-- The database takes it; so did the original's for years.
-- finds: business.fail_needs_defects error fail_needs_defects
-- exit: 1
UPDATE process_data SET defects = '[]' WHERE id IN (SELECT id FROM process_data WHERE result = 'FAIL' ORDER BY id LIMIT 3);
