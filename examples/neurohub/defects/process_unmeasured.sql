-- finds: business.results_are_measured warning results_are_measured
-- exit: 0
UPDATE process_data SET measurements = NULL WHERE lot_id = 3 AND data_level = 'SERIAL';
