-- A year of the factory at schema version 0001: 120 lots, 12,000 units, 9,600 serials, 105,600 rows of process data.
-- Units that failed were reworked, and people have written quality_status as they liked.
INSERT INTO users (username, email, password_hash, full_name)
    SELECT 'operator' || i, 'operator' || i || '@factory.example', 'x', '작업자 ' || i FROM generate_series(1, 40) AS i;
INSERT INTO product_models (model_code, model_name) VALUES ('PSA', 'Pressure sensor A'), ('PSB', 'Pressure sensor B');
INSERT INTO production_lines (line_code, line_name) VALUES ('L1', '라인 1'), ('L2', '라인 2');
INSERT INTO processes (process_number, process_code, name_ko, name_en) VALUES
    (1, 'LASER_MARKING', '레이저 마킹', 'Laser marking'), (2, 'LMA_ASSEMBLY', 'LMA 조립', 'LMA assembly'),
    (3, 'SENSOR_INSPECTION', '센서 검사', 'Sensor inspection'), (4, 'FIRMWARE_UPLOAD', '펌웨어 업로드', 'Firmware upload'),
    (5, 'ROBOT_ASSEMBLY', '로봇 조립', 'Robot assembly'), (6, 'PERFORMANCE_TEST', '성능 검사', 'Performance test'),
    (7, 'LABEL_PRINTING', '라벨 프린팅', 'Label printing'), (8, 'PACKAGING', '포장', 'Packaging');
INSERT INTO equipment (equipment_code, process_id, production_line_id)
    SELECT 'EQ-' || p.process_number || '-' || l.id, p.id, l.id FROM processes AS p CROSS JOIN production_lines AS l;
INSERT INTO lots (lot_number, product_model_id, production_line_id, target_quantity, status, created_at)
    SELECT 'KR01PSA25' || to_char(i, 'FM0000'), 1 + i % 2, 1 + i % 2, 100, 'completed',
           timestamptz '2025-01-06 08:00:00+09' + i * interval '3 days' FROM generate_series(1, 120) AS i;
INSERT INTO wip_items (wip_id, lot_id, current_process, status, quality_status)
    SELECT 'WIP-' || l.lot_number || '-' || to_char(n, 'FM000'), l.id, 6, 'completed',
           CASE (l.id * 100 + n) % 97 WHEN 0 THEN 'PASS' WHEN 1 THEN ' Rework' WHEN 2 THEN 'garbage' WHEN 3 THEN ''
                                      WHEN 4 THEN NULL ELSE 'pass' END
      FROM lots AS l CROSS JOIN generate_series(1, 100) AS n;
INSERT INTO serials (serial_number, wip_id, lot_id, current_process, quality_status)
    SELECT 'SN' || w.wip_id, w.id, w.lot_id, 8, CASE w.id % 89 WHEN 0 THEN 'Pass' WHEN 1 THEN 'ok' ELSE 'pass' END
      FROM wip_items AS w WHERE w.id % 5 <> 0;
INSERT INTO wip_process_history (wip_id, process_number, quality_status)
    SELECT w.id, 6, CASE w.id % 83 WHEN 0 THEN 'FAIL' ELSE 'pass' END FROM wip_items AS w;
-- Six processes of each unit; every tenth attempt fails first and is reworked before it passes.
INSERT INTO process_data (wip_id, process_id, operator_id, equipment_id, data_level, started_at, completed_at,
                          process_time_seconds, result, measurements, defect_code, rework_count, created_at, updated_at)
    SELECT w.id, p.id, 1 + (w.id + p.id) % 40, CASE WHEN w.id % 50 > 0 THEN e.id END, 'wip', t.at,
           t.at + interval '1 minute' * a.attempt, 60 * a.attempt, a.result,
           json_build_object('temp', json_build_array(-3.5 + w.id % 7, 20.25), 'attempt', a.attempt),
           CASE a.result WHEN 'fail' THEN 'D' || p.process_number END, a.attempt - 1, t.at, t.at
      FROM wip_items AS w
      CROSS JOIN processes AS p
      JOIN equipment AS e ON e.process_id = p.id AND e.production_line_id = 1
      CROSS JOIN (VALUES (1, 'pass', false), (1, 'fail', true), (2, 'rework', true), (3, 'pass', true))
                 AS a (attempt, result, failed)
      CROSS JOIN LATERAL (SELECT timestamptz '2025-01-06 08:00:00.123456+09' + w.id * interval '7 minutes'
                                 + (p.process_number * 10 + a.attempt) * interval '1 minute' AS at) AS t
     WHERE p.process_number <= 6 AND a.failed = ((w.id + p.process_number) % 10 = 0);
INSERT INTO process_data (serial_id, process_id, operator_id, data_level, started_at, completed_at, process_time_seconds,
                          result, measurements, created_at, updated_at)
    SELECT s.id, p.id, 1 + s.id % 40, 'serial', t.at, t.at + interval '90 seconds', 90, 'pass', '{}', t.at, t.at
      FROM serials AS s
      CROSS JOIN processes AS p
      CROSS JOIN LATERAL (SELECT timestamptz '2025-02-06 08:00:00+09' + s.id * interval '7 minutes'
                                 + p.process_number * interval '1 minute' AS at) AS t
     WHERE p.process_number > 6;
