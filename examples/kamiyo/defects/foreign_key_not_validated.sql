-- Nothing is wrong with the rows, but nobody has looked.
-- finds: relationships.not_validated warning public.x402_tokens.x402_tokens_payment_id_fkey
-- exit: 0
ALTER TABLE x402_tokens DROP CONSTRAINT x402_tokens_payment_id_fkey;
ALTER TABLE x402_tokens
    ADD CONSTRAINT x402_tokens_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES x402_payments (id) ON DELETE CASCADE NOT VALID;
