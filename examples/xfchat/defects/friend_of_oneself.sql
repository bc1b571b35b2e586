-- finds: data.check_violated error public.friend_requests(from_user_id, to_user_id)
-- finds: schema.constraint_missing error public.friend_requests
-- also: schema.check_not_validated warning public.friend_requests.friend_requests_not_self
-- exit: 1
ALTER TABLE friend_requests DROP CONSTRAINT friend_requests_not_self;
INSERT INTO friend_requests (from_user_id, to_user_id, from_username, from_email, to_email)
SELECT id, id, username, email, email FROM users WHERE email = 'person3@chat.example';
ALTER TABLE friend_requests ADD CONSTRAINT friend_requests_not_self CHECK (from_user_id <> to_user_id) NOT VALID;
