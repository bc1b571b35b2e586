-- finds: schema.column_missing critical public.lots(closed_at)
-- exit: 2
ALTER TABLE lots DROP COLUMN closed_at;
