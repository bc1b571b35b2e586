-- pgkeel:up
-- A range of recent rows is found by an index of all rows: no predicate is needed, and one with the time of day in it
-- is not possible. Two of the four are there since 001 (idx_exploits_created, idx_alerts_sent_at).
CREATE INDEX CONCURRENTLY idx_users_last_request ON users (last_request DESC) WHERE last_request IS NOT NULL;
CREATE INDEX CONCURRENTLY idx_reputation_updated ON user_reputation (updated_at DESC);

-- pgkeel:down
DROP INDEX CONCURRENTLY idx_reputation_updated;
DROP INDEX CONCURRENTLY idx_users_last_request;
