-- finds: business.direct_conversations_have_two error direct_conversations_have_two
-- exit: 1
INSERT INTO conversation_participants (conversation_id, user_id)
SELECT md5('room5')::uuid, id FROM users WHERE email = 'person9@chat.example';
