-- One of 5,000 messages did not arrive.
-- finds: business.count error public.chat_messages
-- also: business.nothing_was_lost warning nothing_was_lost
-- also: business.parents_exist warning parents_exist
-- exit: 1
DELETE FROM chat_messages WHERE id = (SELECT id FROM messages WHERE version IS NOT NULL ORDER BY timestamp LIMIT 1 OFFSET 100);
