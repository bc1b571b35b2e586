-- finds: business.everything_is_logged error everything_is_logged
-- exit: 1
SET session_replication_role = replica;
INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, result, measurements, notes, completed_at)
SELECT w.lot_id, w.id, p.id, 7, 'WIP', 'REWORK', '{"checked": true}', '다시 검사', now()
  FROM wip_items AS w, processes AS p
 WHERE w.id = 10 AND p.process_number = 6;
