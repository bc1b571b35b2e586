-- The exploit tracker's first schema, as it was written. Meant to be run at every start: the tables take that, the
-- indexes and triggers do not. And every UPDATE of a user fails: a trigger sets users.updated_at, and there is no such
-- column.
CREATE TABLE IF NOT EXISTS exploits (
    id serial PRIMARY KEY,
    tx_hash varchar(255) NOT NULL UNIQUE,
    chain varchar(100) NOT NULL,
    protocol varchar(255) NOT NULL,
    amount_usd numeric(20, 2),
    timestamp timestamptz NOT NULL,
    source varchar(100) NOT NULL,
    source_url text,
    category varchar(100),
    description text,
    recovery_status varchar(50),
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS sources (
    id serial PRIMARY KEY,
    name varchar(100) NOT NULL UNIQUE,
    url text,
    last_fetch timestamptz,
    fetch_count integer DEFAULT 0,
    error_count integer DEFAULT 0,
    is_active boolean DEFAULT true,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS alerts_sent (
    id serial PRIMARY KEY,
    exploit_id integer NOT NULL REFERENCES exploits (id) ON DELETE CASCADE,
    channel varchar(50) NOT NULL,
    recipient varchar(255),
    sent_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS users (
    id serial PRIMARY KEY,
    email varchar(255) NOT NULL UNIQUE,
    password_hash varchar(255) NOT NULL,
    api_key uuid UNIQUE DEFAULT gen_random_uuid(),
    tier varchar(50) DEFAULT 'free',
    stripe_customer_id varchar(255),
    subscription_status varchar(50) DEFAULT 'inactive',
    created_at timestamptz DEFAULT now(),
    last_login timestamptz,
    last_request timestamptz,
    request_count integer DEFAULT 0,
    email_verified boolean DEFAULT false,
    is_active boolean DEFAULT true
);

CREATE TABLE IF NOT EXISTS alert_preferences (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel varchar(50) NOT NULL,
    min_amount_usd numeric(20, 2) DEFAULT 0,
    chains jsonb,
    protocols jsonb,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS community_submissions (
    id serial PRIMARY KEY,
    tx_hash varchar(255) NOT NULL,
    chain varchar(100) NOT NULL,
    protocol varchar(255) NOT NULL,
    amount_usd numeric(20, 2),
    description text,
    submitter_wallet varchar(255) NOT NULL,
    evidence_url text,
    status varchar(50) NOT NULL DEFAULT 'pending',
    bounty_paid numeric(10, 2) DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    reviewed_at timestamptz,
    reviewed_by varchar(255),
    UNIQUE (tx_hash, submitter_wallet)
);

CREATE TABLE IF NOT EXISTS user_reputation (
    wallet_address varchar(255) PRIMARY KEY,
    verified_count integer DEFAULT 0,
    false_count integer DEFAULT 0,
    duplicate_count integer DEFAULT 0,
    total_bounties numeric(10, 2) DEFAULT 0,
    reputation_score integer DEFAULT 0,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS payments (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    stripe_payment_id varchar(255) UNIQUE,
    amount numeric(10, 2) NOT NULL,
    currency varchar(10) DEFAULT 'USD',
    status varchar(50) NOT NULL,
    tier varchar(50) NOT NULL,
    created_at timestamptz DEFAULT now()
);

CREATE TABLE IF NOT EXISTS subscription_changes (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    old_tier varchar(50),
    new_tier varchar(50) NOT NULL,
    change_reason text,
    changed_at timestamptz DEFAULT now()
);

CREATE INDEX idx_exploits_timestamp ON exploits (timestamp DESC);
CREATE INDEX idx_exploits_chain ON exploits (chain);
CREATE INDEX idx_exploits_amount ON exploits (amount_usd DESC);
CREATE INDEX idx_exploits_protocol ON exploits (protocol);
CREATE INDEX idx_exploits_source ON exploits (source);
CREATE INDEX idx_exploits_timestamp_chain ON exploits (timestamp DESC, chain);
CREATE INDEX idx_exploits_created ON exploits (created_at DESC);
CREATE INDEX idx_sources_name ON sources (name);
CREATE INDEX idx_sources_active ON sources (is_active);
CREATE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_api_key ON users (api_key);
CREATE INDEX idx_users_tier ON users (tier);
CREATE INDEX idx_users_stripe ON users (stripe_customer_id);
CREATE INDEX idx_alerts_exploit ON alerts_sent (exploit_id);
CREATE INDEX idx_alerts_sent_at ON alerts_sent (sent_at DESC);
CREATE INDEX idx_submissions_status ON community_submissions (status);
CREATE INDEX idx_submissions_wallet ON community_submissions (submitter_wallet);
CREATE INDEX idx_submissions_created ON community_submissions (created_at DESC);
CREATE INDEX idx_reputation_score ON user_reputation (reputation_score DESC);
CREATE INDEX idx_payments_user ON payments (user_id);
CREATE INDEX idx_payments_created ON payments (created_at DESC);

CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER update_exploits_updated_at
    BEFORE UPDATE ON exploits FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER update_sources_updated_at
    BEFORE UPDATE ON sources FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER update_users_updated_at
    BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER update_alert_preferences_updated_at
    BEFORE UPDATE ON alert_preferences FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER update_user_reputation_updated_at
    BEFORE UPDATE ON user_reputation FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE OR REPLACE VIEW v_recent_exploits AS
    SELECT * FROM exploits WHERE protocol NOT ILIKE '%test%' ORDER BY timestamp DESC LIMIT 100;

CREATE OR REPLACE VIEW v_stats_24h AS
    SELECT count(*) AS exploits, sum(amount_usd) AS lost, max(amount_usd) AS worst
      FROM exploits
     WHERE timestamp >= now() - interval '1 day';

CREATE OR REPLACE VIEW v_source_health AS
    SELECT name, is_active, last_fetch, 100.0 * (fetch_count - error_count) / fetch_count AS success_rate
      FROM sources;

CREATE OR REPLACE VIEW v_user_stats AS
    SELECT tier, count(*) AS users, sum(request_count) AS requests, max(last_request) AS last_request
      FROM users
     GROUP BY tier;
