-- finds: business.copied_tools_are_unchanged error copied_tools_are_unchanged
-- exit: 1
UPDATE mcp_tools SET server_id = md5('server1')::uuid WHERE id = (SELECT id FROM mcp_tools WHERE server_id <> md5('server1')::uuid ORDER BY id LIMIT 1);
