-- finds: data.null_values error public.users(api_key)
-- exit: 1
UPDATE users SET api_key = NULL WHERE id IN (5, 6, 7);
