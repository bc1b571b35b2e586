-- Rows say 'Ethereum', a query asks for 'ethereum', and somebody has begun to write it so.
-- finds: data.value_variants warning public.exploits(chain)
-- exit: 0
UPDATE exploits SET chain = 'ethereum' WHERE chain = 'Ethereum' AND id % 10 = 0;
