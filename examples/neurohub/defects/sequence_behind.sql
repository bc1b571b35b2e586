-- finds: schema.sequence_behind error public.lots(id)
-- exit: 1
SELECT setval(pg_get_serial_sequence('lots', 'id'), 3) \g /dev/null
