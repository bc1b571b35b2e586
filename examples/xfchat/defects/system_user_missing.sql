-- finds: business.system_users_exist critical public.users
-- exit: 2
UPDATE users SET email = 'bot@chat.example' WHERE email = 'system@bot';
