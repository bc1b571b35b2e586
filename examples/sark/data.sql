-- Rows for schema.sql, the same in every run: no random(), every choice is a hash of its row's number. Written for psql.
-- 1,234 servers with 5,678 tools, their copy in v2, 150 resources of other protocols, 6,000 calls with their cost.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL TimeZone = 'UTC';

-- 0 <= dice < sides
CREATE FUNCTION pg_temp.dice(what text, row_number bigint, sides bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(what || row_number), 1, 15))::bit(60)::bigint % sides
$$;
-- 1 <= rank <= items; the first ranks come up most, as in Zipf's law.
CREATE FUNCTION pg_temp.rank(what text, row_number bigint, items integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT least(items, power(items + 1, pg_temp.dice(what, row_number, 1000000) / 1000000.0)::integer)
$$;
CREATE FUNCTION pg_temp.pick(what text, row_number bigint, VARIADIC items text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT items[pg_temp.rank(what, row_number, cardinality(items))]
$$;
CREATE FUNCTION pg_temp.key(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(what || n)::uuid $$;

INSERT INTO users (id, email, full_name, hashed_password, role, is_admin, created_at, updated_at)
SELECT pg_temp.key('user', n), 'engineer' || n || '@registry.example',
       (ARRAY['김하늘', 'Ada Moreau', 'Ravi Iyer'])[1 + n % 3] || ' ' || n,
       '$argon2id$' || md5('password' || n), pg_temp.pick('role', n, 'developer', 'operator', 'auditor'), n <= 3,
       timestamptz '2025-01-06 00:00Z', timestamptz '2025-01-06 00:00Z'
  FROM generate_series(1, 120) AS n;
INSERT INTO teams (id, name, created_at)
SELECT pg_temp.key('team', n), 'team-' || n, timestamptz '2025-01-06 00:00Z' FROM generate_series(1, 12) AS n;
INSERT INTO user_teams (user_id, team_id)
SELECT pg_temp.key('user', n), pg_temp.key('team', 1 + n % 12) FROM generate_series(1, 120) AS n;
INSERT INTO api_keys (id, user_id, key_hash, scopes, created_at)
SELECT pg_temp.key('api key', n), pg_temp.key('user', n), md5('a' || n) || md5('b' || n),
       CASE WHEN n % 2 = 0 THEN ARRAY['read'] ELSE ARRAY['read', 'invoke'] END, timestamptz '2025-02-01 00:00Z'
  FROM generate_series(1, 100) AS n;

INSERT INTO policies (id, name, created_at)
SELECT pg_temp.key('policy', n), 'policy-' || n, timestamptz '2025-02-01 00:00Z' FROM generate_series(1, 20) AS n;
INSERT INTO policy_versions (id, policy_id, version, content, created_at)
SELECT pg_temp.key('policy version', 10 * n + version), pg_temp.key('policy', n), version,
       'allow { input.level != "critical" }',
       timestamptz '2025-02-01 00:00Z' + version * interval '30 days'
  FROM generate_series(1, 20) AS n, generate_series(1, 3) AS version;
UPDATE policies SET current_version_id = v.id FROM policy_versions AS v WHERE v.policy_id = policies.id AND v.version = 3;

-- Names are not unique. A stdio server has a command, the others an address.
INSERT INTO mcp_servers (id, name, description, transport, endpoint, command, mcp_version, capabilities,
                         sensitivity_level,
                         signature, status, health_endpoint, last_health_check, owner_id, team_id, consul_id, tags,
                         extra_metadata, created_at, updated_at)
SELECT pg_temp.key('server', n),
       pg_temp.pick('server name', n, 'github', 'jira', 'postgres', 'slack', 'files', '문서검색', 'billing')
           || '-' || (1 + n % 400), 'reads and writes ' || n, transport::transporttype,
       CASE WHEN transport <> 'stdio' THEN 'https://mcp' || n || '.registry.example/' || transport END,
       CASE WHEN transport = 'stdio' THEN 'npx -y @registry/server-' || n END, '2025-06-18',
       CASE WHEN n % 4 = 0 THEN '["tools", "resources"]'::jsonb ELSE '["tools"]'::jsonb END,
       pg_temp.pick('level', n, 'medium', 'low', 'high', 'critical')::sensitivitylevel,
       CASE WHEN n % 6 = 0 THEN md5('signature' || n) END,
       pg_temp.pick('status', n, 'active', 'registered', 'inactive', 'unhealthy', 'decommissioned')::serverstatus,
       CASE WHEN transport <> 'stdio' THEN 'https://mcp' || n || '.registry.example/health' END,
       CASE WHEN n % 3 <> 0 THEN timestamptz '2025-10-20 00:00Z' + n * interval '3 minutes' END,
       CASE WHEN n % 10 <> 0 THEN pg_temp.key('user', 1 + n % 120) END, pg_temp.key('team', 1 + n % 12),
       CASE WHEN n % 5 = 0 THEN 'consul-' || n END,
       to_jsonb(ARRAY['env:' || pg_temp.pick('env', n, 'prod', 'staging', 'dev')]),
       CASE WHEN n % 7 = 0 THEN jsonb_build_object('cost_center', n % 30) ELSE '{}'::jsonb END,
       timestamptz '2025-03-01 00:00Z' + n * interval '4 h', timestamptz '2025-03-02 00:00Z' + n * interval '4 h'
  FROM generate_series(1, 1234) AS n,
       LATERAL (SELECT pg_temp.pick('transport', n, 'stdio', 'http', 'sse') AS transport) AS t;

INSERT INTO mcp_tools (id, server_id, name, description, parameters_schema, sensitivity_level, requires_approval,
                       extra_metadata, created_at, updated_at)
SELECT pg_temp.key('tool', n), pg_temp.key('server', 1 + pg_temp.dice('of server', n, 1200)),
       pg_temp.pick('tool name', n, 'search', 'read', 'list', 'create', 'delete', '조회'),
       repeat('does what it says. ', 1 + (n % 9)::integer),
       CASE WHEN n % 8 = 0 THEN '{}'::jsonb
            ELSE jsonb_build_object('type', 'object', 'properties',
                                    jsonb_build_object('query', '{"type": "string"}'::jsonb, 'limit',
                                                       jsonb_build_object('type', 'integer', 'minimum', -(n % 3)))) END,
       pg_temp.pick('tool level', n, 'medium', 'low', 'high', 'critical')::sensitivitylevel, n % 9 = 0, '{}',
       timestamptz '2025-04-01 00:00Z', timestamptz '2025-04-01 00:00Z'
  FROM generate_series(1, 5678) AS n;

-- The copy. What v1 says of status and transport stands on the right, so that extra_metadata cannot overwrite it.
INSERT INTO resources (id, name, protocol, endpoint, sensitivity_level, metadata, created_at, updated_at)
SELECT id::text, name, 'mcp', coalesce(command, endpoint), sensitivity_level::text,
       extra_metadata || jsonb_build_object(
           'transport', transport, 'command', command, 'endpoint', endpoint, 'mcp_version', mcp_version,
           'capabilities', capabilities, 'status', status, 'health_endpoint', health_endpoint,
           'last_health_check', last_health_check, 'owner_id', owner_id, 'team_id', team_id,
           'consul_id', consul_id, 'tags', tags, 'signature', signature, 'description', description),
       created_at, updated_at
  FROM mcp_servers;
INSERT INTO capabilities (id, resource_id, name, description, input_schema, sensitivity_level, metadata)
SELECT id::text, server_id::text, name, description, parameters_schema, sensitivity_level::text,
       extra_metadata || jsonb_build_object('requires_approval', requires_approval, 'signature', signature)
  FROM mcp_tools;

-- What was never in v1.
INSERT INTO resources (id, name, protocol, endpoint, sensitivity_level, metadata, created_at, updated_at)
SELECT protocol || '-' || n, 'service-' || n, protocol, 'https://service' || n || '.registry.example',
       pg_temp.pick('level', n, 'medium', 'low', 'high', 'critical'), '{"status": "active"}',
       timestamptz '2025-09-01 00:00Z' + n * interval '5 h', timestamptz '2025-09-01 00:00Z' + n * interval '5 h'
  FROM generate_series(1, 150) AS n,
       LATERAL (SELECT pg_temp.pick('protocol', n, 'http', 'grpc', 'graphql', 'websocket') AS protocol) AS p;
INSERT INTO capabilities (id, resource_id, name, description, input_schema, sensitivity_level)
SELECT r.id || '/' || verb, r.id, verb, verb || ' of ' || r.name, '{"type": "object", "properties": {}}', 'medium'
  FROM resources AS r, unnest(ARRAY['get', 'put']) AS verb
 WHERE r.protocol <> 'mcp';

INSERT INTO federation_nodes (id, node_id, name, endpoint, trust_anchor_cert, enabled, trusted_since, created_at,
                              updated_at)
SELECT pg_temp.key('node', n), 'node-' || n, 'partner ' || n, 'https://node' || n || '.partner.example',
       E'-----BEGIN CERTIFICATE-----\n' || md5('cert' || n) || E'\n-----END CERTIFICATE-----', n % 4 <> 0,
       timestamptz '2025-09-01 00:00Z', timestamptz '2025-09-01 00:00Z', timestamptz '2025-09-01 00:00Z'
  FROM generate_series(1, 15) AS n;

INSERT INTO principal_budgets (principal_id, daily_budget, monthly_budget, last_daily_reset, last_monthly_reset)
SELECT 'user-' || n, 10, 200, timestamptz '2025-11-01 00:00Z', timestamptz '2025-11-01 00:00Z'
  FROM generate_series(1, 120) AS n;

INSERT INTO cost_tracking (timestamp, principal_id, resource_id, capability_id, estimated_cost, actual_cost)
SELECT timestamptz '2025-11-01 00:00Z' + n * interval '6 minutes', 'user-' || pg_temp.rank('principal', n, 120),
       c.resource_id, c.id, 0.05,
       (1 + pg_temp.dice('cost', n, 940)) / 10000.0
  FROM generate_series(1, 6000) AS n
  JOIN (SELECT id, resource_id, row_number() OVER (ORDER BY id) AS k FROM capabilities) AS c
    ON c.k = pg_temp.rank('called', n, 5978);
UPDATE principal_budgets AS b
   SET monthly_spent = c.cost
  FROM (SELECT principal_id, sum(actual_cost) AS cost FROM cost_tracking GROUP BY principal_id) AS c
 WHERE c.principal_id = b.principal_id;

INSERT INTO audit_events (timestamp, event_type, user_id, resource_id, protocol, details)
SELECT r.created_at, CASE r.protocol WHEN 'mcp' THEN 'server_registered' ELSE 'resource_registered' END::auditeventtype,
       pg_temp.key('user', 1 + pg_temp.dice(r.id, 0, 120)), r.id, r.protocol, jsonb_build_object('name', r.name)
  FROM resources AS r
 ORDER BY r.created_at, r.id;
COMMIT;
REFRESH MATERIALIZED VIEW mv_daily_cost_summary;
ANALYZE;
