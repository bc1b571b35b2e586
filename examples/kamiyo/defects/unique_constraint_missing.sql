-- finds: schema.constraint_missing error public.users(email)
-- exit: 1
ALTER TABLE users DROP CONSTRAINT users_email_key;
