-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY orders_by_account ON orders (account);
ANALYZE orders;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY orders_by_account;
