-- Written for SQLite: PostgreSQL has no function datetime('now', '-1 day').
CREATE VIEW v_alerts_24h AS
    SELECT channel, count(*) AS alerts FROM alerts_sent WHERE sent_at >= datetime('now', '-1 day') GROUP BY channel;
