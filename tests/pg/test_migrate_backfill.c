/* migrate backfill: every row once, whatever stops it. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster.h"
#include "migrate/backfill.h"
#include "tap.h"

static keel_scratch *cluster;

typedef struct place {
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_arena *arena;
    keel_progress *progress;
    const keel_backfill_result *result;
    volatile sig_atomic_t cancel;
    keel_backfill_options options;
    keel_error err;
} place;

/* Table t: 20,000 rows with keys 2, 4, 6 ... and a counter of how often each was updated. */
static void open_place(place *p, const char *name)
{
    *p = (place){.arena = keel_arena_create(), .progress = keel_progress_create(true, false)};
    p->pg = cluster_database(cluster, name, p->conninfo);
    cluster_exec(p->pg, "CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 0, kind text);"
                        "INSERT INTO t SELECT 2 * i, 0, CASE WHEN i % 4 = 0 THEN 'x' END FROM generate_series(1, 20000) i;"
                        "ANALYZE t");
    p->options = (keel_backfill_options){.conninfo = p->conninfo, .table = "t", .set = "a = a + 1", .batch = 500,
                                         .target_time = 200000, .max_lag = 5 * KEEL_SECOND, .lock_timeout = 200000,
                                         .retries = 2, .cancel = &p->cancel};
    printf("# %s\n", name);
}

static void close_place(place *p)
{
    keel_pg_close(p->pg);
    keel_progress_free(p->progress);
    keel_arena_free(p->arena);
}

static bool fill(place *p)
{
    p->err = (keel_error){0};
    return keel_backfill(p->arena, &p->options, p->progress, &p->result, &p->err);
}

static void *fill_in_thread(void *context)
{
    place *p = context;

    return fill(p) ? p : NULL;
}

/* Polls until the query gives "t". */
static bool becomes(place *p, const char *sql)
{
    keel_usec deadline = keel_monotonic() + 60 * KEEL_SECOND;

    while (strcmp(cluster_value(p->pg, sql), "t") != 0) {
        if (keel_monotonic() > deadline)
            return false;
        keel_sleep(5000);
    }
    return true;
}

#define HAS_BEGUN                                                                            \
    "SELECT CASE WHEN to_regclass('pgkeel.backfill') IS NULL THEN false ELSE"                 \
    " xpath_exists('//rows_done[. > 0]', query_to_xml('SELECT rows_done FROM pgkeel.backfill'," \
    " true, false, '')) END"

static void is_once(place *p, const char *what)
{
    is_str(cluster_value(p->pg, "SELECT min(a) || ' ' || max(a) || ' ' || count(*) FROM t"), "1 1 20000", "%s", what);
}

static void test_all_rows(void)
{
    place p;

    open_place(&p, "all_rows");
    ok(fill(&p), "backfill: %s", p.err.message);
    is_once(&p, "each row is updated once");
    ok(p.result->complete && p.result->rows == 20000 && p.result->batches > 1, "and counted, in several batches");
    is_str(cluster_value(p.pg, "SELECT state || ' ' || rows_done || ' ' || (definition ->> 'set') FROM pgkeel.backfill"),
           "complete 20000 a = a + 1", "the journal");
    p.options.set = "a=a  +  1";
    ok(fill(&p) && p.result->was_complete && p.result->rows == 0, "the same command says that it is finished");
    is_once(&p, "and does nothing");
    p.options.again = true;
    ok(fill(&p) && p.result->rows == 20000, "but with --again: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT min(a) || ' ' || max(a) FROM t"), "2 2", "once more");
    p.options = (keel_backfill_options){.conninfo = p.conninfo, .table = "t", .set = "a = 7", .dry_run = true};
    ok(fill(&p) && strstr(p.result->statement, "a = 7") != NULL, "a dry run shows the statement");
    is_str(cluster_value(p.pg, "SELECT max(a) || ' ' || (SELECT count(*) FROM pgkeel.backfill) FROM t"), "2 1",
           "and leaves no trace");
    close_place(&p);
}

static void test_where(void)
{
    place p;

    open_place(&p, "where");
    p.options.where = "kind = 'x' OR false -- those";
    ok(fill(&p) && p.result->rows == 5000, "backfill: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT string_agg(DISTINCT coalesce(kind, '-') || a, ' ') FROM t"), "-0 x1",
           "only the rows of the condition");
    close_place(&p);
}

/* S4: stopped between two batches, it goes on behind the last one; two do not run the same one. */
static void test_stop_and_two_at_once(void)
{
    pthread_t thread;
    place p, second;
    void *good = NULL;

    open_place(&p, "stop");
    p.options.pause = 50 * KEEL_SECOND;
    if (pthread_create(&thread, NULL, fill_in_thread, &p) != 0)
        exit(2);
    second = (place){.pg = cluster_connect(p.conninfo), .arena = keel_arena_create(),
                     .progress = keel_progress_create(true, false), .options = p.options};
    ok(becomes(&second, HAS_BEGUN), "the first is at work");
    second.options.cancel = NULL;
    second.options.pause = 0;
    ok(!fill(&second) && second.err.kind == KEEL_ERR_LOCKED, "the second is refused: %s", second.err.message);
    p.cancel = 1;
    pthread_join(thread, &good);
    ok(good == NULL && p.err.kind == KEEL_ERR_CANCELLED, "the first is stopped: %s", p.err.message);
    ok(strstr(p.err.hint, "same command") != NULL, "and says how to go on");
    is_int(p.result->rows, 500, "after its batch");
    ok(fill(&second) && second.result->resumed, "the second goes on: %s", second.err.message);
    is_int(second.result->rows, 19500, "with the rows that are left");
    is_once(&p, "each row once");
    close_place(&second);
    close_place(&p);
}

static void test_kill(void)
{
    place p;

    open_place(&p, "kill");
    p.options.pause = 1000;
    p.options.batch = 100;
    p.options.target_time = 1;
    pid_t child = fork();
    if (child == 0) {
        fill(&p);
        pause();
    }
    ok(becomes(&p, HAS_BEGUN), "it is at work");
    kill(child, SIGKILL);
    ok(waitpid(child, NULL, 0) == child, "killed");
    ok(becomes(&p, "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')"), "its lock is gone");
    p.options.target_time = 200000;
    ok(fill(&p) && p.result->resumed && p.result->rows < 20000, "the same call goes on: %s", p.err.message);
    is_int(p.result->total_rows, 20000, "all rows");
    is_once(&p, "each row once");
    close_place(&p);
}

static void test_keys(void)
{
    place p;

    open_place(&p, "keys");
    cluster_exec(p.pg, "CREATE TABLE pair (x int, \"Y y\" text, a int DEFAULT 0, PRIMARY KEY (x, \"Y y\"));"
                       "INSERT INTO pair SELECT i % 7, 'k''\"' || i FROM generate_series(1, 3000) i;"
                       "CREATE TABLE names (n varchar(20) NOT NULL UNIQUE, a int DEFAULT 0);"
                       "INSERT INTO names SELECT 'é' || i || ' \\' FROM generate_series(1, 3000) i;"
                       "CREATE TABLE times (at timestamptz PRIMARY KEY, a int DEFAULT 0) PARTITION BY RANGE (at);"
                       "CREATE TABLE times1 PARTITION OF times FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
                       "CREATE TABLE times2 PARTITION OF times DEFAULT;"
                       "INSERT INTO times SELECT '2026-01-31'::timestamptz + i * '0.123457 min'::interval"
                       "  FROM generate_series(1, 30000) i");
    static const char *const tables[] = {"pair", "names", "public.times"};
    static const char *const keys[] = {"x, Y y", "n", "at"};
    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++) {
        char sql[160];
        p.options.table = tables[i];
        ok(fill(&p) && p.result->batches > 1, "table %s: %s", tables[i], p.err.message);
        is_str(p.result->key, keys[i], "its key");
        snprintf(sql, sizeof sql, "SELECT min(a) || ' ' || max(a) FROM %s", tables[i]);
        is_str(cluster_value(p.pg, sql), "1 1", "each row once");
    }
    close_place(&p);
}

static void refused(place *p, keel_error_kind kind, const char *part)
{
    bool good = fill(p);

    ok(!good && p->err.kind == kind && (strstr(p->err.message, part) != NULL || strstr(p->err.hint, part) != NULL),
       "refused: %s (%s)", p->err.message, p->err.hint);
    p->options.table = "t";
    p->options.set = "a = a + 1";
    p->options.where = p->options.key = NULL;
}

static void test_refusals(void)
{
    place p;

    open_place(&p, "refusals");
    cluster_exec(p.pg, "CREATE TABLE loose (a int, u int UNIQUE); CREATE VIEW v AS SELECT * FROM t");
    p.options.table = "loose";
    refused(&p, KEEL_ERR_USAGE, "CREATE UNIQUE INDEX CONCURRENTLY");
    p.options.table = "tt";
    refused(&p, KEEL_ERR_USAGE, "nearest is \"t\"");
    p.options.table = "v";
    refused(&p, KEEL_ERR_USAGE, "no table with rows");
    p.options.key = "kin";
    refused(&p, KEEL_ERR_USAGE, "nearest is \"kind\"");
    p.options.key = "kind";
    refused(&p, KEEL_ERR_USAGE, "no key of table");
    p.options.set = "knd = 'y'";
    refused(&p, KEEL_ERR_SERVER, "\"kind\"");
    p.options.where = "knd = 'y'";
    refused(&p, KEEL_ERR_SERVER, "--where");
    p.options.where = "true) OR (true";
    refused(&p, KEEL_ERR_SERVER, "--where");
    p.options.set = "a = 1; DROP TABLE t";
    refused(&p, KEEL_ERR_SERVER, "--set");
    p.options.set = "a = 1 WHERE id < 5 --";
    refused(&p, KEEL_ERR_SERVER, "syntax");
    p.options.set = "a = 1, id = id + 1";
    refused(&p, KEEL_ERR_USAGE, "--key");
    is_str(cluster_value(p.pg, "SELECT max(a) || ' ' || (to_regnamespace('pgkeel') IS NULL) FROM t"), "0 true",
           "nothing was done, not even a journal");
    close_place(&p);
}

/* A row that is locked is not waited for long: tried again, then told; what was done stays. */
static void test_locked_row(void)
{
    place p;

    open_place(&p, "locked_row");
    cluster_exec(p.pg, "BEGIN; UPDATE t SET kind = 'mine' WHERE id = 20000");
    ok(!fill(&p) && strcmp(p.err.sqlstate, "55P03") == 0, "a locked row: %s", p.err.message);
    ok(p.result->rows > 0 && p.result->rows < 10000, "stops it behind the batches before");
    cluster_exec(p.pg, "INSERT INTO t (id, a) VALUES (1, 1), (39999, 0); COMMIT");
    ok(fill(&p) && p.result->total_rows == 20001, "and goes on; a row before its place is not visited, one behind it is");
    is_str(cluster_value(p.pg, "SELECT min(a) || ' ' || max(a) || ' ' || count(*) FROM t"), "1 1 20002", "each row once");
    close_place(&p);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_all_rows();
    test_where();
    test_stop_and_two_at_once();
    test_kill();
    test_keys();
    test_refusals();
    test_locked_row();
    keel_scratch_stop(cluster);
    return done_testing();
}
