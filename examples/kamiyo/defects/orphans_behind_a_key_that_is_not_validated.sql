-- The foreign key was added NOT VALID over rows that break it, and nobody came back to validate it.
-- finds: relationships.orphans error public.x402_tokens(payment_id)
-- also: relationships.not_validated warning public.x402_tokens.x402_tokens_payment_id_fkey
-- exit: 1
ALTER TABLE x402_tokens DROP CONSTRAINT x402_tokens_payment_id_fkey;
DELETE FROM x402_payments WHERE id IN (SELECT payment_id FROM x402_tokens ORDER BY id LIMIT 7);
ALTER TABLE x402_tokens
    ADD CONSTRAINT x402_tokens_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES x402_payments (id) ON DELETE CASCADE NOT VALID;
