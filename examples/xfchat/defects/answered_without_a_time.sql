-- finds: business.answers_have_a_time error answers_have_a_time
-- exit: 1
UPDATE friend_requests SET responded_at = NULL WHERE id = (SELECT id FROM friend_requests WHERE status = 'rejected' LIMIT 1);
