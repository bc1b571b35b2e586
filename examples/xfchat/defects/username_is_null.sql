-- finds: data.null_values error public.users(username)
-- exit: 1
UPDATE users SET username = NULL WHERE email = 'person77@chat.example';
