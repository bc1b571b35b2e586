-- pgkeel:up
-- Nobody writes to the table while this is built, and a unit that was worked on twice at one process stops it.
CREATE UNIQUE INDEX uq_process_data_lot_process_wip ON process_data (lot_id, process_id, wip_id)
    WHERE wip_id IS NOT NULL;

-- pgkeel:down
DROP INDEX uq_process_data_lot_process_wip;
