-- pgkeel:up
CREATE INDEX CONCURRENTLY orders_at ON orders (at); -- for the report
ALTER TABLE orders ADD CONSTRAINT orders_id_nn CHECK (id IS NOT NULL) NOT VALID;
-- pgkeel:step
ALTER TABLE orders VALIDATE CONSTRAINT orders_id_nn;
-- pgkeel:step
ALTER TABLE orders ALTER COLUMN id SET NOT NULL;
ALTER TABLE orders DROP CONSTRAINT orders_id_nn;
-- pgkeel:step
CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON orders (id);
-- pgkeel:step
ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;
-- pgkeel:down
ALTER TABLE orders DROP CONSTRAINT orders_pkey; DROP INDEX orders_at;
