-- Rows for schema.sql, the same in every run: no random(), every choice is a hash of its row's number. Written for psql.
-- 4,000 exploits, most of them recent, 30 in 100 without a known amount; 80 in 100 alerts are about 20 in 100 exploits.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL TimeZone = 'UTC';

-- 0 <= dice < sides
CREATE FUNCTION pg_temp.dice(what text, row_number bigint, sides bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(what || row_number), 1, 15))::bit(60)::bigint % sides
$$;
-- 1 <= rank <= items; the first ranks come up most, as in Zipf's law.
CREATE FUNCTION pg_temp.rank(what text, row_number bigint, items integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT least(items, power(items + 1, pg_temp.dice(what, row_number, 1000000) / 1000000.0)::integer)
$$;
CREATE FUNCTION pg_temp.pick(what text, row_number bigint, VARIADIC items text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT items[pg_temp.rank(what, row_number, cardinality(items))]
$$;
-- A moment of the year up to 1 November 2025, more often a late one.
CREATE FUNCTION pg_temp.moment(what text, row_number bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT timestamptz '2025-11-01 00:00Z'
           - power(pg_temp.dice(what, row_number, 1000000) / 1000000.0, 2) * interval '365 days'
$$;

INSERT INTO sources (name, url, last_fetch, fetch_count, error_count, is_active, created_at)
SELECT name, 'https://' || name || '.example/feed', CASE WHEN n < 19 THEN pg_temp.moment('fetched', n) END,
       CASE WHEN n < 19 THEN pg_temp.dice('fetches', n, 50000) ELSE 0 END,
       CASE WHEN n < 19 THEN pg_temp.dice('errors', n, 9) ELSE 0 END, n % 7 <> 6, timestamptz '2024-10-01 00:00Z'
  FROM unnest(ARRAY['defillama', 'github_advisory', 'rekt_news', 'peckshield', 'blocksec', 'slowmist', 'certik_alert',
                    'chainabuse', 'immunefi', 'beosin', 'consensys', 'trail_of_bits', 'halborn', 'quantstamp', 'hacxyk',
                    'cyvers', 'ancilia', 'supremacy', 'hypernative', 'community']) WITH ORDINALITY AS list (name, n);

INSERT INTO exploits (tx_hash, chain, protocol, amount_usd, timestamp, source, source_url, category, description,
                      recovery_status, confidence_score, source_count, verified_on_chain, created_at, updated_at)
SELECT '0x' || md5('hash' || n) || md5('more' || n),
       pg_temp.pick('chain', n, 'Ethereum', 'BSC', 'Arbitrum', 'Polygon', 'Optimism', 'Unknown', 'Avalanche', 'Fantom',
                    'Solana', 'Base', 'Gnosis', 'zkSync Era'),
       pg_temp.pick('protocol', n, 'Harbor Lend', 'Moonwell Bridge', 'Orchid Swap', 'Kestrel Vaults', 'Tidal Perps',
                    'Quarry Stake', 'Lumen Pay', 'Basalt Bridge', 'Willow Finance', 'Copper DEX', 'test-protocol'),
       CASE WHEN pg_temp.dice('unknown', n, 10) < 3 THEN 0
            WHEN pg_temp.dice('null', n, 50) = 0 THEN NULL
            ELSE least(3500000000, round(exp(9 + 13 * pg_temp.dice('amount', n, 1000000) / 1000000.0)::numeric, 2)) END,
       pg_temp.moment('at', n),
       pg_temp.pick('source', n, 'defillama', 'github_advisory', 'rekt_news', 'peckshield', 'blocksec', 'slowmist'),
       'https://incidents.example/' || substr(md5('hash' || n), 1, 10),
       pg_temp.pick('category', n, 'Flash Loan', 'Reentrancy', 'Access Control', 'Price Oracle', 'Rugpull',
                    'Private Key Leak', 'Bridge'),
       'attacker drained funds, see ' || substr(md5('more' || n), 1, 12)
           || CASE WHEN n % 20 = 0 THEN ' — 자금 회수 중 🔥' ELSE '' END,
       CASE WHEN n % 3 = 0 THEN pg_temp.pick('recovery', n, 'Recovered', 'Partially Recovered', 'Whitehat',
                                             'investigating', 'funds_returned') END,
       pg_temp.dice('confidence', n, 101), pg_temp.rank('sources', n, 9), pg_temp.dice('verified', n, 5) < 2,
       pg_temp.moment('at', n) + interval '20 minutes', pg_temp.moment('at', n) + interval '1 day'
  FROM generate_series(1, 4000) AS n;

INSERT INTO users (email, password_hash, tier, stripe_customer_id, subscription_status, created_at, updated_at,
                   last_login, last_request, request_count, email_verified, is_active, api_key)
SELECT pg_temp.pick('name', n, 'ana', 'ben', 'chloe', 'dmitri', 'eun-ji', 'farid', 'grace') || n || '@readers.example',
       '$2b$12$' || substr(translate(encode(sha256(convert_to('password' || n, 'UTF8')), 'base64'), '+=', '..'), 1, 43)
           || substr(md5('salt' || n), 1, 10),
       pg_temp.pick('tier', n, 'free', 'basic', 'pro', 'team', 'enterprise'),
       CASE WHEN n % 4 = 0 THEN 'cus_' || substr(md5('stripe' || n), 1, 14) END,
       CASE WHEN n % 4 = 0 THEN 'active' ELSE 'inactive' END,
       pg_temp.moment('joined', n) - interval '10 days', pg_temp.moment('joined', n),
       pg_temp.moment('joined', n) + interval '3 h',
       CASE WHEN n % 9 <> 0 THEN pg_temp.moment('joined', n) + interval '4 h' END, pg_temp.rank('requests', n, 100000),
       n % 5 <> 0, n % 30 <> 0, md5('api key' || n)::uuid
  FROM generate_series(1, 900) AS n;

INSERT INTO alerts_sent (exploit_id, channel, recipient, sent_at)
SELECT e.id, pg_temp.pick('channel', n, 'email', 'discord', 'telegram', 'slack', 'webhook'), 'reader-' || n % 900,
       e.created_at + interval '2 minutes'
  FROM generate_series(1, 8000) AS n
  JOIN exploits AS e ON e.id = 1 + CASE WHEN pg_temp.dice('popular', n, 5) > 0 THEN pg_temp.dice('alert', n, 800)
                                        ELSE 800 + pg_temp.dice('alert', n, 3200) END;

INSERT INTO alert_preferences (user_id, channel, min_amount_usd, chains, protocols, is_active)
SELECT n, pg_temp.pick('channel', n, 'email', 'discord', 'telegram', 'slack', 'webhook'),
       1000 * pg_temp.dice('least', n, 500),
       CASE WHEN n % 3 = 0 THEN '[]'::jsonb ELSE jsonb_build_array('Ethereum', pg_temp.pick('wanted', n, 'BSC', 'Base')) END,
       CASE WHEN n % 2 = 0 THEN '["Harbor Lend"]'::jsonb END, n % 11 <> 0
  FROM generate_series(1, 700) AS n;

INSERT INTO community_submissions (tx_hash, chain, protocol, amount_usd, description, submitter_wallet, evidence_url,
                                   status, bounty_paid, created_at, reviewed_at, reviewed_by)
SELECT '0x' || md5('submitted' || n), pg_temp.pick('chain', n, 'Ethereum', 'BSC', 'Solana'), 'Harbor Lend',
       pg_temp.dice('claimed', n, 10000000) / 100.0, '제보 ' || n, '0xwallet' || lpad((1 + n % 250)::text, 4, '0'),
       'https://evidence.example/' || n, status, CASE WHEN status = 'verified' THEN 25 ELSE 0 END,
       pg_temp.moment('sent', n),
       CASE WHEN status <> 'pending' THEN pg_temp.moment('sent', n) + interval '2 days' END,
       CASE WHEN status <> 'pending' THEN 'moderator' END
  FROM generate_series(1, 600) AS n,
       LATERAL (SELECT pg_temp.pick('status', n, 'verified', 'pending', 'rejected', 'duplicate') AS status) AS s;

INSERT INTO user_reputation (wallet_address, verified_count, false_count, duplicate_count, total_bounties,
                             reputation_score)
SELECT submitter_wallet, count(*) FILTER (WHERE status = 'verified'), count(*) FILTER (WHERE status = 'rejected'),
       count(*) FILTER (WHERE status = 'duplicate'), sum(bounty_paid), 10 * count(*) FILTER (WHERE status = 'verified')
  FROM community_submissions
 GROUP BY submitter_wallet;

INSERT INTO payments (user_id, stripe_payment_id, amount, status, tier, created_at)
SELECT 4 * n, 'pi_' || md5('payment' || n), 9.99 + 20 * pg_temp.dice('price', n, 5),
       pg_temp.pick('paid', n, 'succeeded', 'pending', 'failed'), 'pro', pg_temp.moment('paid', n)
  FROM generate_series(1, 225) AS n;

INSERT INTO subscription_changes (user_id, old_tier, new_tier, change_reason, changed_at)
SELECT 4 * n, 'free', 'pro', 'upgrade', pg_temp.moment('changed', n)
  FROM generate_series(1, 225) AS n;

INSERT INTO subscription_tiers (name, price, requests_per_day)
VALUES ('free', 0, 100), ('basic', 9.99, 1000), ('pro', 29.99, 10000), ('enterprise', 499, 1000000);

-- Periods that run now end in the future, as those of a live service do.
INSERT INTO user_subscriptions (user_id, tier, status, stripe_subscription_id, current_period_start, current_period_end,
                                created_at)
SELECT 4 * n, pg_temp.pick('subscribed', n, 'basic', 'pro', 'enterprise'),
       pg_temp.pick('state', n, 'active', 'cancelled', 'expired', 'past_due', 'trialing'),
       'sub_' || md5('subscription' || n),
       date_trunc('month', now()), date_trunc('month', now()) + interval '1 month', pg_temp.moment('changed', n)
  FROM generate_series(1, 225) AS n;

INSERT INTO subscription_events (subscription_id, event_type, payload, created_at)
SELECT 1 + n % 225, pg_temp.pick('event', n, 'renewed', 'created', 'cancelled'),
       jsonb_build_object('invoice', 'in_' || md5('invoice' || n), 'total', pg_temp.dice('total', n, 50000)),
       pg_temp.moment('event', n)
  FROM generate_series(1, 1000) AS n;

INSERT INTO usage_history (date, user_id, endpoint, requests, ip_address)
SELECT date '2025-09-01' + pg_temp.dice('day', n, 60)::integer, 1 + pg_temp.dice('caller', n, 900),
       pg_temp.pick('endpoint', n, '/exploits', '/stats', '/chains', '/health'), pg_temp.rank('requests', n, 5000),
       inet '10.0.0.0' + pg_temp.dice('address', n, 65000)
  FROM generate_series(1, 4000) AS n;

INSERT INTO x402_payments (tx_hash, chain, amount_usdc, from_address, to_address, block_number, confirmations, status,
                           risk_score, requests_allocated, requests_used, created_at, verified_at, expires_at)
SELECT '0x' || md5('x402' || n), pg_temp.pick('paychain', n, 'base', 'ethereum', 'solana'),
       1 + pg_temp.dice('usdc', n, 90000000) / 1e6,
       '0x' || md5('from' || n), '0x' || md5('to'), 18000000 + n, pg_temp.dice('confirmed', n, 64), status, 0.10,
       allocated,
       CASE WHEN status = 'used' THEN allocated ELSE 0 END, at,
       CASE WHEN status <> 'pending' THEN at + interval '1 minute' END,
       at + interval '24 h'
  FROM generate_series(1, 400) AS n,
       LATERAL (SELECT pg_temp.pick('paystate', n, 'verified', 'used', 'expired', 'pending') AS status,
                       100 * pg_temp.rank('allocated', n, 50) AS allocated, pg_temp.moment('paid402', n) AS at) AS p;

INSERT INTO x402_tokens (token_hash, payment_id, created_at, expires_at)
SELECT encode(sha256(convert_to(tx_hash, 'UTF8')), 'hex'), id, verified_at, expires_at
  FROM x402_payments
 WHERE verified_at IS NOT NULL;
COMMIT;
ANALYZE;
