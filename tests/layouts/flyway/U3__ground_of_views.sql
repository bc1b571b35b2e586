DROP VIEW open_orders;
ALTER TABLE accounts DROP COLUMN closed_at;
