-- finds: schema.column_default error public.users(tier)
-- exit: 1
ALTER TABLE users ALTER COLUMN tier DROP DEFAULT;
