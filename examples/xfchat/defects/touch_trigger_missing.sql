-- finds: schema.trigger_missing error public.chat_messages
-- exit: 1
DROP TRIGGER chat_messages_touch ON chat_messages;
