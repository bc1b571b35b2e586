-- finds: data.null_values error public.exploits(created_at)
-- exit: 1
UPDATE exploits SET created_at = NULL WHERE id IN (1001, 1002);
