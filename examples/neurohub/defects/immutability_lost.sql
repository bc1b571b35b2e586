-- finds: schema.trigger_missing error public.process_data
-- exit: 1
DROP TRIGGER trg_process_data_immutable ON process_data;
