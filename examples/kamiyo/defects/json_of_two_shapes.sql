-- A client stored one chain as a string where the others store an array.
-- finds: data.json_shapes warning public.alert_preferences(chains)
-- exit: 0
UPDATE alert_preferences SET chains = '"Ethereum"' WHERE id % 50 = 0;
