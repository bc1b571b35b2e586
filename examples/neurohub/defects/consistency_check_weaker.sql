-- The name is there, but the CHECK no longer says what is wanted.
-- finds: schema.constraint_missing error public.process_data
-- exit: 1
ALTER TABLE process_data DROP CONSTRAINT chk_process_data_wip_serial_consistency;
ALTER TABLE process_data ADD CONSTRAINT chk_process_data_wip_serial_consistency
    CHECK (data_level <> 'LOT' OR (wip_id IS NULL AND serial_id IS NULL));
