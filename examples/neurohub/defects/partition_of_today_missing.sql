-- Every change is stored and none is logged: the log's function swallows what goes wrong.
-- finds: schema.partition_coverage error public.audit_logs(created_at)
-- finds: business.audit_trail error public.process_data
-- exit: 1
DO $$
BEGIN
    EXECUTE format('ALTER TABLE audit_logs DETACH PARTITION audit_logs_y%s', to_char(now() AT TIME ZONE 'UTC', 'YYYY"m"MM'));
END;
$$;
