-- finds: schema.constraint_missing error public.process_data
-- exit: 1
ALTER TABLE process_data DROP CONSTRAINT chk_process_data_duration;
