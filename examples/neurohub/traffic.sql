-- One round of what the line writes: a lot of one unit goes through all eight processes. Every COMMIT leaves a database
-- that checks/app.yaml has nothing against, so a check may run at any moment of it. One statement, for any client:
-- `pgbench -n -f examples/neurohub/traffic.sql -T 60 -c 3`.
DO $$
DECLARE
    lot bigint;
    unit bigint;
    serial bigint;
    row bigint;
BEGIN
    PERFORM set_config('app.current_user_id', '7', false);
    INSERT INTO lots (lot_number, product_model_id, production_line_id, target_quantity, actual_quantity, status)
    VALUES ('KR03PSA' || lpad((nextval(pg_get_serial_sequence('lots', 'id')) % 1000000)::text, 6, '0'), 1, 1, 1, 1,
            'IN_PROGRESS')
    RETURNING id INTO lot;
    INSERT INTO wip_items (wip_id, lot_id, sequence_in_lot, status)
    VALUES ('WIP-' || lot, lot, 1, 'IN_PROGRESS')
    RETURNING id INTO unit;
    COMMIT;
    FOR number IN 1 .. 8 LOOP
        IF number = 7 THEN
            INSERT INTO serials (serial_number, lot_id, wip_id, sequence_in_lot)
            VALUES ('SN-' || lot, lot, unit, 1)
            RETURNING id INTO serial;
            UPDATE wip_items SET status = 'CONVERTED', serial_id = serial, converted_at = now() WHERE id = unit;
            COMMIT;
        END IF;
        INSERT INTO process_data (lot_id, wip_id, serial_id, process_id, operator_id, data_level, started_at)
        SELECT lot, CASE WHEN number < 7 THEN unit END, CASE WHEN number > 6 THEN serial END, id, 7,
               CASE WHEN number < 7 THEN 'WIP' ELSE 'SERIAL' END, clock_timestamp()
          FROM processes WHERE process_number = number
        RETURNING id INTO row;
        COMMIT;
        UPDATE process_data
           SET result = 'PASS', measurements = '{"kpa": [-3, 0, 101.3]}', completed_at = clock_timestamp()
         WHERE id = row;
        IF number = 8 THEN
            UPDATE lots SET status = 'COMPLETED', passed_quantity = 1 WHERE id = lot;
        ELSIF number < 6 THEN
            UPDATE wip_items SET current_process = number + 1 WHERE id = unit;
        END IF;
        COMMIT;
    END LOOP;
END;
$$;
