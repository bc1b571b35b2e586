-- The same transaction in another spelling: two keys, byte by byte.
-- finds: business.hashes_differ_by_more_than_case error hashes_differ_by_more_than_case
-- exit: 1
INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, created_at)
SELECT upper(tx_hash), chain, protocol, amount_usd, timestamp, source, created_at FROM exploits WHERE id = 17;
