-- finds: data.time_range error public.lots(created_at)
-- exit: 1
UPDATE lots SET created_at = '1970-01-21 05:00Z' WHERE id = 5;
