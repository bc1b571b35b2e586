-- finds: schema.column_default warning public.lots(created_at)
-- exit: 0
ALTER TABLE lots ALTER COLUMN created_at DROP DEFAULT;
