-- An alert of an exploit that is gone, loaded while foreign keys did not fire.
-- finds: relationships.orphans error public.alerts_sent(exploit_id)
-- exit: 1
SET session_replication_role = replica;
INSERT INTO alerts_sent (exploit_id, channel, sent_at) VALUES (999999, 'email', '2025-10-30 12:00Z');
