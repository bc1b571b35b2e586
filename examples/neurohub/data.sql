-- Rows for schema.sql, the same in every run: no random(), every choice is a hash of its row's number. Written for psql.
-- 40 lots of 20 units: 32 are done, 6 are on the line, 2 wait. A unit leaves a row per process and attempt.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL TimeZone = 'UTC';
-- The rows are history: what the triggers would log and compute is written below. Foreign keys stay on.
ALTER TABLE users DISABLE TRIGGER USER;
ALTER TABLE lots DISABLE TRIGGER USER;
ALTER TABLE wip_items DISABLE TRIGGER USER;
ALTER TABLE serials DISABLE TRIGGER USER;
ALTER TABLE process_data DISABLE TRIGGER USER;

-- 0 <= dice < sides
CREATE FUNCTION pg_temp.dice(what text, row_number bigint, sides bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(what || row_number), 1, 15))::bit(60)::bigint % sides
$$;

INSERT INTO users (username, email, password_hash, full_name, role, created_at, updated_at)
SELECT 'user' || n, 'user' || n || '@factory.example',
       '$2b$12$' || md5('password' || n) || substr(md5('more' || n), 1, 21),
       (ARRAY['김민수', '이서연', '박지훈', '최유진', '정하은'])[1 + n % 5] || ' ' || n,
       CASE WHEN n = 1 THEN 'admin' WHEN n <= 4 THEN 'supervisor' WHEN n <= 26 THEN 'operator' ELSE 'viewer' END,
       timestamptz '2025-10-01 00:00Z', timestamptz '2025-10-01 00:00Z'
  FROM generate_series(1, 30) AS n;
INSERT INTO product_models (model_code, model_name, lot_size, specifications, created_at)
VALUES ('PSA', '압력 센서 A', 100, '{"range_kpa": [-20, 150]}', '2025-10-01 00:00Z'),
       ('PSB', '압력 센서 B', 50, '{"range_kpa": [-5, 40]}', '2025-10-01 00:00Z');
INSERT INTO production_lines (line_code, line_name)
VALUES ('KR01', '1라인'), ('KR02', '2라인');
INSERT INTO processes (process_number, process_code, name_ko, name_en, estimated_seconds)
VALUES (1, 'LASER_MARKING', '레이저 마킹', 'Laser marking', 60), (2, 'HOUSING', '하우징 조립', 'Housing', 300),
       (3, 'SENSOR_TEST', '센서 검사', 'Sensor test', 180), (4, 'FIRMWARE', '펌웨어 업로드', 'Firmware', 240),
       (5, 'SEALING', '밀봉', 'Sealing', 200), (6, 'PERFORMANCE', '성능 검사', 'Performance test', 420),
       (7, 'LABEL', '라벨 인쇄', 'Label', 45),
       (8, 'PACKING', '포장 및 외관 검사', 'Packing and visual inspection', 150);
INSERT INTO equipment (equipment_code, process_id, production_line_id, status)
SELECT l.line_code || '-' || p.process_code, p.id, l.id,
       CASE WHEN p.process_number = 5 AND l.id = 2 THEN 'maintenance' ELSE 'available' END
  FROM processes AS p, production_lines AS l
 ORDER BY l.id, p.process_number;

-- A lot starts at 8 in the morning, Korean time, on a day of its own.
INSERT INTO lots (lot_number, product_model_id, production_line_id, target_quantity, actual_quantity, status,
                  created_at, updated_at, closed_at)
SELECT 'KR0' || line || 'PS' || substr('AB', (1 + (n % 4 = 0)::integer), 1) || to_char(day, 'YYMM') || lpad(n::text, 2, '0'),
       1 + (n % 4 = 0)::integer, line, 20, CASE WHEN n <= 38 THEN 20 ELSE 0 END, status, day, day + interval '9 h',
       CASE WHEN status = 'CLOSED' THEN day + interval '2 days' END
  FROM generate_series(1, 40) AS n,
       LATERAL (SELECT 1 + n % 2 AS line, timestamptz '2025-11-02 23:00Z' + n * interval '1 day' AS day,
                       CASE WHEN n <= 28 THEN 'CLOSED' WHEN n <= 32 THEN 'COMPLETED' WHEN n <= 38 THEN 'IN_PROGRESS'
                            ELSE 'CREATED' END AS status) AS l;

-- A unit on the line stands at one of the six processes.
INSERT INTO wip_items (wip_id, lot_id, sequence_in_lot, current_process, status, quality_status, rework_count,
                       created_at, updated_at, completed_at)
SELECT 'WIP-' || l.lot_number || '-' || lpad(unit::text, 3, '0'), l.id, unit, at_process,
       CASE WHEN l.status = 'IN_PROGRESS' THEN 'IN_PROGRESS' ELSE 'COMPLETED' END,
       CASE WHEN l.status <> 'IN_PROGRESS' THEN 'pass' END, 0, l.created_at, l.created_at + interval '8 h',
       CASE WHEN l.status <> 'IN_PROGRESS' THEN l.created_at + interval '8 h' END
  FROM lots AS l, generate_series(1, 20) AS unit,
       LATERAL (SELECT CASE WHEN l.status = 'IN_PROGRESS' THEN 1 + pg_temp.dice('at', 100 * l.id + unit, 6)
                            ELSE 6 END AS at_process) AS p
 WHERE l.status <> 'CREATED';

-- Three in a hundred serials fail the last inspection.
INSERT INTO serials (serial_number, lot_id, wip_id, sequence_in_lot, current_process, status, failure_reason,
                     created_at, updated_at, completed_at)
SELECT l.lot_number || lpad(w.sequence_in_lot::text, 3, '0'), l.id, w.id, w.sequence_in_lot, 8,
       CASE WHEN failed THEN 'FAILED' ELSE 'PASSED' END,
       CASE WHEN failed THEN '외관 불량: scratch on the lid' END, w.completed_at, w.completed_at + interval '1 h',
       w.completed_at + interval '3 h'
  FROM wip_items AS w
  JOIN lots AS l ON l.id = w.lot_id,
       LATERAL (SELECT pg_temp.dice('last', w.id, 100) < 3 AS failed) AS f
 WHERE w.status = 'COMPLETED';
UPDATE wip_items AS w
   SET status = 'CONVERTED', serial_id = s.id, converted_at = s.created_at
  FROM serials AS s
 WHERE s.wip_id = w.id;

-- Every lot begins with a setup of process 1. Then come the units, 90 seconds apart, an hour per process; one attempt in
-- twelve fails and is done again, one in forty is touched up on the spot.
CREATE TEMPORARY TABLE attempt ON COMMIT DROP AS
SELECT w.lot_id, CASE WHEN p.process_number <= 6 THEN w.id END AS wip_id,
       CASE WHEN p.process_number > 6 THEN w.serial_id END AS serial_id,
       p.id AS process_id, p.process_number, l.production_line_id, w.id AS unit, try.n AS attempt,
       CASE WHEN l.status = 'IN_PROGRESS' AND p.process_number = w.current_process THEN NULL
            WHEN p.process_number = 8 AND s.status = 'FAILED' THEN 'FAIL'
            WHEN try.n = 1 AND fate = 0 AND p.process_number < 8 THEN 'FAIL'
            WHEN try.n = 1 AND fate = 1 AND p.process_number < 8 THEN 'REWORK' ELSE 'PASS' END AS result,
       l.created_at + p.process_number * interval '1 h' + w.sequence_in_lot * interval '90 s'
           + (try.n - 1) * interval '20 minutes' AS started_at,
       (20 + pg_temp.dice('seconds', 10 * w.id + p.process_number, 600)) * interval '1 s' AS took
  FROM wip_items AS w
  JOIN lots AS l ON l.id = w.lot_id
  LEFT JOIN serials AS s ON s.id = w.serial_id
  JOIN processes AS p ON p.process_number <= CASE WHEN s.id IS NOT NULL THEN 8 ELSE w.current_process END
 CROSS JOIN LATERAL (SELECT CASE WHEN d < 8 THEN 0 WHEN d < 11 THEN 1 END AS fate
                       FROM (SELECT pg_temp.dice('fate', 10 * w.id + p.process_number, 100) AS d) AS d) AS f
 CROSS JOIN generate_series(1, CASE WHEN fate IS NULL OR p.process_number = 8
                                         OR (l.status = 'IN_PROGRESS' AND p.process_number = w.current_process)
                                    THEN 1 ELSE 2 END) AS try (n);

INSERT INTO process_data (lot_id, process_id, operator_id, equipment_id, data_level, result, measurements, notes,
                          started_at, completed_at, duration_seconds, created_at)
SELECT l.id, e.process_id, 5 + l.id % 20, e.id, 'LOT', 'PASS',
       '{"setup": {"power_percent": 42, "offset_um": [-3, 0, 2]}}', '설비 준비',
       l.created_at, l.created_at + interval '12 minutes', 720, l.created_at + interval '12 minutes'
  FROM lots AS l
  JOIN equipment AS e ON e.production_line_id = l.production_line_id AND e.equipment_code LIKE '%LASER%'
 WHERE l.status <> 'CREATED'
 ORDER BY l.id;
INSERT INTO process_data (lot_id, wip_id, serial_id, process_id, operator_id, equipment_id, data_level, result,
                          measurements, defects, notes, started_at, completed_at, duration_seconds, created_at)
SELECT a.lot_id, a.wip_id, a.serial_id, a.process_id, 5 + pg_temp.dice('operator', a.unit, 20),
       CASE WHEN a.process_number <> 2 THEN e.id END, CASE WHEN a.wip_id IS NOT NULL THEN 'WIP' ELSE 'SERIAL' END,
       a.result,
       CASE WHEN a.result IS NOT NULL
            THEN jsonb_build_object('temperature_c', pg_temp.dice('warm', a.unit, 400) / 10.0,
                                    'pressure',
                                    jsonb_build_object('kpa', jsonb_build_array(-pg_temp.dice('low', a.unit, 20), 0, 101.3),
                                                       'within', a.result = 'PASS')) END,
       CASE WHEN a.result IN ('FAIL', 'REWORK')
            THEN jsonb_build_array(jsonb_build_object(
                     'defect_code', 'D' || a.process_number || '0' || 1 + a.unit % 3, 'defect_name', '치수 불량',
                     'severity', (ARRAY['MINOR', 'MAJOR', 'CRITICAL'])[1 + a.unit % 3],
                     'measured_value', CASE WHEN a.unit % 2 = 0 THEN to_jsonb(a.unit / 7.0) ELSE to_jsonb('n/a'::text) END,
                     'expected_range', '0..10', 'action_required', '재작업')) END,
       CASE WHEN a.result = 'FAIL' THEN '재작업 필요' WHEN a.result = 'REWORK' THEN '현장에서 수정' END,
       a.started_at, CASE WHEN a.result IS NOT NULL THEN a.started_at + a.took END,
       CASE WHEN a.result IS NOT NULL THEN extract(epoch FROM a.took) END, a.started_at + a.took
  FROM attempt AS a
  JOIN equipment AS e ON e.process_id = a.process_id AND e.production_line_id = a.production_line_id
 ORDER BY a.started_at, a.unit;

UPDATE wip_items AS w
   SET rework_count = least(3, r.reworks)
  FROM (SELECT wip_id, count(*) AS reworks FROM process_data
         WHERE result IN ('FAIL', 'REWORK') AND wip_id IS NOT NULL GROUP BY wip_id) AS r
 WHERE r.wip_id = w.id;
UPDATE lots AS l
   SET passed_quantity = s.passed, failed_quantity = s.failed
  FROM (SELECT lot_id, count(*) FILTER (WHERE status = 'PASSED') AS passed,
               count(*) FILTER (WHERE status = 'FAILED') AS failed
          FROM serials GROUP BY lot_id) AS s
 WHERE s.lot_id = l.id;
INSERT INTO alerts (lot_id, severity, message, is_read, created_at)
SELECT lot_id, 'HIGH', 'serial ' || serial_number || ' failed: ' || failure_reason, true, completed_at
  FROM serials WHERE status = 'FAILED';

-- The log of all this: everything that was created, and lots that were closed.
INSERT INTO audit_logs (user_id, entity_type, entity_id, action, old_values, new_values, ip_address, user_agent,
                        created_at)
SELECT user_id, entity_type, entity_id, action, old_values, new_values, '10.1.0.' || user_id, 'line terminal', at
  FROM (SELECT 2 AS user_id, 'lots' AS entity_type, l.id AS entity_id, 'CREATE' AS action, NULL::jsonb AS old_values,
               to_jsonb(l) || '{"status": "CREATED", "closed_at": null}' AS new_values, l.created_at AS at FROM lots AS l
        UNION ALL
        SELECT 3, 'lots', l.id, 'UPDATE', to_jsonb(l) || '{"status": "COMPLETED", "closed_at": null}', to_jsonb(l),
               l.closed_at
          FROM lots AS l WHERE l.closed_at IS NOT NULL
        UNION ALL
        SELECT 5 + s.id % 20, 'serials', s.id, 'CREATE', NULL, to_jsonb(s), s.created_at FROM serials AS s
        UNION ALL
        SELECT d.operator_id, 'process_data', d.id, 'CREATE', NULL, to_jsonb(d), d.created_at
          FROM process_data AS d) AS log
 ORDER BY at, entity_type, entity_id;

ALTER TABLE users ENABLE TRIGGER USER;
ALTER TABLE lots ENABLE TRIGGER USER;
ALTER TABLE wip_items ENABLE TRIGGER USER;
ALTER TABLE serials ENABLE TRIGGER USER;
ALTER TABLE process_data ENABLE TRIGGER USER;
COMMIT;
ANALYZE;
