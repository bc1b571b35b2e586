-- finds: schema.primary_key error public.mcp_servers(consul_id)
-- exit: 1
ALTER TABLE mcp_servers DROP CONSTRAINT mcp_servers_consul_id_key;
