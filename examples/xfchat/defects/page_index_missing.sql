-- finds: schema.index_missing error public.chat_messages
-- also: relationships.no_index warning public.chat_messages(conversation_id)
-- exit: 1
DROP INDEX idx_chat_messages_conversation;
