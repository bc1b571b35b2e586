-- As the original has it.
-- finds: schema.naive_timestamp info public.api_keys(expires_at)
-- exit: 0
ALTER TABLE api_keys ALTER COLUMN expires_at TYPE timestamp;
