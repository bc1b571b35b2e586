-- finds: schema.column_type error public.payments(amount)
-- exit: 1
ALTER TABLE payments ALTER COLUMN amount TYPE double precision;
