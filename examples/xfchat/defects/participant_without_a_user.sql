-- finds: relationships.orphans error public.conversation_participants(user_id)
-- exit: 1
SET session_replication_role = replica;
INSERT INTO conversation_participants (conversation_id, user_id) VALUES (md5('room220')::uuid, md5('nobody')::uuid);
