-- One version of the client wrote an object where the others write an array.
-- finds: data.json_shapes warning public.process_data(defects)
-- exit: 0
UPDATE process_data SET defects = defects -> 0 WHERE result = 'REWORK' AND lot_id < 9;
