/* S1-48: a hundred messages sent at once into one conversation of the chat, each in a transaction of its own that locks
 * the conversation first, are a hundred messages: none lost, none doubled, in one order, with one history. The suite
 * checks/load-test.yaml says so; and says no when one is missing, doubled or out of line. */
#include <pthread.h>
#include <stdio.h>

#include "example.h"
#include "tap.h"

enum { SENDERS = 100 };

static const char room[] =
    "INSERT INTO conversations (id, created_by, name) SELECT '11111111-1111-4111-8111-111111111111', id, 'load test'"
    "  FROM users WHERE email = 'person1@chat.example';"
    "INSERT INTO conversation_participants (conversation_id, user_id) SELECT '11111111-1111-4111-8111-111111111111', id"
    "  FROM users WHERE email IN ('person1@chat.example', 'person2@chat.example')";

static const char send[] =
    "BEGIN;"
    "SELECT id FROM conversations WHERE id = '11111111-1111-4111-8111-111111111111' FOR UPDATE;"
    "INSERT INTO chat_messages (conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents)"
    " SELECT '11111111-1111-4111-8111-111111111111', u.id, 'message ' || pg_backend_pid(), coalesce(last.place, 0) + 1,"
    "        'load' || pg_backend_pid(), CASE WHEN last.version IS NULL THEN '{}' ELSE ARRAY[last.version] END"
    "   FROM users AS u LEFT JOIN (SELECT crdt_timestamp AS place, braid_version AS version FROM chat_messages"
    "                               WHERE conversation_id = '11111111-1111-4111-8111-111111111111'"
    "                               ORDER BY crdt_timestamp DESC LIMIT 1) AS last ON true"
    "  WHERE u.email = 'person1@chat.example';"
    "COMMIT";

typedef struct sender {
    keel_pg *pg;
    pthread_barrier_t *start;
    bool sent;
} sender;

static void *send_one(void *argument)
{
    sender *s = argument;
    keel_error err;

    pthread_barrier_wait(s->start);
    s->sent = keel_pg_exec(s->pg, &err, send);
    return NULL;
}

/* How many could not send. */
static int send_all(const char *conninfo)
{
    static sender senders[SENDERS];
    static pthread_t threads[SENDERS];
    pthread_barrier_t start;
    int failures = 0;

    pthread_barrier_init(&start, NULL, SENDERS);
    for (int i = 0; i < SENDERS; i++)
        senders[i] = (sender){.pg = cluster_connect(conninfo), .start = &start};
    for (int i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, send_one, &senders[i]);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        keel_pg_close(senders[i].pg);
        failures += !senders[i].sent;
    }
    pthread_barrier_destroy(&start);
    return failures;
}

static bool says(const example_report *report, const char *check)
{
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->findings[i].check, check) == 0 && strcmp(report->findings[i].severity, "error") == 0)
            return true;
    example_show(report);
    return false;
}

/* After `spoil` the suite says no, among others by `check`; and yes again once it is undone. */
static void test_spoiled(keel_arena *arena, keel_pg *pg, const char *conninfo, const char *spoil, const char *check)
{
    cluster_exec(pg, "CREATE TABLE kept AS SELECT * FROM chat_messages");
    cluster_exec(pg, spoil);
    example_report report = example_check(arena, conninfo, "load-test.yaml");
    ok(report.exit_code == 1 && says(&report, check), "S1-48: %s says no after: %s", check, spoil);
    cluster_exec(pg, "TRUNCATE chat_messages; INSERT INTO chat_messages SELECT * FROM kept; DROP TABLE kept");
}

static void test_all_spoiled(keel_arena *arena, keel_pg *pg, const char *conninfo)
{
    test_spoiled(arena, pg, conninfo,
                 "DELETE FROM chat_messages WHERE id = (SELECT id FROM chat_messages WHERE braid_version LIKE 'load%' LIMIT 1)",
                 "business.count");
    test_spoiled(arena, pg, conninfo,
                 "INSERT INTO chat_messages (conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents)"
                 " SELECT conversation_id, sender_id, content, crdt_timestamp, braid_version, braid_parents FROM chat_messages"
                 " WHERE braid_version LIKE 'load%' LIMIT 1",
                 "data.duplicate_keys");
    test_spoiled(arena, pg, conninfo,
                 "UPDATE chat_messages SET crdt_timestamp = 50 WHERE braid_version LIKE 'load%' AND crdt_timestamp = 51",
                 "business.order_is_total");
    test_spoiled(arena, pg, conninfo,
                 "UPDATE chat_messages SET braid_parents = '{}' WHERE braid_version LIKE 'load%' AND crdt_timestamp = 70",
                 "business.history_is_whole");
}

int main(int argc, char **argv)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];

    example_open(argc, argv);
    example_database("load", conninfo);
    keel_pg *pg = cluster_connect(conninfo);
    cluster_exec(pg, room);
    is_int(send_all(conninfo), 0, "S1-48: a hundred sends at once, and none fails");
    example_report report = example_check(arena, conninfo, "load-test.yaml");
    if (!is_int(report.exit_code, 0, "S1-48: exactly a hundred messages, says the suite"))
        example_show(&report);
    test_all_spoiled(arena, pg, conninfo);
    report = example_check(arena, conninfo, "app.yaml");
    if (!is_int(report.exit_code, 0, "and nothing else is wrong with the database"))
        example_show(&report);
    keel_pg_close(pg);
    example_drop("load");
    return done_testing();
}
