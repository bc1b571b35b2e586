-- finds: data.duplicate_keys error public.friend_requests(from_user_id, to_user_id)
-- exit: 1
INSERT INTO friend_requests (from_user_id, to_user_id, from_username, from_email, to_email)
SELECT from_user_id, to_user_id, from_username, from_email, to_email FROM friend_requests ORDER BY id LIMIT 1;
