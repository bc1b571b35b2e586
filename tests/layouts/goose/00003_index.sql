-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY orders_by_account ON orders (account);
ANALYZE orders;

-- +goose Down
DROP INDEX CONCURRENTLY orders_by_account;
