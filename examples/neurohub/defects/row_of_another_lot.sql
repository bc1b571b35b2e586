-- finds: business.rows_stay_in_their_lot error rows_stay_in_their_lot
-- exit: 1
INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, result, measurements, notes, completed_at)
SELECT w.lot_id + 1, w.id, p.id, 7, 'WIP', 'REWORK', '{"checked": true}', '다시 검사', now()
  FROM wip_items AS w, processes AS p
 WHERE w.id = 10 AND p.process_number = 6;
