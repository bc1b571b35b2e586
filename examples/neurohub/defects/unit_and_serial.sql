-- finds: business.units_have_no_serial_yet error units_have_no_serial_yet
-- exit: 1
INSERT INTO process_data (lot_id, wip_id, serial_id, process_id, operator_id, data_level, result, measurements, defects, notes, completed_at)
SELECT w.lot_id, w.id, w.serial_id, p.id, 7, 'WIP', 'REWORK', '{"checked": true}', '[{"defect_code": "D601", "defect_name": "치수 불량"}]',
       '다시 검사', now()
  FROM wip_items AS w, processes AS p
 WHERE w.id = 10 AND p.process_number = 6;
