-- finds: schema.primary_key error public.users(email)
-- exit: 1
ALTER TABLE users DROP CONSTRAINT users_email_key;
