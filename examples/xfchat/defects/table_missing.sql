-- finds: schema.table_missing critical public.usage_tracking
-- exit: 2
DROP TABLE usage_tracking;
