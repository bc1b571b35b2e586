-- finds: schema.naive_timestamp info public.users(last_login)
-- exit: 0
ALTER TABLE users ALTER COLUMN last_login TYPE timestamp;
