-- The conditional index of the original: its table had another name, so it was skipped in silence.
-- finds: schema.index_missing error public.user_subscriptions
-- exit: 1
DROP INDEX idx_subscriptions_user_active_lookup;
