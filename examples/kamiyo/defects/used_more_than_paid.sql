-- finds: business.used_no_more_than_paid error used_no_more_than_paid
-- exit: 1
UPDATE x402_payments SET requests_used = requests_allocated + 1 WHERE id = 11;
