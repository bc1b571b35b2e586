-- finds: data.json_shapes warning public.process_data(measurements)
-- exit: 0
UPDATE process_data SET measurements = jsonb_build_array(measurements) WHERE lot_id = 12 AND result = 'PASS';
