-- finds: data.time_range error public.exploits(timestamp)
-- exit: 1
UPDATE exploits SET timestamp = to_timestamp(extract(epoch FROM timestamp) / 1000) WHERE id = 30;
