-- finds: schema.index_missing error public.alerts_sent
-- exit: 1
DROP INDEX idx_alerts_exploit_channel_recent;
