-- resources.endpoint is NOT NULL: on such a server the copy of the original fails as a whole.
-- finds: business.servers_have_an_address error servers_have_an_address
-- exit: 1
UPDATE mcp_servers SET command = NULL, endpoint = NULL WHERE id = md5('server8')::uuid;
