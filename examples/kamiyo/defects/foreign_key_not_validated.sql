-- Nothing is wrong with the rows, but nobody has looked.
-- finds: relationships.not_validated warning public.payments.payments_user_id_fkey
-- exit: 0
ALTER TABLE payments DROP CONSTRAINT payments_user_id_fkey;
ALTER TABLE payments ADD CONSTRAINT payments_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE NOT VALID;
