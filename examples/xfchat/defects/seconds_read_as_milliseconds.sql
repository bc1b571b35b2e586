-- finds: data.time_range error public.chat_messages(created_at)
-- exit: 1
UPDATE chat_messages SET created_at = to_timestamp(extract(epoch FROM created_at) / 1000) WHERE braid_version IN ('w11', 'w12');
