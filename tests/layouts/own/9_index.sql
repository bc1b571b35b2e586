-- pgkeel:up
COPY accounts (id, email) FROM stdin;
1	a;b@example.org
2	it's@example.org
\.

-- a statement that no transaction takes, in the middle of a file
CREATE INDEX CONCURRENTLY orders_by_account ON orders (account);

COMMENT ON INDEX orders_by_account IS 'built without stalling anybody';

-- pgkeel:down
DROP INDEX CONCURRENTLY orders_by_account;
DELETE FROM accounts;
