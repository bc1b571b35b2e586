-- finds: relationships.orphans error public.capabilities(resource_id)
-- exit: 1
SET session_replication_role = replica;
INSERT INTO capabilities (id, resource_id, name) VALUES ('orphan-1', 'gone', 'search');
