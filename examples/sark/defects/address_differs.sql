-- finds: business.copied_servers_are_unchanged error copied_servers_are_unchanged
-- exit: 1
UPDATE resources SET endpoint = 'npx -y @registry/server-0' WHERE id = md5('server3')::uuid::text;
