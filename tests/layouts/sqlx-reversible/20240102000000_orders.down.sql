DELETE FROM accounts;
DROP TRIGGER orders_touched ON orders;
DROP FUNCTION touched();
DROP TABLE orders;
