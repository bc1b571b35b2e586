-- finds: schema.table_missing critical public.subscription_changes
-- exit: 2
DROP TABLE subscription_changes;
