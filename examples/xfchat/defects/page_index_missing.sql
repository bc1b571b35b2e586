-- finds: schema.index_missing error public.chat_messages
-- exit: 1
DROP INDEX idx_chat_messages_conversation;
