-- finds: business.lots_count_their_serials error lots_count_their_serials
-- exit: 1
UPDATE lots SET passed_quantity = passed_quantity - 1 WHERE id = 8;
