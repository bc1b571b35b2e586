-- The unique index does not know one of the rows, as after an upgrade of the system's collations: it is valid, and the
-- hash is there twice. A look into the index cannot find this, only one at the rows.
-- finds: data.duplicate_keys error public.exploits(tx_hash)
-- exit: 1
UPDATE pg_catalog.pg_index SET indisready = false WHERE indexrelid = 'exploits_tx_hash_key'::regclass;
INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, created_at)
SELECT tx_hash, chain, protocol, amount_usd, timestamp, source, created_at FROM exploits WHERE id = 17;
UPDATE pg_catalog.pg_index SET indisready = true WHERE indexrelid = 'exploits_tx_hash_key'::regclass;
