-- The CHECK came later, NOT VALID, over a row that breaks it.
-- finds: data.check_violated error public.process_data(completed_at, started_at)
-- finds: schema.constraint_missing error public.process_data
-- also: schema.check_not_validated warning public.process_data.chk_process_data_timestamps
-- exit: 1
SET session_replication_role = replica;
ALTER TABLE process_data DROP CONSTRAINT chk_process_data_timestamps;
UPDATE process_data SET completed_at = started_at - interval '1 minute' WHERE id = (SELECT max(id) FROM process_data WHERE result = 'REWORK');
ALTER TABLE process_data ADD CONSTRAINT chk_process_data_timestamps CHECK (completed_at >= started_at) NOT VALID;
