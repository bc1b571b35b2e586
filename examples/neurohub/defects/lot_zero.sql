-- Rows that had neither unit nor serial were given lot 0, which does not exist.
-- finds: relationships.orphans error public.process_data(lot_id)
-- exit: 1
SET session_replication_role = replica;
WITH row AS (INSERT INTO process_data (lot_id, process_id, operator_id, data_level, result, measurements, completed_at)
             VALUES (0, 1, 7, 'LOT', 'PASS', '{"setup": true}', now()) RETURNING *)
INSERT INTO audit_logs (user_id, entity_type, entity_id, action, new_values) SELECT 7, 'process_data', id, 'CREATE', to_jsonb(row) FROM row;
