-- finds: schema.column_type error public.lots(updated_at)
-- also: schema.naive_timestamp info public.lots(updated_at)
-- exit: 1
ALTER TABLE lots ALTER COLUMN updated_at TYPE timestamp;
