-- finds: business.lot_numbers_are_well_formed error lot_numbers_are_well_formed
-- exit: 1
UPDATE lots SET lot_number = lower(lot_number) WHERE id = 21;
