-- As in the original: users has no updated_at, its trigger sets one, and every UPDATE of a user fails.
-- finds: schema.function_body error public.touch_updated_at()
-- exit: 1
ALTER TABLE users DROP COLUMN updated_at;
