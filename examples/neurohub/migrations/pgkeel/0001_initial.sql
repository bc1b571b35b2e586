-- pgkeel:up
-- The factory's first schema: units in work (wip_items) pass processes 1 to 6, serials 7 and 8.
CREATE TABLE users (
    id bigserial PRIMARY KEY,
    username varchar(50) NOT NULL CONSTRAINT uq_users_username UNIQUE,
    email varchar(255) NOT NULL CONSTRAINT uq_users_email UNIQUE,
    password_hash varchar(255) NOT NULL,
    full_name varchar(255) NOT NULL,
    role varchar(20) NOT NULL DEFAULT 'operator',
    is_active boolean NOT NULL DEFAULT true,
    failed_login_attempts integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_users_role CHECK (role IN ('admin', 'supervisor', 'operator', 'viewer'))
);

CREATE TABLE product_models (
    id bigserial PRIMARY KEY,
    model_code varchar(50) NOT NULL CONSTRAINT uq_product_models_code UNIQUE,
    model_name varchar(255) NOT NULL,
    lot_size integer NOT NULL DEFAULT 100,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_product_models_lot_size CHECK (lot_size BETWEEN 1 AND 100)
);

CREATE TABLE production_lines (
    id bigserial PRIMARY KEY,
    line_code varchar(20) NOT NULL CONSTRAINT uq_production_lines_code UNIQUE,
    line_name varchar(255) NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'active',
    CONSTRAINT ck_production_lines_status CHECK (status IN ('active', 'maintenance', 'inactive'))
);

CREATE TABLE processes (
    id bigserial PRIMARY KEY,
    process_number integer NOT NULL CONSTRAINT uq_processes_number UNIQUE,
    process_code varchar(50) NOT NULL CONSTRAINT uq_processes_code UNIQUE,
    name_ko varchar(255) NOT NULL,
    name_en varchar(255) NOT NULL,
    CONSTRAINT ck_processes_number CHECK (process_number BETWEEN 1 AND 8)
);

CREATE TABLE equipment (
    id bigserial PRIMARY KEY,
    equipment_code varchar(50) NOT NULL CONSTRAINT uq_equipment_code UNIQUE,
    process_id bigint REFERENCES processes (id),
    production_line_id bigint REFERENCES production_lines (id),
    status varchar(20) NOT NULL DEFAULT 'available',
    CONSTRAINT ck_equipment_status CHECK (status IN ('available', 'in_use', 'maintenance', 'calibration', 'broken'))
);

CREATE TABLE lots (
    id bigserial PRIMARY KEY,
    lot_number varchar(50) NOT NULL CONSTRAINT uq_lots_number UNIQUE,
    product_model_id bigint NOT NULL REFERENCES product_models (id),
    production_line_id bigint REFERENCES production_lines (id),
    target_quantity integer NOT NULL,
    completed_quantity integer NOT NULL DEFAULT 0,
    defect_quantity integer NOT NULL DEFAULT 0,
    status varchar(20) NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_lots_target CHECK (target_quantity BETWEEN 1 AND 100),
    CONSTRAINT ck_lots_completed CHECK (completed_quantity >= 0),
    CONSTRAINT ck_lots_defect CHECK (defect_quantity >= 0),
    CONSTRAINT ck_lots_status CHECK (status IN ('waiting', 'in_progress', 'completed', 'cancelled'))
);

-- The CHECKs of quality_status hold nothing off: X IN (..., NULL) is true or unknown, never false.
CREATE TABLE wip_items (
    id bigserial PRIMARY KEY,
    wip_id varchar(50) NOT NULL CONSTRAINT uq_wip_items_wip_id UNIQUE,
    lot_id bigint NOT NULL REFERENCES lots (id),
    current_process integer NOT NULL DEFAULT 1,
    status varchar(20) NOT NULL DEFAULT 'created',
    quality_status varchar(20),
    rework_count integer NOT NULL DEFAULT 0,
    locked_by bigint REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_wip_items_process CHECK (current_process BETWEEN 1 AND 6),
    CONSTRAINT ck_wip_items_status CHECK (status IN ('created', 'in_progress', 'completed', 'failed', 'converted')),
    CONSTRAINT ck_wip_items_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework', NULL)),
    CONSTRAINT ck_wip_items_rework CHECK (rework_count >= 0)
);
CREATE INDEX ix_wip_items_lot ON wip_items (lot_id);

CREATE TABLE serials (
    id bigserial PRIMARY KEY,
    serial_number varchar(50) NOT NULL CONSTRAINT uq_serials_number UNIQUE,
    wip_id bigint NOT NULL REFERENCES wip_items (id),
    lot_id bigint NOT NULL REFERENCES lots (id),
    current_process integer NOT NULL DEFAULT 7,
    quality_status varchar(20),
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_serials_process CHECK (current_process BETWEEN 7 AND 8),
    CONSTRAINT ck_serials_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework', NULL))
);
CREATE INDEX ix_serials_lot ON serials (lot_id);
CREATE INDEX ix_serials_wip ON serials (wip_id);

CREATE TABLE process_data (
    id bigserial PRIMARY KEY,
    wip_id bigint REFERENCES wip_items (id),
    serial_id bigint REFERENCES serials (id),
    process_id bigint NOT NULL REFERENCES processes (id),
    operator_id bigint NOT NULL REFERENCES users (id),
    equipment_id bigint REFERENCES equipment (id),
    data_level varchar(10) NOT NULL,
    started_at timestamptz NOT NULL,
    completed_at timestamptz,
    process_time_seconds integer,
    result varchar(10) NOT NULL DEFAULT 'pending',
    measurements json,
    parameters json,
    defect_code varchar(50),
    defect_reason text,
    rework_count integer NOT NULL DEFAULT 0,
    notes text,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_process_data_wip_xor_serial CHECK ((wip_id IS NULL) <> (serial_id IS NULL)),
    CONSTRAINT ck_process_data_data_level CHECK (data_level IN ('wip', 'serial')),
    CONSTRAINT ck_process_data_result CHECK (result IN ('pending', 'pass', 'fail', 'rework')),
    CONSTRAINT ck_process_data_time CHECK (process_time_seconds >= 0),
    CONSTRAINT ck_process_data_rework CHECK (rework_count >= 0)
);
CREATE INDEX ix_process_data_wip ON process_data (wip_id);
CREATE INDEX ix_process_data_serial ON process_data (serial_id);
CREATE INDEX ix_process_data_process ON process_data (process_id);
CREATE INDEX ix_process_data_operator ON process_data (operator_id);
CREATE INDEX ix_process_data_equipment ON process_data (equipment_id);
CREATE INDEX ix_process_data_result ON process_data (result);
CREATE INDEX ix_process_data_started ON process_data (started_at);
CREATE INDEX ix_process_data_completed ON process_data (completed_at);

CREATE TABLE wip_process_history (
    id bigserial PRIMARY KEY,
    wip_id bigint NOT NULL REFERENCES wip_items (id),
    process_number integer NOT NULL,
    quality_status varchar(20),
    entered_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_wip_process_history_process CHECK (process_number BETWEEN 1 AND 6),
    CONSTRAINT ck_wip_process_history_quality_status CHECK (quality_status IN ('pass', 'fail', 'rework', NULL))
);
CREATE INDEX ix_wip_process_history_wip ON wip_process_history (wip_id);

CREATE TABLE audit_log (
    id bigserial PRIMARY KEY,
    user_id bigint REFERENCES users (id),
    table_name varchar(50) NOT NULL,
    record_id bigint NOT NULL,
    action varchar(10) NOT NULL,
    old_values json,
    new_values json,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT ck_audit_log_action CHECK (action IN ('INSERT', 'UPDATE', 'DELETE'))
);

CREATE TABLE alerts (
    id bigserial PRIMARY KEY,
    lot_id bigint REFERENCES lots (id),
    severity varchar(20) NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE error_log (
    id bigserial PRIMARY KEY,
    source varchar(100) NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE print_log (
    id bigserial PRIMARY KEY,
    serial_id bigint REFERENCES serials (id),
    printer varchar(50) NOT NULL,
    printed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- pgkeel:down
-- Below the first version there is no schema that could keep the rows, so there must be none.
LOCK TABLE users, product_models, production_lines, processes, equipment, lots, wip_items, serials, process_data,
    wip_process_history, audit_log, alerts, error_log, print_log IN SHARE ROW EXCLUSIVE MODE;
DO $$
DECLARE
    tables text;
BEGIN
    SELECT string_agg(name, ', ') INTO tables
      FROM (SELECT 'users' FROM users UNION SELECT 'product_models' FROM product_models
            UNION SELECT 'production_lines' FROM production_lines UNION SELECT 'processes' FROM processes
            UNION SELECT 'equipment' FROM equipment UNION SELECT 'lots' FROM lots
            UNION SELECT 'wip_items' FROM wip_items UNION SELECT 'serials' FROM serials
            UNION SELECT 'process_data' FROM process_data UNION SELECT 'wip_process_history' FROM wip_process_history
            UNION SELECT 'audit_log' FROM audit_log UNION SELECT 'alerts' FROM alerts
            UNION SELECT 'error_log' FROM error_log UNION SELECT 'print_log' FROM print_log) AS filled (name);
    IF to_regclass('process_data_beyond_0001') IS NOT NULL THEN
        IF EXISTS (SELECT FROM process_data_beyond_0001) THEN
            tables := concat_ws(', ', tables, 'process_data_beyond_0001');
        END IF;
    END IF;
    IF tables IS NOT NULL THEN
        RAISE 'there are rows in %', tables USING HINT = 'Copy out what is worth keeping and empty the tables.';
    END IF;
END;
$$;
DROP TABLE IF EXISTS process_data_beyond_0001;
DROP TABLE print_log, error_log, alerts, audit_log, wip_process_history, process_data, serials, wip_items, lots,
    equipment, processes, production_lines, product_models, users;
