-- Seven indexes CONCURRENTLY, inside of a transaction, which no PostgreSQL takes; three over a column that no migration
-- makes; and the sixth for a table that never existed, inside of a DO block, which takes no CONCURRENTLY either.
BEGIN;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_exploits_timestamp_chain_active
    ON exploits (timestamp DESC, chain) WHERE deleted_at IS NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_users_stripe_customer_active
    ON users (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL AND is_active;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_alerts_exploit_channel_recent
    ON alerts_sent (exploit_id, channel, sent_at DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_users_api_key_active_lookup
    ON users (api_key, is_active, tier) WHERE is_active AND api_key IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_exploits_created_active_list
    ON exploits (created_at DESC, id, chain, protocol, amount_usd) WHERE deleted_at IS NULL;
DO $$
BEGIN
    IF EXISTS (SELECT FROM information_schema.tables WHERE table_name = 'subscriptions') THEN
        CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_subscriptions_user_active_lookup
            ON subscriptions (user_id, status, current_period_end DESC) WHERE status IN ('active', 'trialing');
    END IF;
END;
$$;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_exploits_tx_hash_covering
    ON exploits (tx_hash, id, chain, timestamp, amount_usd) WHERE deleted_at IS NULL;
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_indexes WHERE indexname IN
            ('idx_exploits_timestamp_chain_active', 'idx_users_stripe_customer_active',
             'idx_alerts_exploit_channel_recent', 'idx_users_api_key_active_lookup',
             'idx_exploits_created_active_list', 'idx_exploits_tx_hash_covering')) < 6 THEN
        RAISE EXCEPTION 'Migration 012: indexes are missing';
    END IF;
    RAISE NOTICE 'Migration 012: COMPLETE';
END;
$$;
COMMIT;
