-- The one of the month after next.
-- finds: schema.partition_coverage warning public.audit_logs(created_at)
-- exit: 0
DO $$
BEGIN
    EXECUTE format('DROP TABLE audit_logs_y%s', to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY"m"MM'));
END;
$$;
