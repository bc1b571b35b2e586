-- finds: business.labels_need_six_passes error labels_need_six_passes
-- exit: 1
WITH unit AS (SELECT id, lot_id, sequence_in_lot FROM wip_items WHERE status = 'IN_PROGRESS' ORDER BY id LIMIT 1),
     serial AS (INSERT INTO serials (serial_number, lot_id, wip_id, sequence_in_lot) SELECT 'early', lot_id, id, sequence_in_lot FROM unit
                RETURNING id, wip_id)
UPDATE wip_items AS w SET serial_id = serial.id FROM serial WHERE w.id = serial.wip_id;
