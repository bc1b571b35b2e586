-- One round of what the registry writes while v1 and v2 are both served. Every COMMIT leaves a database that
-- checks/app.yaml has nothing against, so a check may run at any moment of it. One statement, for any client:
-- `pgbench -n -f examples/sark/traffic.sql -T 60 -c 3`.
DO $$
DECLARE
    server uuid := md5('server' || clock_timestamp() || pg_backend_pid())::uuid;
    tool uuid := md5('tool' || clock_timestamp() || pg_backend_pid())::uuid;
    principal text := 'user-' || 1 + (random() * 119)::integer;
BEGIN
    INSERT INTO mcp_servers (id, name, transport, command, sensitivity_level, status)
    VALUES (server, 'new', 'stdio', 'npx -y new', 'low', 'active');
    INSERT INTO resources (id, name, protocol, endpoint, sensitivity_level, metadata)
    VALUES (server::text, 'new', 'mcp', 'npx -y new', 'low', '{"status": "active", "transport": "stdio"}');
    COMMIT;
    INSERT INTO mcp_tools (id, server_id, name, parameters_schema)
    VALUES (tool, server, 'search', '{"type": "object"}');
    INSERT INTO capabilities (id, resource_id, name, input_schema)
    VALUES (tool::text, server::text, 'search', '{"type": "object"}');
    COMMIT;
    FOR n IN 1 .. 3 LOOP
        INSERT INTO cost_tracking (principal_id, resource_id, capability_id, actual_cost)
        VALUES (principal, server::text, tool::text, 0.047);
        UPDATE principal_budgets SET monthly_spent = monthly_spent + 0.047 WHERE principal_id = principal;
        COMMIT;
    END LOOP;
    INSERT INTO audit_events (event_type, resource_id, capability_id, protocol)
    VALUES ('tool_invoked', server::text, tool::text, 'mcp');
    COMMIT;
    UPDATE mcp_servers SET sensitivity_level = 'high' WHERE id = server;
    UPDATE resources SET sensitivity_level = 'high' WHERE id = server::text;
    COMMIT;
END;
$$;
