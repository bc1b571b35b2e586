-- finds: business.senders_take_part error senders_take_part
-- exit: 1
UPDATE chat_messages SET sender_id = md5('person9')::uuid WHERE braid_version = (
    SELECT braid_version FROM chat_messages WHERE conversation_id = md5('room5')::uuid ORDER BY braid_version LIMIT 1);
