CREATE OR REPLACE VIEW open_orders AS
SELECT o.id, a.email FROM orders o JOIN accounts a ON a.id = o.account WHERE a.closed_at IS NULL;
