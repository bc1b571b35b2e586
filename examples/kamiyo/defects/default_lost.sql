-- finds: schema.column_default warning public.users(tier)
-- exit: 0
ALTER TABLE users ALTER COLUMN tier DROP DEFAULT;
