-- finds: business.equipment_does_its_process warning equipment_does_its_process
-- exit: 0
UPDATE process_data SET equipment_id = (SELECT id FROM equipment WHERE equipment_code = 'KR01-PACKING') WHERE id = (SELECT min(id) FROM process_data WHERE data_level = 'LOT');
