-- A message of somebody who is still here went to the system user.
-- finds: business.senders_are_kept error senders_are_kept
-- exit: 1
UPDATE chat_messages SET sender_id = (SELECT id FROM users WHERE email = 'system@global')
 WHERE id = (SELECT id FROM messages WHERE user_id IS NOT NULL ORDER BY id LIMIT 1);
