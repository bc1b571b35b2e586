-- finds: schema.column_default error public.lots(created_at)
-- exit: 1
ALTER TABLE lots ALTER COLUMN created_at DROP DEFAULT;
