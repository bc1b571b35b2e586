/* kill -9 of migrate backfill just before and just after a batch commits, again and again, and of the server under it: the
 * same command ends with every row updated once, and the cursor stands behind exactly the rows that are done. */
#include <signal.h>

#include "stand.h"
#include "tests/lib/tap.h"

enum { MOST_RUNS = 60 };

static keel_scratch *cluster;

static keel_pg *new_table(const char *name, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    keel_pg *pg = cluster_database(cluster, name, conninfo);

    cluster_exec(pg, "CREATE TABLE t (id bigint PRIMARY KEY, n int NOT NULL DEFAULT 0);"
                     "INSERT INTO t SELECT 3 * i FROM generate_series(1, 400) i; ANALYZE t");
    return pg;
}

/* Batches of ten rows: none is ever quick enough for more. */
static pid_t start(const char *fault, const char *conninfo)
{
    return stand_start(fault, "migrate", "backfill", "--table", "t", "--set", "n = n + 1", "--batch", "10", "--target-time", "1us",
                       "--db", conninfo, NULL);
}

/* The dead client's backend has ended, one way or the other. */
static bool is_alone(keel_pg *pg)
{
    return stand_until(pg, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'pgkeel migrate%')");
}

static void check_cursor(keel_pg *pg, const char *what)
{
    is_str(cluster_value(pg, "SELECT count(*) FROM t, pgkeel.backfill b"
                             " WHERE n <> CASE WHEN t.id <= (b.last_key::json ->> 0)::bigint THEN 1 ELSE 0 END"),
           "0", "%s: rows up to the cursor are updated once, those behind it not", what);
    is_str(cluster_value(pg, "SELECT (SELECT sum(n) FROM t) = b.rows_done AND b.rows_done = 10 * b.batches FROM pgkeel.backfill b"), "t",
           "%s: and the journal counts them", what);
}

static void check_end(keel_pg *pg, const char *conninfo, const char *what)
{
    is_str(cluster_value(pg, "SELECT min(n) || ' ' || max(n) || ' ' || count(*) FROM t"), "1 1 400", "%s: every row once", what);
    is_str(cluster_value(pg, "SELECT state || ' ' || rows_done || ' ' || last_key FROM pgkeel.backfill"), "complete 400 [\"1200\"]",
           "%s: complete", what);
    is_int(stand_finish(start(NULL, conninfo)), 0, "%s: the same command once more", what);
    is_str(cluster_value(pg, "SELECT sum(n) FROM t"), "400", "%s: does nothing", what);
}

static void test_point(const char *name, const char *fault, int least)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = new_table(name, conninfo);
    int kills = 0, code = 128 + SIGKILL;

    while (kills < MOST_RUNS && (code = stand_finish(start(fault, conninfo))) == 128 + SIGKILL) {
        kills++;
        if (!is_alone(pg))
            stand_bail_out(fault, "the backend of a killed client does not end");
        check_cursor(pg, fault);
    }
    is_int(code, 0, "%s: comes to the end", fault);
    ok(kills >= least, "%s: %d kills", fault, kills);
    check_end(pg, conninfo, fault);
}

/* The server dies while a batch is done and not committed. */
static void test_crash(void)
{
    static const char fault[] = "backfill.before_commit@7:stall:600";
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_pg *pg = new_table("crash", conninfo);
    pid_t process = start(fault, conninfo);
    keel_error err;

    ok(stand_until(pg, "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction'"
                       " AND query LIKE 'UPDATE pgkeel.backfill%' AND (SELECT sum(n) FROM t) = 60"),
       "a batch behind six others is done and not committed");
    keel_pg_close(pg);
    if (!keel_scratch_crash(cluster, &err))
        stand_bail_out("the server does not come back", err.message);
    is_int(stand_kill(process, SIGKILL), 128 + SIGKILL, "the client dies too");
    pg = cluster_connect(conninfo);
    check_cursor(pg, "a crash of the server");
    is_str(cluster_value(pg, "SELECT sum(n) FROM t"), "60", "six batches are committed");
    is_int(stand_finish(start(NULL, conninfo)), 0, "the same command goes on");
    check_end(pg, conninfo, "a crash of the server");
    keel_pg_close(pg);
}

int main(int argc, char **argv)
{
    keel_scratch_options durable = {.durable = true};
    keel_error err;

    stand_open(argc, argv);
    if (!keel_scratch_start(&durable, &cluster, &err))
        stand_bail_out("no cluster", err.message);
    test_point("before_commit", "backfill.before_commit@5:kill", 9);
    test_point("after_commit", "backfill.after_commit@5:kill", 8);
    test_crash();
    keel_scratch_stop(cluster);
    return done_testing();
}
