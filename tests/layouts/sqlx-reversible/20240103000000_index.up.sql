-- no-transaction
CREATE INDEX CONCURRENTLY orders_by_account ON orders (account);
ANALYZE orders;
