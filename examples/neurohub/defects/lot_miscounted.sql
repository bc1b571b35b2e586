-- finds: business.lots_count_their_serials error public.lots
-- exit: 1
UPDATE lots SET passed_quantity = passed_quantity - 1 WHERE id = 8;
