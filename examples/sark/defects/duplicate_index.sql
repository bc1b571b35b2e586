-- The covering index came, the one it covers stayed.
-- finds: schema.duplicate_index warning public.ix_cost_tracking_time
-- exit: 0
CREATE INDEX ix_cost_tracking_time ON cost_tracking (timestamp);
