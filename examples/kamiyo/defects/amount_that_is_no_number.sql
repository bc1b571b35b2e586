-- One NaN among the amounts, and every sum is NaN.
-- finds: business.amounts_are_numbers error amounts_are_numbers
-- exit: 1
UPDATE exploits SET amount_usd = 'NaN' WHERE id = 4;
