-- CREATE UNIQUE INDEX CONCURRENTLY met two equal rows; it said so once, and left an invalid index behind.
-- finds: schema.invalid_index error public.uq_alerts_sent_once
-- finds: data.duplicate_keys error public.alerts_sent(recipient, channel)
-- exit: 1
\set ON_ERROR_STOP off
CREATE UNIQUE INDEX CONCURRENTLY uq_alerts_sent_once ON alerts_sent (recipient, channel);
\set ON_ERROR_STOP on
