-- The clock of a line terminal was a month ahead.
-- finds: data.time_range error public.process_data(started_at)
-- exit: 1
WITH unit AS (INSERT INTO wip_items (wip_id, lot_id, sequence_in_lot) SELECT 'WIP-' || lot_number || '-001', id, 1 FROM lots WHERE id = 40
              RETURNING id, lot_id)
INSERT INTO process_data (lot_id, wip_id, process_id, operator_id, data_level, started_at)
SELECT lot_id, id, 1, 7, 'WIP', now() + interval '31 days' FROM unit;
