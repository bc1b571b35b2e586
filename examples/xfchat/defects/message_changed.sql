-- finds: business.copies_are_unchanged error copies_are_unchanged
-- exit: 1
UPDATE chat_messages SET content = replace(content, '🚀', '?') WHERE id = (SELECT id FROM messages WHERE text LIKE '%🚀%' LIMIT 1);
