-- finds: business.system_users_exist critical system_users_exist
-- exit: 2
UPDATE users SET email = 'bot@chat.example' WHERE email = 'system@bot';
