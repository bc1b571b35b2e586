-- The same where the suite wants the key: there it must be validated.
-- finds: relationships.foreign_key_actions error public.payments(user_id)
-- also: relationships.not_validated warning public.payments.payments_user_id_fkey
-- exit: 1
ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
ALTER TABLE payments ADD CONSTRAINT payments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
