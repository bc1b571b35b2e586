-- Nobody makes the partitions any more; this month's is the last.
-- finds: schema.partition_coverage error public.usage_history(date)
-- also: schema.partition_coverage warning public.usage_history(date)
-- exit: 1
DO $$
BEGIN
    FOR n IN 1 .. 13 LOOP
        EXECUTE format('DROP TABLE usage_history_%s',
                       to_char(date_trunc('month', current_date) + make_interval(months => n), 'YYYY_MM'));
    END LOOP;
END;
$$;
