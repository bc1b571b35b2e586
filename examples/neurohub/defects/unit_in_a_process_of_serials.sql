-- finds: business.levels_fit_processes error levels_fit_processes
-- exit: 1
INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, result, measurements, notes, completed_at)
SELECT w.lot_id, w.id, p.id, 7, 'WIP', 'REWORK', '{"checked": true}', '다시 검사', now()
  FROM wip_items AS w, processes AS p
 WHERE w.id = 10 AND p.process_number = 7;
