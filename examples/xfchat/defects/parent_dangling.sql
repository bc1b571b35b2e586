-- finds: business.parents_exist warning parents_exist
-- exit: 0
UPDATE chat_messages SET braid_parents = braid_parents || 'w99999'::text WHERE braid_version = 'w2000';
