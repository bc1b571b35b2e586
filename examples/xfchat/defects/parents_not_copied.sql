-- As in the original, which never writes braid_parents.
-- finds: business.parents_are_copied error parents_are_copied
-- exit: 1
UPDATE chat_messages AS c SET braid_parents = NULL FROM messages AS m WHERE m.id = c.id AND m.version LIKE 'v7%';
