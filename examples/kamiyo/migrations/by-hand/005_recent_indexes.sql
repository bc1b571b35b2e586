-- Indexes of what is recent. What is recent changes while nobody writes to the index, so PostgreSQL refuses them all.
CREATE INDEX idx_exploits_recent ON exploits (created_at DESC)
    WHERE created_at >= CURRENT_TIMESTAMP - INTERVAL '30 days';
CREATE INDEX idx_alerts_recent ON alerts_sent (sent_at DESC)
    WHERE sent_at >= CURRENT_TIMESTAMP - INTERVAL '7 days';
CREATE INDEX idx_users_recent ON users (last_request DESC)
    WHERE last_request >= CURRENT_TIMESTAMP - INTERVAL '1 day';
CREATE INDEX idx_reputation_recent ON user_reputation (updated_at DESC)
    WHERE updated_at >= CURRENT_TIMESTAMP - INTERVAL '30 days';
