-- The column was added NULLable to the filled table, and stayed so.
-- finds: schema.column_nullable error public.chat_messages(conversation_id)
-- exit: 1
ALTER TABLE chat_messages ALTER COLUMN conversation_id DROP NOT NULL;
