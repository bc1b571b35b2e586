-- finds: business.copies_are_unchanged error public.messages
-- exit: 1
UPDATE chat_messages SET content = replace(content, '🚀', '?') WHERE id = (SELECT id FROM messages WHERE text LIKE '%🚀%' LIMIT 1);
