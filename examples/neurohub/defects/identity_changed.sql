-- Past the trigger that forbids it: by a session that had switched triggers off.
-- finds: business.identity_never_changes error identity_never_changes
-- exit: 1
SET session_replication_role = replica;
UPDATE process_data SET operator_id = 9 WHERE id = (SELECT max(id) FROM process_data WHERE operator_id <> 9);
