CREATE VIEW open_orders AS SELECT o.id, a.email FROM orders o JOIN accounts a ON a.id = o.account WHERE a.state = 'active';
