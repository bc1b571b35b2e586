-- finds: business.parents_exist warning public.chat_messages
-- exit: 0
UPDATE chat_messages SET braid_parents = braid_parents || 'w99999'::text WHERE braid_version = 'w2000';
