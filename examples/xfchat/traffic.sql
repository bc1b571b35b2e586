-- One round of what the server writes. Every COMMIT leaves a database that checks/app.yaml has nothing against, so a check
-- may run at any moment of it. One statement, for any client: `pgbench -n -f examples/xfchat/traffic.sql -T 60 -c 3`.
DO $$
DECLARE
    mark text := md5(clock_timestamp()::text || pg_backend_pid());
    room uuid;
    one uuid := md5('person' || 1 + (random() * 199)::integer)::uuid;
    other uuid := md5('person' || 201 + (random() * 199)::integer)::uuid;
    place bigint;
BEGIN
    INSERT INTO conversations (created_by, is_direct_message) VALUES (one, true) RETURNING id INTO room;
    INSERT INTO conversation_participants (conversation_id, user_id) VALUES (room, one), (room, other);
    COMMIT;
    FOR n IN 1 .. 3 LOOP
        PERFORM FROM conversations WHERE id = room FOR UPDATE;
        INSERT INTO chat_messages (conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents)
        VALUES (room, CASE n % 2 WHEN 0 THEN one ELSE other END, '잘 지내요?', 10000 + n, mark || n,
                CASE WHEN n > 1 THEN ARRAY[mark || n - 1] ELSE '{}' END);
        COMMIT;
    END LOOP;
    UPDATE chat_messages SET is_read = true WHERE conversation_id = room;
    COMMIT;
    -- An old client still writes to the old table; the server keeps both until the old one goes.
    SELECT max(crdt_timestamp) + 1 INTO place FROM chat_messages;
    WITH legacy AS (INSERT INTO messages (user_id, text, author, timestamp, version)
                    VALUES (one, 'old client', 'person', now(), mark) RETURNING *),
         version AS (INSERT INTO version_history (version_id, user_id) VALUES (mark, one))
    INSERT INTO chat_messages (id, conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents,
                               created_at)
    SELECT legacy.id, c.id, legacy.user_id, legacy.text, place, legacy.version, '{}', legacy.timestamp
      FROM legacy, conversations AS c WHERE c.name = 'global';
    COMMIT;
    DELETE FROM conversations WHERE id = room;
    COMMIT;
END;
$$;
