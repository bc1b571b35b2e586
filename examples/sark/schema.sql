-- sark: a registry of MCP servers that became one of any protocol. v1 (mcp_servers, mcp_tools) stays as it is while v2
-- (resources, capabilities) holds its copy and what is of other protocols. Needs PostgreSQL 12 or later, no extension.
-- Written for psql.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;

CREATE TYPE transporttype AS ENUM ('http', 'stdio', 'sse');
CREATE TYPE sensitivitylevel AS ENUM ('low', 'medium', 'high', 'critical');
CREATE TYPE serverstatus AS ENUM ('registered', 'active', 'inactive', 'unhealthy', 'decommissioned');
CREATE TYPE auditeventtype AS ENUM ('server_registered', 'server_updated', 'tool_invoked', 'policy_changed',
                                    'resource_registered', 'resource_updated', 'capability_invoked');

-- v1

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE,
    full_name varchar(255) NOT NULL,
    hashed_password varchar(255) NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    is_admin boolean NOT NULL DEFAULT false,
    role varchar(50) NOT NULL DEFAULT 'developer',
    extra_metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE teams (
    id uuid PRIMARY KEY,
    name varchar(255) NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_teams (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    team_id uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, team_id)
);
CREATE INDEX ix_user_teams_team ON user_teams (team_id);

CREATE TABLE mcp_servers (
    id uuid PRIMARY KEY,
    name varchar(255) NOT NULL,
    description varchar(1000),
    transport transporttype NOT NULL,
    endpoint varchar(500),
    command varchar(500),
    mcp_version varchar(20) NOT NULL DEFAULT '2025-06-18',
    capabilities jsonb NOT NULL DEFAULT '[]',
    sensitivity_level sensitivitylevel NOT NULL DEFAULT 'medium',
    signature varchar(1000),
    status serverstatus NOT NULL DEFAULT 'registered',
    health_endpoint varchar(500),
    last_health_check timestamptz,
    owner_id uuid REFERENCES users (id) ON DELETE SET NULL,
    team_id uuid REFERENCES teams (id) ON DELETE SET NULL,
    consul_id varchar(255) UNIQUE,
    tags jsonb NOT NULL DEFAULT '[]',
    extra_metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_mcp_servers_name ON mcp_servers (name);
CREATE INDEX ix_mcp_servers_owner ON mcp_servers (owner_id);
CREATE INDEX ix_mcp_servers_team ON mcp_servers (team_id);

CREATE TABLE mcp_tools (
    id uuid PRIMARY KEY,
    server_id uuid NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    name varchar(255) NOT NULL,
    description text,
    parameters_schema jsonb NOT NULL DEFAULT '{}',
    sensitivity_level sensitivitylevel NOT NULL DEFAULT 'medium',
    requires_approval boolean NOT NULL DEFAULT false,
    signature varchar(1000),
    extra_metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_mcp_tools_server ON mcp_tools (server_id);
CREATE INDEX ix_mcp_tools_name ON mcp_tools (name);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_hash varchar(64) NOT NULL UNIQUE,
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz
);
CREATE INDEX ix_api_keys_user ON api_keys (user_id);

-- A policy has versions, and one of them is current: two foreign keys in a ring.
CREATE TABLE policies (
    id uuid PRIMARY KEY,
    name varchar(255) NOT NULL UNIQUE,
    current_version_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE policy_versions (
    id uuid PRIMARY KEY,
    policy_id uuid NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    version integer NOT NULL CHECK (version > 0),
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (policy_id, version)
);
ALTER TABLE policies ADD CONSTRAINT policies_current_version_fkey
    FOREIGN KEY (current_version_id) REFERENCES policy_versions (id) ON DELETE SET NULL;
CREATE INDEX ix_policies_current ON policies (current_version_id);

CREATE TABLE audit_events (
    id bigserial PRIMARY KEY,
    timestamp timestamptz NOT NULL DEFAULT now(),
    event_type auditeventtype NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    resource_id varchar(255),
    capability_id varchar(255),
    protocol varchar(50),
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ix_audit_events_timestamp ON audit_events (timestamp DESC);
CREATE INDEX ix_audit_events_user ON audit_events (user_id);
CREATE INDEX ix_audit_events_resource ON audit_events (resource_id);

-- v2

CREATE TABLE resources (
    id varchar(255) PRIMARY KEY,
    name varchar(255) NOT NULL,
    protocol varchar(50) NOT NULL,
    endpoint varchar(1000) NOT NULL,
    sensitivity_level varchar(20) NOT NULL DEFAULT 'medium',
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_resources_protocol ON resources (protocol);
CREATE INDEX ix_resources_sensitivity ON resources (sensitivity_level);
CREATE INDEX ix_resources_name ON resources (name);
CREATE INDEX ix_resources_metadata_gin ON resources USING gin (metadata);
CREATE INDEX ix_resources_protocol_active ON resources (protocol, name) WHERE metadata ->> 'status' = 'active';

CREATE TABLE capabilities (
    id varchar(255) PRIMARY KEY,
    resource_id varchar(255) NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    name varchar(255) NOT NULL,
    description text,
    input_schema jsonb NOT NULL DEFAULT '{}',
    output_schema jsonb NOT NULL DEFAULT '{}',
    sensitivity_level varchar(20) NOT NULL DEFAULT 'medium',
    metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ix_capabilities_resource ON capabilities (resource_id);
CREATE INDEX ix_capabilities_name ON capabilities (name);
CREATE INDEX ix_capabilities_sensitivity ON capabilities (sensitivity_level);
CREATE INDEX ix_capabilities_metadata_gin ON capabilities USING gin (metadata);
CREATE INDEX ix_capabilities_resource_name_sensitivity ON capabilities (resource_id, name, sensitivity_level);
CREATE INDEX ix_capabilities_input_schema_type ON capabilities ((input_schema ->> 'type'));

-- ix_federation_nodes_node_id repeats a UNIQUE constraint, ix_principal_budgets_principal a primary key: as in the original.
CREATE TABLE federation_nodes (
    id uuid PRIMARY KEY,
    node_id varchar(255) NOT NULL UNIQUE,
    name varchar(255) NOT NULL,
    endpoint varchar(500) NOT NULL,
    trust_anchor_cert text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    trusted_since timestamptz NOT NULL DEFAULT now(),
    rate_limit_per_hour integer NOT NULL DEFAULT 10000,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX ix_federation_nodes_node_id ON federation_nodes (node_id);
CREATE INDEX ix_federation_nodes_enabled ON federation_nodes (name) WHERE enabled;

-- Rows are many and written fast: no foreign keys here, so only a check can say whether they point at anything.
CREATE TABLE cost_tracking (
    id bigserial PRIMARY KEY,
    timestamp timestamptz NOT NULL DEFAULT now(),
    principal_id varchar(255) NOT NULL,
    resource_id varchar(255) NOT NULL,
    capability_id varchar(255) NOT NULL,
    estimated_cost numeric(10, 4),
    actual_cost numeric(10, 4),
    metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ix_cost_tracking_timestamp ON cost_tracking (timestamp);
CREATE INDEX ix_cost_tracking_principal ON cost_tracking (principal_id);
CREATE INDEX ix_cost_tracking_resource ON cost_tracking (resource_id);
CREATE INDEX ix_cost_tracking_capability ON cost_tracking (capability_id);
CREATE INDEX ix_cost_tracking_principal_timestamp ON cost_tracking (principal_id, timestamp DESC, capability_id);

CREATE TABLE principal_budgets (
    principal_id varchar(255) PRIMARY KEY,
    daily_budget numeric(10, 2),
    monthly_budget numeric(10, 2),
    daily_spent numeric(10, 4) NOT NULL DEFAULT 0,
    monthly_spent numeric(10, 4) NOT NULL DEFAULT 0,
    last_daily_reset timestamptz NOT NULL DEFAULT now(),
    last_monthly_reset timestamptz NOT NULL DEFAULT now(),
    currency varchar(3) NOT NULL DEFAULT 'USD'
);
CREATE INDEX ix_principal_budgets_principal ON principal_budgets (principal_id);

-- With a unique index, so that it can be refreshed CONCURRENTLY, as the runbook of the original could not.
CREATE MATERIALIZED VIEW mv_daily_cost_summary AS
    SELECT date_trunc('day', c.timestamp AT TIME ZONE 'UTC')::date AS day, c.principal_id, r.protocol,
           count(*) AS calls,
           sum(c.actual_cost) AS cost, max(c.actual_cost) AS highest
      FROM cost_tracking AS c
      JOIN resources AS r ON r.id = c.resource_id
     GROUP BY 1, 2, 3;
CREATE UNIQUE INDEX mv_daily_cost_summary_key ON mv_daily_cost_summary (day, principal_id, protocol);
COMMIT;
