-- Or it was made to exist.
-- finds: business.nothing_is_made_up error nothing_is_made_up
-- exit: 1
INSERT INTO lots (id, lot_number, product_model_id, production_line_id, target_quantity) VALUES (0, 'unknown', 1, 1, 1);
