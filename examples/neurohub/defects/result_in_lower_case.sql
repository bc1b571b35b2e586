-- The first schema spelled results in lower case; the CHECK of the second came NOT VALID, and the rows stayed.
-- finds: data.check_violated error public.process_data(result)
-- finds: schema.constraint_missing error public.process_data
-- also: schema.check_not_validated warning public.process_data.chk_process_data_result
-- also: data.value_variants warning public.process_data(result)
-- exit: 1
SET session_replication_role = replica;
ALTER TABLE process_data DROP CONSTRAINT chk_process_data_result;
UPDATE process_data SET result = 'pass' WHERE data_level = 'LOT' AND id > (SELECT min(id) FROM process_data);
ALTER TABLE process_data ADD CONSTRAINT chk_process_data_result CHECK (result IN ('PASS', 'FAIL', 'REWORK')) NOT VALID;
