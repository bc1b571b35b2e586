-- One round of what the application writes. Every COMMIT leaves a database that checks/app.yaml has nothing against, so a
-- check may run at any moment of it. One statement, for any client: `pgbench -n -f examples/kamiyo/traffic.sql -T 60 -c 3`.
DO $$
DECLARE
    mark text := md5(clock_timestamp()::text || pg_backend_pid());
    found integer;
    reader integer := 1 + (random() * 899)::integer;
    sent integer;
BEGIN
    INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source)
    VALUES ('0x' || mark || mark, 'Ethereum', 'Harbor Lend', 1200000, now() - interval '1 hour', 'defillama')
    RETURNING id INTO found;
    COMMIT;
    INSERT INTO alerts_sent (exploit_id, channel, recipient) VALUES (found, 'email', 'reader-' || reader);
    UPDATE users SET request_count = request_count + 1, last_request = now() WHERE id = reader;
    COMMIT;
    INSERT INTO usage_history (date, user_id, endpoint, requests) VALUES (current_date, reader, '/exploits', 1);
    UPDATE sources SET last_fetch = now(), fetch_count = fetch_count + 1 WHERE name = 'community';
    COMMIT;
    INSERT INTO community_submissions (tx_hash, chain, protocol, submitter_wallet)
    VALUES ('0x' || mark, 'Ethereum', 'Harbor Lend', '0x' || mark)
    RETURNING id INTO sent;
    INSERT INTO user_reputation (wallet_address) VALUES ('0x' || mark);
    COMMIT;
    UPDATE community_submissions
       SET status = 'verified', bounty_paid = 25, reviewed_at = clock_timestamp(), reviewed_by = 'moderator'
     WHERE id = sent;
    UPDATE user_reputation SET verified_count = 1, total_bounties = 25 WHERE wallet_address = '0x' || mark;
    COMMIT;
    UPDATE exploits SET deleted_at = now() WHERE id = found;
    COMMIT;
END;
$$;
