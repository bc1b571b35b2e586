-- pgkeel:up
-- Contract: what the backfill of 0002 has filled becomes a rule. First a look, under no lock that anybody minds.
DO $$
BEGIN
    IF EXISTS (SELECT FROM process_data WHERE lot_id IS NULL OR data_level NOT IN ('LOT', 'WIP', 'SERIAL')) THEN
        RAISE 'process_data has rows without a lot, or with a level in the old spelling'
            USING HINT = 'Run the "pgkeel migrate backfill" that 0002_add_wip_support.sql names, then this again.';
    END IF;
END;
$$;
-- pgkeel:step
ALTER TABLE process_data
    ADD CONSTRAINT ck_process_data_lot_known CHECK (lot_id IS NOT NULL) NOT VALID,
    ADD CONSTRAINT ck_process_data_data_level CHECK (data_level IN ('LOT', 'WIP', 'SERIAL')) NOT VALID,
    ADD CONSTRAINT ck_process_data_consistency CHECK (
        (data_level = 'LOT' AND wip_id IS NULL AND serial_id IS NULL)
        OR (data_level = 'WIP' AND wip_id IS NOT NULL AND serial_id IS NULL)
        OR (data_level = 'SERIAL' AND serial_id IS NOT NULL)) NOT VALID;
-- pgkeel:step
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_lot_known;
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_data_level;
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_consistency;
-- pgkeel:step
-- The validated CHECK proves it: nothing is read.
ALTER TABLE process_data ALTER COLUMN lot_id SET NOT NULL;
-- pgkeel:allow=L077 "NOT NULL and the strict CHECK say the same and more"
ALTER TABLE process_data
    DROP CONSTRAINT ck_process_data_lot_known,
    DROP CONSTRAINT ck_process_data_level_either;
DROP TRIGGER trg_process_data_fill_lot ON process_data;
DROP FUNCTION process_data_fill_lot();
CREATE INDEX CONCURRENTLY ix_process_data_lot ON process_data (lot_id);
CREATE INDEX CONCURRENTLY ix_process_data_lot_process_result ON process_data (lot_id, process_id, result);
CREATE INDEX CONCURRENTLY ix_process_data_level_lot ON process_data (data_level, lot_id);

-- pgkeel:down
DROP INDEX CONCURRENTLY ix_process_data_level_lot;
DROP INDEX CONCURRENTLY ix_process_data_lot_process_result;
DROP INDEX CONCURRENTLY ix_process_data_lot;
CREATE FUNCTION process_data_fill_lot() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    NEW.data_level := upper(NEW.data_level);
    IF NEW.lot_id IS NULL THEN
        NEW.lot_id := coalesce((SELECT s.lot_id FROM public.serials AS s WHERE s.id = NEW.serial_id),
                               (SELECT w.lot_id FROM public.wip_items AS w WHERE w.id = NEW.wip_id));
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER trg_process_data_fill_lot BEFORE INSERT ON process_data
    FOR EACH ROW EXECUTE FUNCTION process_data_fill_lot();
ALTER TABLE process_data
    ALTER COLUMN lot_id DROP NOT NULL,
    DROP CONSTRAINT ck_process_data_consistency,
    DROP CONSTRAINT ck_process_data_data_level,
    ADD CONSTRAINT ck_process_data_level_either CHECK (upper(data_level) IN ('LOT', 'WIP', 'SERIAL')) NOT VALID;
-- pgkeel:step
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_level_either;
