-- finds: schema.constraint_missing error public.chat_messages
-- exit: 1
ALTER TABLE chat_messages DROP CONSTRAINT not_null_conversation;
