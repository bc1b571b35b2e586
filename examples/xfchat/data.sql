-- Rows for schema.sql, the same in every run: no random(), every choice is a hash of its row's number. Written for psql.
-- The chat before (5,000 legacy messages of 400 people, 30 of whom have left), its consolidated copy in the conversation
-- "global", and what was written since in 240 conversations of their own.
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
CREATE FUNCTION pg_temp.person(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('person' || n)::uuid $$;
CREATE FUNCTION pg_temp.room(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('room' || n)::uuid $$;

INSERT INTO users (id, email, password_hash, username, created_at, updated_at)
SELECT pg_temp.person(n),
       CASE n WHEN 0 THEN 'system@global' WHEN -1 THEN 'system@bot' ELSE 'person' || n || '@chat.example' END,
       '$argon2id$' || md5('password' || n),
       CASE WHEN n <= 0 THEN 'system'
            ELSE (ARRAY['민준', '서연', '지우', 'Oskar', 'Zoë', 'Noor', 'Iñaki'])[1 + n % 7] || ' ' || n END,
       timestamptz '2024-03-01 00:00Z' + n * interval '7 h', timestamptz '2024-03-01 00:00Z' + n * interval '8 h'
  FROM generate_series(-1, 400) AS n;

-- Rows of people who have left have no user any more. Every version names the one before it, some two.
INSERT INTO messages (id, user_id, text, author, timestamp, version, created_at, is_read, is_delivered)
SELECT md5('message' || n)::uuid, CASE WHEN who <= 370 THEN pg_temp.person(who) END,
       CASE n % 5 WHEN 0 THEN '안녕하세요, 회의는 ' || n % 12 || '시에요' WHEN 1 THEN 'shipped it 🚀 #' || n
                  WHEN 2 THEN 'see you at ' || n % 24 || ':00' WHEN 3 THEN 'ok' ELSE repeat('long answer, ', 1 + n % 40) END,
       'person ' || who, timestamptz '2025-02-01 00:00Z' + n * interval '37 minutes 11.250001 s',
       CASE WHEN n % 50 <> 0 THEN 'v' || n || '@' || substr(md5('agent' || who), 1, 6) END,
       timestamptz '2025-02-01 00:00Z' + n * interval '37 minutes 11.5 s', n % 3 <> 0,
       CASE WHEN n % 90 <> 0 THEN true END
  FROM generate_series(1, 5000) AS n, LATERAL (SELECT pg_temp.rank('author', n, 400) AS who) AS w;

INSERT INTO version_history (version_id, user_id, parents, created_at)
SELECT version, user_id,
       array_remove(ARRAY[lag(version) OVER past, CASE WHEN n % 10 = 0 THEN lag(version, 2) OVER past END], NULL),
       created_at
  FROM (SELECT *, row_number() OVER (ORDER BY timestamp) AS n FROM messages WHERE version IS NOT NULL) AS m
WINDOW past AS (ORDER BY timestamp);

-- Room 0 is "global", of the system user; 1 to 200 are direct, the others groups of five.
INSERT INTO conversations (id, created_by, name, is_direct_message, created_at, updated_at)
SELECT pg_temp.room(n), pg_temp.person(n), CASE WHEN n = 0 THEN 'global' WHEN n > 200 THEN '팀 ' || n END,
       n BETWEEN 1 AND 200,
       timestamptz '2025-08-20 00:00Z', timestamptz '2025-08-20 00:00Z'
  FROM generate_series(0, 240) AS n;

INSERT INTO conversation_participants (id, conversation_id, user_id, joined_at)
SELECT md5('seat' || room || '/' || seat)::uuid, pg_temp.room(room),
       pg_temp.person(CASE WHEN seat = 0 THEN room ELSE 1 + (room + 59 * seat) % 400 END),
       timestamptz '2025-08-20 00:00Z'
  FROM generate_series(1, 240) AS room, generate_series(0, 4) AS seat
 WHERE seat < 2 OR room > 200;
INSERT INTO conversation_participants (id, conversation_id, user_id, joined_at)
SELECT md5('seat0/' || n)::uuid, pg_temp.room(0), pg_temp.person(n), timestamptz '2025-08-20 00:00Z'
  FROM generate_series(0, 370) AS n;

-- The copy: keys kept, messages without a user are the system's, what was never said is false.
INSERT INTO chat_messages (id, conversation_id, sender_id, content, is_read, is_delivered, crdt_timestamp,
                           braid_version, braid_parents, created_at, updated_at)
SELECT m.id, pg_temp.room(0), coalesce(m.user_id, pg_temp.person(0)), m.text, coalesce(m.is_read, false),
       coalesce(m.is_delivered, false), row_number() OVER (ORDER BY m.timestamp, m.id), m.version, v.parents,
       m.timestamp,
       m.created_at
  FROM messages AS m
  LEFT JOIN version_history AS v ON v.version_id = m.version;

INSERT INTO chat_messages (id, conversation_id, sender_id, content, message_type, is_read, crdt_timestamp,
                           braid_version, braid_parents, created_at, updated_at)
SELECT md5('new' || n)::uuid, pg_temp.room(room),
       pg_temp.person(CASE WHEN n % 2 = 0 THEN room ELSE 1 + (room + 59) % 400 END),
       CASE n % 4 WHEN 0 THEN '네, 좋아요' WHEN 1 THEN 'sounds good' WHEN 2 THEN 'https://files.chat.example/' || n
                  ELSE 'when?' END,
       CASE n % 4 WHEN 2 THEN 'file' ELSE 'text' END, n % 3 <> 0, 5000 + n, 'w' || n,
       CASE WHEN n > 1 THEN ARRAY['w' || n - 1] ELSE '{}' END,
       timestamptz '2025-08-21 00:00Z' + n * interval '20 minutes',
       timestamptz '2025-08-21 00:00Z' + n * interval '20 minutes'
  FROM generate_series(1, 3000) AS n, LATERAL (SELECT 1 + pg_temp.rank('room', n, 239) AS room) AS r;

INSERT INTO friend_requests (id, from_user_id, to_user_id, from_username, from_email, to_email, message, status,
                             created_at, responded_at)
SELECT md5('request' || n)::uuid, a.id, b.id, a.username, a.email, b.email, CASE WHEN n % 3 = 0 THEN '친구 해요' END,
       status,
       timestamptz '2025-09-01 00:00Z' + n * interval '1 h',
       CASE WHEN status <> 'pending' THEN timestamptz '2025-09-02 00:00Z' + n * interval '1 h' END
  FROM generate_series(1, 300) AS n
  JOIN users AS a ON a.id = pg_temp.person(n)
  JOIN users AS b ON b.id = pg_temp.person(1 + (n + 77) % 400),
       LATERAL (SELECT (ARRAY['accepted', 'pending', 'rejected', 'blocked'])[pg_temp.rank('answer', n, 4)] AS status) AS s;

INSERT INTO contacts (id, user_id, contact_user_id, display_name, last_seen, is_online)
SELECT md5('contact' || id || side)::uuid, CASE side WHEN 0 THEN from_user_id ELSE to_user_id END,
       CASE side WHEN 0 THEN to_user_id ELSE from_user_id END, CASE side WHEN 0 THEN to_email ELSE from_username END,
       responded_at + interval '1 day', false
  FROM friend_requests, generate_series(0, 1) AS side
 WHERE status = 'accepted';

INSERT INTO usage_tracking (user_id, metric_type, count, period_start, period_end)
SELECT pg_temp.person(n), metric, pg_temp.rank(metric, n, 2000), month, month + interval '1 month' - interval '1 day'
  FROM generate_series(1, 400) AS n, unnest(ARRAY['messages', 'ai_calls']) AS metric,
       unnest(ARRAY[date '2025-09-01', date '2025-10-01']) AS month;
COMMIT;
ANALYZE;
