-- finds: relationships.foreign_key_actions error public.capabilities(resource_id)
-- exit: 1
ALTER TABLE capabilities DROP CONSTRAINT capabilities_resource_id_fkey;
ALTER TABLE capabilities ADD CONSTRAINT capabilities_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES resources (id);
