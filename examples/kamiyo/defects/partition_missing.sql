-- Nobody makes the partitions any more; the one of the month after next is not there.
-- finds: schema.partition_coverage error public.usage_history
-- exit: 1
DO $$
BEGIN
    EXECUTE format('DROP TABLE usage_history_%s', to_char(current_date + interval '2 months', 'YYYY_MM'));
END;
$$;
