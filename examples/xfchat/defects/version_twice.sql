-- finds: data.duplicate_keys error public.chat_messages(braid_version)
-- exit: 1
INSERT INTO chat_messages (conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents)
SELECT conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents FROM chat_messages WHERE braid_version = 'w40';
