-- The CHECK came NOT VALID over a row that breaks it.
-- finds: data.check_violated error public.x402_payments(status)
-- also: schema.check_not_validated warning public.x402_payments.x402_payments_status
-- exit: 1
ALTER TABLE x402_payments DROP CONSTRAINT x402_payments_status;
UPDATE x402_payments SET status = 'paid' WHERE id = 3;
ALTER TABLE x402_payments ADD CONSTRAINT x402_payments_status
    CHECK (status IN ('pending', 'verified', 'expired', 'used')) NOT VALID;
