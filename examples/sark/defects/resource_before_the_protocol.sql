-- finds: data.time_range error public.resources(created_at)
-- exit: 1
UPDATE resources SET created_at = '1970-01-01 00:00Z' WHERE protocol = 'graphql';
