-- finds: data.key_blanks warning public.exploits(tx_hash)
-- exit: 0
INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, created_at)
SELECT tx_hash || ' ', chain, protocol, amount_usd, timestamp, source, created_at FROM exploits WHERE id = 17;
