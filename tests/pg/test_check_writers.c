/* A database in use: while rows, tables, indexes and partitions come and go, every check runs again
 * and again, and none raises an alarm. Whatever the writers do keeps every rule at every commit. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "checked.h"
#include "cluster.h"
#include "tap.h"

enum { RUNS = 50 };

static const char schema_sql[] =
    "CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL UNIQUE, balance numeric(12,2) "
    "NOT NULL CHECK (balance >= 0));"
    "INSERT INTO accounts SELECT i, 'owner ' || i, 100 FROM generate_series(1, 50) i;"
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL "
    "REFERENCES accounts,"
    " state text NOT NULL CHECK (state IN ('open', 'paid')), at timestamptz NOT NULL DEFAULT "
    "now(), items int NOT NULL);"
    "CREATE INDEX ON orders (account);"
    "CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint NOT "
    "NULL REFERENCES orders"
    " ON DELETE CASCADE, place int NOT NULL, UNIQUE (order_id, place));"
    "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_ref bigint NOT "
    "NULL);"
    "CREATE INDEX ON notes (order_ref);"
    "CREATE TABLE kinds (id int PRIMARY KEY, label text NOT NULL UNIQUE);"
    "INSERT INTO kinds SELECT i, 'kind ' || i FROM generate_series(1, 20) i;"
    "CREATE TABLE parts (id int PRIMARY KEY, kind int NOT NULL REFERENCES kinds); CREATE INDEX ON "
    "parts (kind);"
    "INSERT INTO parts SELECT i, 1 + i % 20 FROM generate_series(1, 5000) i;"
    "CREATE TABLE staging (id int PRIMARY KEY, code text NOT NULL UNIQUE);"
    "INSERT INTO staging SELECT i, 'code ' || i FROM generate_series(1, 100) i;"
    "CREATE TABLE events (id bigint NOT NULL, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION "
    "BY LIST (day);"
    "CREATE TABLE events_0 PARTITION OF events FOR VALUES IN ('2020-06-01');"
    "INSERT INTO events SELECT i, '2020-06-01' FROM generate_series(1, 100) i;";

/* Money is only moved; an order has as many items as it says, and one note; nothing is ever half
 * there. */
static const char suite_yaml[] =
    "tables:\n"
    "  accounts: {count: {equals: 50}}\n"
    "  orders:\n"
    "    unique: [id]\n"
    "    allowed: {state: [open, paid]}\n"
    "    times: {at: {floor: 2020-01-01}}\n"
    "  notes:\n"
    "    foreign_keys: [{columns: order_ref, references: orders, declared: false}]\n"
    "  parts: {count: {equals: 5000}}\n"
    "  staging: {count: {equals: 100}}\n"
    "rules:\n"
    "  money_is_kept: SELECT 1 FROM accounts HAVING sum(balance) <> 5000\n"
    "  orders_are_whole: SELECT id FROM orders o WHERE items <> (SELECT count(*) FROM items i "
    "WHERE i.order_id = o.id)\n"
    "  orders_have_a_note: SELECT id FROM orders o WHERE NOT EXISTS (SELECT FROM notes n WHERE "
    "n.order_ref = o.id)\n"
    "statements:\n"
    "  pay: UPDATE orders SET state = 'paid' WHERE id = $1\n";

static const char order_sql[] = "BEGIN; WITH o AS (INSERT INTO orders (account, state, items) "
                                "VALUES (1 + (random() * 49)::int, 'open', 3) RETURNING id),"
                                " n AS (INSERT INTO notes (order_ref) SELECT id FROM o)"
                                " INSERT INTO items (order_id, place) SELECT id, place FROM o, "
                                "generate_series(1, 3) place; COMMIT";
static const char move_sql[] =
    "BEGIN; UPDATE accounts SET balance = balance - 1 WHERE id = 7 AND balance > 1;"
    " UPDATE accounts SET balance = balance + 1 WHERE id = 8 AND (SELECT sum(balance) FROM "
    "accounts) < 5000;"
    " UPDATE accounts SET balance = balance - 3 WHERE id = 8 AND balance > 120;"
    " UPDATE accounts SET balance = balance + 3 WHERE id = 7 AND (SELECT sum(balance) FROM "
    "accounts) < 5000; COMMIT";
static const char drop_sql[] =
    "BEGIN; WITH gone AS (SELECT id FROM orders ORDER BY random() LIMIT 2 FOR UPDATE),"
    " n AS (DELETE FROM notes WHERE order_ref IN (SELECT id FROM gone)) DELETE FROM orders WHERE "
    "id IN (SELECT id FROM gone);"
    " COMMIT";
static const char pay_sql[] =
    "BEGIN; UPDATE orders SET state = 'paid' WHERE id % 3 = (random() * 2)::int; COMMIT";

/* What an application and its deployments do. CONCURRENTLY wants to be alone in its message. */
static const char *const row_work[] = {order_sql, move_sql, order_sql, drop_sql, pay_sql, NULL};
static const char *const schema_work[] = {
    "BEGIN; TRUNCATE staging; INSERT INTO staging SELECT i, 'code ' || i FROM generate_series(1, "
    "100) i; COMMIT",
    "BEGIN; CREATE TABLE fresh (id int PRIMARY KEY, name text NOT NULL UNIQUE); INSERT INTO fresh "
    "VALUES (1, 'one'); COMMIT",
    "ALTER TABLE kinds ALTER label TYPE varchar(40)",
    "CREATE INDEX CONCURRENTLY parts_half ON parts (id) WHERE kind > 10",
    "ALTER TABLE parts ADD COLUMN extra int DEFAULT 5",
    "DROP TABLE fresh",
    "ALTER TABLE kinds ALTER label TYPE text",
    "DROP INDEX CONCURRENTLY parts_half",
    "ALTER TABLE parts DROP COLUMN extra",
    "CREATE TABLE events_1 PARTITION OF events FOR VALUES IN ('2021-06-01')",
    "INSERT INTO events SELECT i, '2021-06-01' FROM generate_series(1, 100) i",
    "ANALYZE",
    "DROP TABLE events_1",
    "BEGIN; CREATE TABLE next (LIKE staging INCLUDING ALL); INSERT INTO next SELECT * FROM "
    "staging; DROP TABLE staging;"
    " ALTER TABLE next RENAME TO staging; COMMIT",
    "VACUUM (FULL) parts",
    NULL,
};

typedef struct writer {
    const char *conninfo;
    const char *const *work;
    pthread_t thread;
    atomic_bool *stop;
    int done;
    char failure[512];
} writer;

static bool may_happen(const keel_error *err)
{
    return strcmp(err->sqlstate, "40P01") == 0; /* a deadlock among the writers */
}

static void *write_on(void *argument)
{
    writer *w = argument;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(w->conninfo);
    keel_error err = {0};

    while (!atomic_load(w->stop)) {
        for (const char *const *sql = w->work; *sql != NULL; sql++) {
            while (!keel_pg_exec(pg, &err, *sql)) {
                keel_pg_rollback(pg);
                if (may_happen(&err))
                    continue;
                snprintf(w->failure, sizeof w->failure, "%s: %s", *sql, err.message);
                return NULL;
            }
            w->done++;
        }
    }
    return NULL;
}

static const keel_suite *read_suite(keel_arena *arena)
{
    char path[] = "/tmp/pgkeel-suite-XXXXXX";
    const char *const paths[] = {path};
    const keel_suite *suite = NULL;
    keel_error err = {0};
    int fd = mkstemp(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (file == NULL || fputs(suite_yaml, file) < 0 || fclose(file) != 0)
        exit(2);
    bool read = keel_suite_read(arena, paths, 1, &suite, &err);
    unlink(path);
    if (!read) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    return suite;
}

static bool is_alarm(const keel_finding *f)
{
    return f->severity >= KEEL_WARNING;
}

static void judge(const checked *c, int run, const char *how)
{
    int alarms = 0;

    for (size_t i = 0; i < keel_report_count(c->report); i++)
        alarms += is_alarm(keel_report_at(c->report, i));
    if (!ok(c->database != NULL && alarms == 0, "run %d (%s): no alarm %s", run, how,
            c->database == NULL ? c->err.message : ""))
        printf("# %s\n", checked_text(c));
    const keel_check_line *line = checked_line(c, "business.money_is_kept");
    if (line == NULL || line->outcome != KEEL_CHECK_PASSED)
        ok(false, "run %d (%s): the rule was looked at", run, how);
}

static void
check_often(const char *conninfo, const keel_suite *suite, writer *writers, size_t count)
{
    static const struct {
        const char *how;
        keel_check_options options;
    } ways[] = {
        {"one snapshot", {.jobs = 4}},
        {"a snapshot per table", {.jobs = 3, .snapshot = KEEL_SNAPSHOT_TABLE}},
        {"--quick", {.jobs = 2, .quick = true}},
    };

    for (int run = 1; run <= RUNS; run++) {
        keel_check_options options = ways[run % 3].options;
        options.suite = suite;
        KEEL_CLEANUP(checked_free) checked c = check_database(conninfo, options);
        judge(&c, run, ways[run % 3].how);
        for (size_t i = 0; i < count; i++)
            if (writers[i].failure[0] != '\0')
                return;
    }
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "in_use", conninfo);
    atomic_bool stop = false;
    writer writers[] = {
        {.conninfo = conninfo, .work = row_work, .stop = &stop},
        {.conninfo = conninfo, .work = row_work, .stop = &stop},
        {.conninfo = conninfo, .work = schema_work, .stop = &stop},
    };

    cluster_exec(pg, schema_sql);
    for (int i = 0; i < 200; i++)
        cluster_exec(pg, order_sql);
    for (size_t i = 0; i < KEEL_COUNT_OF(writers); i++)
        if (pthread_create(&writers[i].thread, NULL, write_on, &writers[i]) != 0)
            return 2;
    check_often(conninfo, read_suite(arena), writers, KEEL_COUNT_OF(writers));
    atomic_store(&stop, true);
    for (size_t i = 0; i < KEEL_COUNT_OF(writers); i++) {
        pthread_join(writers[i].thread, NULL);
        ok(writers[i].failure[0] == '\0' && writers[i].done > 10,
           "the writers were at work: %d steps %s", writers[i].done, writers[i].failure);
    }
    return done_testing();
}
