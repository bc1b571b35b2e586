-- pgkeel:up
CREATE VIEW v_alerts_24h AS
    SELECT channel, count(*) AS alerts FROM alerts_sent WHERE sent_at >= now() - interval '1 day' GROUP BY channel;

-- pgkeel:down
DROP VIEW v_alerts_24h;
