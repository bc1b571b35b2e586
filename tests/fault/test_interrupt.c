/* Ctrl-C: stops at a safe point, soon, even where the server makes it wait; twice: at once. */
#include <signal.h>

#include "stand.h"
#include "tests/lib/tap.h"

static const char *source;
static keel_scratch *cluster;

static const char data_begun_sql[] =
    "SELECT count(*) > 0 FROM pg_catalog.pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'pgkeel transfer worker%' AND query LIKE '%COPY%'";

/* Interrupts once; how long it took to end. */
static keel_usec interrupt(pid_t process, int *ret_code)
{
    keel_usec sent = keel_monotonic();

    kill(process, SIGINT);
    *ret_code = stand_wait(process, 20 * KEEL_SECOND);
    return keel_monotonic() - sent;
}

static void check_stopped(pid_t process, keel_usec took, int code, const char *when)
{
    is_int(code, 2, "%s: exit code 2", when);
    ok(took < 2 * KEEL_SECOND, "%s: within 2 s (%lld ms)", when, (long long)took / 1000);
    ok(stand_says(process, "stopped on request") &&
           stand_says(process, "run the same command again to go on"),
       "%s: says how to go on", when);
}

static void test_loading(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "loading", "fresh", conninfo);
    int code = 2, count = 0;

    while (code == 2 && count < 3) {
        pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "keep");
        if (!stand_until(pg, data_begun_sql))
            break;
        keel_usec took = interrupt(process, &code);
        if (code == 2)
            check_stopped(process, took, code, "while it loads");
        count += code == 2;
    }
    ok(count > 0, "%d times interrupted", count);
    is_int(stand_finish(stand_transfer(NULL, source, conninfo, "--keys", "keep")),
           reference->exit_code, "then it goes on");
    is_str(stand_difference(pg, reference), NULL, "as if nothing had happened");
    is_int(stand_verify(conninfo), 0, "verify finds nothing");
}

/* Somebody holds a lock on a table: the worker's COPY waits for it. */
static void test_waiting(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p)
    keel_pg *pg = stand_database(cluster, "waiting", "warm", conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *watch = cluster_connect(conninfo);
    int code;

    cluster_exec(pg, "BEGIN; LOCK TABLE entry IN SHARE MODE");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "remap");
    ok(stand_until(watch, "SELECT count(*) > 0 FROM pg_catalog.pg_locks WHERE NOT granted AND "
                          "relation = 'entry'::regclass"),
       "a worker waits for a lock");
    keel_usec took = interrupt(process, &code);
    check_stopped(process, took, code, "while it waits for a lock");
    cluster_exec(pg, "COMMIT");
    is_int(stand_finish(stand_transfer(NULL, source, conninfo, "--keys", "remap")),
           reference->exit_code, "then it goes on");
    is_str(stand_difference(pg, reference), NULL, "as if nothing had happened");
}

static void test_twice(const stand_reference *reference)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = stand_database(cluster, "twice", "warm", conninfo);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *watch = cluster_connect(conninfo);

    cluster_exec(pg, "BEGIN; LOCK TABLE account IN SHARE MODE");
    pid_t process = stand_transfer(NULL, source, conninfo, "--keys", "remap");
    ok(stand_until(watch, "SELECT count(*) > 0 FROM pg_catalog.pg_locks WHERE NOT granted"),
       "a worker waits for a lock");
    keel_usec sent = keel_monotonic();
    kill(process, SIGINT);
    while (strstr(stand_said(process), "stopping") == NULL &&
           stand_wait(process, 0) == STAND_STILL_RUNNING &&
           keel_monotonic() - sent < 5 * KEEL_SECOND)
        keel_sleep(KEEL_SECOND / 1000);
    kill(process, SIGINT);
    is_int(stand_wait(process, 20 * KEEL_SECOND), 2, "twice: exit code 2");
    ok(keel_monotonic() - sent < KEEL_SECOND, "twice: at once (%lld ms)",
       (long long)(keel_monotonic() - sent) / 1000);
    ok(stand_says(process, "stopped at once"), "twice: says so");
    cluster_exec(pg, "COMMIT");
    is_int(stand_finish(stand_transfer(NULL, source, conninfo, "--keys", "remap")),
           reference->exit_code, "then it goes on");
    is_str(stand_difference(pg, reference), NULL, "as if nothing had happened");
}

int main(int argc, char **argv)
{
    stand_reference keep, remap;

    stand_open(argc, argv);
    cluster = cluster_start(NULL);
    source = stand_source("source.db", stand_rows() / 2, "s");
    stand_template(cluster, "fresh", stand_other_source("other.db"));
    stand_template(cluster, "warm", stand_source("earlier.db", 6000, "e"));
    stand_refer(cluster, source, "fresh", "keep", &keep);
    stand_refer(cluster, source, "warm", "remap", &remap);
    test_loading(&keep);
    test_waiting(&remap);
    test_twice(&remap);
    return done_testing();
}
