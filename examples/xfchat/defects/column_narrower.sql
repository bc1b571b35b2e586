-- finds: schema.column_type error public.friend_requests(from_email)
-- exit: 1
ALTER TABLE friend_requests ALTER COLUMN from_email TYPE varchar(30);
