-- finds: schema.partition_coverage error public.audit_logs
-- exit: 1
DO $$
BEGIN
    EXECUTE format('DROP TABLE audit_logs_y%s', to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY"m"MM'));
END;
$$;
