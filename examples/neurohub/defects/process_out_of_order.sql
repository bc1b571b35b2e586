-- Written down for a time before the process that comes first had passed.
-- finds: business.processes_in_order error processes_in_order
-- exit: 1
INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, result, measurements, notes, started_at, completed_at)
SELECT w.lot_id, w.id, p.id, 7, 'WIP', 'REWORK', '{"checked": true}', '다시 검사', l.created_at, l.created_at + interval '1 minute'
  FROM wip_items AS w JOIN lots AS l ON l.id = w.lot_id, processes AS p
 WHERE w.id = 10 AND p.process_number = 4;
