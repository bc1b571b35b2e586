-- finds: schema.constraint_missing error public.x402_payments
-- exit: 1
ALTER TABLE x402_payments DROP CONSTRAINT x402_payments_chain;
