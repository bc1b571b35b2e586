-- pgkeel:up
-- Expand: rows may have a lot and the new spelling of their level, and none must. Programs of the old version go on:
-- the trigger fills in what they do not know of.
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
ALTER TABLE process_data
    ADD COLUMN lot_id bigint,
    ADD CONSTRAINT ck_process_data_level_either CHECK (upper(data_level) IN ('LOT', 'WIP', 'SERIAL')) NOT VALID;
-- pgkeel:step
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_level_either;
-- pgkeel:step
-- pgkeel:allow=L077 "the wider CHECK that was just validated takes their place"
ALTER TABLE process_data
    DROP CONSTRAINT ck_process_data_data_level,
    DROP CONSTRAINT ck_process_data_wip_xor_serial;
CREATE TRIGGER trg_process_data_fill_lot BEFORE INSERT ON process_data
    FOR EACH ROW EXECUTE FUNCTION process_data_fill_lot();
-- pgkeel:step
ALTER TABLE process_data ADD CONSTRAINT fk_process_data_lot FOREIGN KEY (lot_id) REFERENCES lots (id)
    ON DELETE RESTRICT ON UPDATE CASCADE NOT VALID;
-- pgkeel:step
ALTER TABLE process_data VALIDATE CONSTRAINT fk_process_data_lot;
-- pgkeel:step
-- What an earlier way down has put aside comes back.
DO $$
BEGIN
    IF to_regclass('process_data_beyond_0001') IS NOT NULL THEN
        INSERT INTO process_data SELECT * FROM process_data_beyond_0001;
        DROP TABLE process_data_beyond_0001;
    END IF;
END;
$$;
-- Now fill the rows that are there; 0003 stops if that has not been done:
--   pgkeel migrate backfill --table process_data
--     --set "lot_id = coalesce((SELECT s.lot_id FROM serials s WHERE s.id = serial_id),
--                              (SELECT w.lot_id FROM wip_items w WHERE w.id = process_data.wip_id)),
--            data_level = upper(data_level)"
--     --where "lot_id IS NULL OR data_level <> upper(data_level)"

-- pgkeel:down
-- Before it the spelling goes back; the last steps stop if it has not:
--   pgkeel migrate backfill --table process_data --set "data_level = lower(data_level)"
--     --where "data_level IN ('WIP', 'SERIAL')"
-- Rows that the first schema cannot hold are put aside with their lots. All other lots are those of unit and serial.
CREATE TABLE process_data_beyond_0001 (LIKE process_data);
WITH gone AS (
    DELETE FROM process_data
     WHERE upper(data_level) = 'LOT' OR (wip_id IS NOT NULL AND serial_id IS NOT NULL)
    RETURNING *)
INSERT INTO process_data_beyond_0001 SELECT * FROM gone;
DROP TRIGGER trg_process_data_fill_lot ON process_data;
DROP FUNCTION process_data_fill_lot();
ALTER TABLE process_data
    ADD CONSTRAINT ck_process_data_wip_xor_serial CHECK ((wip_id IS NULL) <> (serial_id IS NULL)) NOT VALID,
    ADD CONSTRAINT ck_process_data_data_level CHECK (data_level IN ('wip', 'serial')) NOT VALID;
-- pgkeel:step
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_wip_xor_serial;
ALTER TABLE process_data VALIDATE CONSTRAINT ck_process_data_data_level;
-- pgkeel:step
ALTER TABLE process_data DROP CONSTRAINT fk_process_data_lot;
-- pgkeel:step
ALTER TABLE process_data DROP CONSTRAINT ck_process_data_level_either, DROP COLUMN lot_id;
