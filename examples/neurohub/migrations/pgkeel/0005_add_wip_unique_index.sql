-- pgkeel:up
-- A unit passes a process of its lot once; it may fail there and be reworked as often as it needs.
CREATE UNIQUE INDEX CONCURRENTLY uq_process_data_lot_process_wip ON process_data (lot_id, process_id, wip_id)
    WHERE wip_id IS NOT NULL AND result = 'pass';

-- pgkeel:down
DROP INDEX CONCURRENTLY uq_process_data_lot_process_wip;
