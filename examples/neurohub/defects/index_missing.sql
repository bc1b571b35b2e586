-- finds: schema.index_missing error public.process_data
-- exit: 1
DROP INDEX idx_process_data_serial_process;
