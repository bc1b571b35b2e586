-- finds: schema.index_missing error public.process_data
-- exit: 1
DROP INDEX uk_process_data_wip_process_incomplete;
