-- The level was raised in v1, the copy ran again and left the old one.
-- finds: business.sensitivity_is_not_stale error sensitivity_is_not_stale
-- exit: 1
UPDATE mcp_servers SET sensitivity_level = 'critical' WHERE id = (SELECT id FROM mcp_servers WHERE sensitivity_level = 'low' ORDER BY id LIMIT 1);
