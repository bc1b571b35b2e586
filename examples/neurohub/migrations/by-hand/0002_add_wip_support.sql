-- pgkeel:up
-- Every row of process data belongs to a lot, and may be about the lot as a whole.
-- On the empty database of a test run all of this works. On a filled one the first statement fails, and if it did not,
-- the new CHECKs would, over rows in the old spelling; nothing rewrites those.
ALTER TABLE process_data ADD COLUMN lot_id bigint NOT NULL;
ALTER TABLE process_data ADD CONSTRAINT fk_process_data_lot FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE process_data DROP CONSTRAINT ck_process_data_wip_xor_serial;
ALTER TABLE process_data DROP CONSTRAINT ck_process_data_data_level;
ALTER TABLE process_data ADD CONSTRAINT ck_process_data_data_level CHECK (data_level IN ('LOT', 'WIP', 'SERIAL'));
ALTER TABLE process_data ADD CONSTRAINT ck_process_data_consistency CHECK (
    (data_level = 'LOT' AND wip_id IS NULL AND serial_id IS NULL)
    OR (data_level = 'WIP' AND wip_id IS NOT NULL AND serial_id IS NULL)
    OR (data_level = 'SERIAL' AND serial_id IS NOT NULL));
CREATE INDEX ix_process_data_lot ON process_data (lot_id);
CREATE INDEX ix_process_data_lot_process_result ON process_data (lot_id, process_id, result);
CREATE INDEX ix_process_data_level_lot ON process_data (data_level, lot_id);

-- pgkeel:down
-- The rows that the old CHECKs do not take are deleted, and every lot_id with its column.
DELETE FROM process_data WHERE data_level = 'LOT';
DROP INDEX ix_process_data_level_lot;
DROP INDEX ix_process_data_lot_process_result;
DROP INDEX ix_process_data_lot;
ALTER TABLE process_data DROP CONSTRAINT ck_process_data_consistency;
ALTER TABLE process_data DROP CONSTRAINT ck_process_data_data_level;
UPDATE process_data SET data_level = lower(data_level);
ALTER TABLE process_data ADD CONSTRAINT ck_process_data_data_level CHECK (data_level IN ('wip', 'serial'));
ALTER TABLE process_data ADD CONSTRAINT ck_process_data_wip_xor_serial CHECK ((wip_id IS NULL) <> (serial_id IS NULL));
ALTER TABLE process_data DROP COLUMN lot_id;
