-- The column was made NULLable for the copy, and the copy used it.
-- finds: data.null_values error public.chat_messages(sender_id)
-- finds: schema.column_nullable error public.chat_messages(sender_id)
-- exit: 1
ALTER TABLE chat_messages ALTER COLUMN sender_id DROP NOT NULL;
UPDATE chat_messages SET sender_id = NULL WHERE braid_version = 'w100';
