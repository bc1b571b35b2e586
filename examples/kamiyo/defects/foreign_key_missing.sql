-- finds: relationships.foreign_key_missing error public.payments(user_id)
-- exit: 1
ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
