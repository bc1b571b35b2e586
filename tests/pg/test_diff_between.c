/* diff beside other work: writers, a user who wants to stop, tables that are truncated meanwhile, an index that lies;
 * and how much memory it takes when everything differs. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "diff/inside.h"
#include "diff_scene.h"
#include "tap.h"

static keel_scratch *cluster;

typedef struct writer {
    const char *conninfo;
    const char *const *statements; /* in turn, NULL-terminated; each may hold one %d for the turn's number */
    pthread_t thread;
    atomic_bool stop;
    atomic_int turns;
} writer;

static void *write_on(void *argument)
{
    writer *w = argument;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(w->conninfo);

    for (int turn = 0; !atomic_load(&w->stop); turn++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        for (const char *const *statement = w->statements; *statement != NULL; statement++) {
            const char *place = strstr(*statement, "%d");
            keel_str_clear(&sql);
            if (place == NULL)
                keel_str_add(&sql, *statement);
            else
                keel_str_addf(&sql, "%.*s%d%s", (int)(place - *statement), *statement, turn, place + 2);
            cluster_exec(pg, sql.data);
        }
        atomic_store(&w->turns, turn + 1);
    }
    return NULL;
}

static void start_writer(writer *w)
{
    pthread_create(&w->thread, NULL, write_on, w);
    while (atomic_load(&w->turns) == 0)
        keel_sleep(KEEL_SECOND / 1000);
}

static void stop_writer(writer *w)
{
    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
}

static const keel_diff_options ways[] = {
    {.jobs = 2},
    {.jobs = 2, .at_once_bytes = -1},
    {.jobs = 3, .at_once_bytes = -1, .stream_pages = 5, .bag_bytes = 20000},
    {.jobs = 2, .at_once_bytes = -1, .quick = true},
};

static const char busy_sql[] =
    "CREATE TABLE by_int (id int PRIMARY KEY, v text); CREATE TABLE by_text (w text PRIMARY KEY, n int);"
    "CREATE TABLE no_key (a int, b text);"
    "INSERT INTO by_int SELECT i, 'v' FROM generate_series(1, 3000) i;"
    "INSERT INTO by_text SELECT 'w' || i, i FROM generate_series(1, 3000) i;"
    "INSERT INTO no_key SELECT i % 100, 'b' FROM generate_series(1, 3000) i;";

/* A database that is compared with itself is one moment of it, whatever is written meanwhile: 50 runs. */
static void test_itself(void)
{
    static const char *const turn[] = {
        "UPDATE by_int SET v = v || 'x' WHERE id % 100 = %d % 100",
        "DELETE FROM by_text WHERE n % 50 = %d % 50",
        "INSERT INTO by_text SELECT 'w' || i, i FROM generate_series(1, 3000) i ON CONFLICT DO NOTHING",
        "INSERT INTO no_key VALUES (%d, 'new')",
        "VACUUM by_text",
        NULL,
    };
    diff_scene *s = diff_open(cluster, "itself", busy_sql, NULL, NULL);
    writer one = {.conninfo = s->conninfo[0], .statements = turn};
    int clean = 0;

    start_writer(&one);
    int before = atomic_load(&one.turns);
    for (int run = 0; run < 50; run++) {
        keel_diff_options options = ways[(size_t)run % KEEL_COUNT_OF(ways)];
        options.target = s->conninfo[0];
        clean += diff_is_clean(s, options) && s->result->one_snapshot && s->result->table_count == 3;
    }
    int turns = atomic_load(&one.turns) - before;
    stop_writer(&one);
    is_int(clean, 50, "50 runs beside a writer, no difference");
    ok(turns > 0, "the writer wrote meanwhile (%d turns)", turns);
    diff_close(s);
}

/* At every moment exactly one row of each table is not what it is in the copy, but never the same for long. */
static void test_moving_difference(void)
{
    static const char *const turn[] = {
        "BEGIN; UPDATE by_int SET v = 'v' WHERE v <> 'v'; UPDATE by_int SET v = 'other' WHERE id = 1 + %d * 7919 % 3000",
        "UPDATE by_text SET n = abs(n) WHERE n < 0; UPDATE by_text SET n = -n WHERE w = 'w' || 1 + %d * 7919 % 3000; COMMIT",
        NULL,
    };
    diff_scene *s = diff_open(cluster, "moving", busy_sql, NULL, NULL);
    writer one = {.conninfo = s->conninfo[0], .statements = turn};
    int right = 0;

    start_writer(&one);
    for (int run = 0; run < 50; run++) {
        bool done = diff_run(s, ways[(size_t)run % KEEL_COUNT_OF(ways)]);
        bool one_each = done && diff_table(s, "public.by_int")->different == 1 &&
                        diff_table(s, "public.by_text")->different == 1 && s->result->differences == 2;
        right += one_each;
        if (!one_each)
            diff_show(s);
    }
    stop_writer(&one);
    is_int(right, 50, "50 runs beside a writer, each sees its one moment");
    diff_close(s);
}

static int64_t anonymous_bytes(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long long kilobytes = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Anonymous: %lld kB", &kilobytes) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kilobytes * 1024;
}

typedef struct memory_watch {
    pthread_t thread;
    atomic_bool stop;
    int64_t most;
} memory_watch;

static void *watch_memory(void *argument)
{
    memory_watch *watch = argument;

    while (!atomic_load(&watch->stop)) {
        watch->most = KEEL_MAX(watch->most, anonymous_bytes());
        keel_sleep(KEEL_SECOND / 500);
    }
    return NULL;
}

static const char wide_sql[] =
    "CREATE TABLE by_int (id int PRIMARY KEY, v text); CREATE TABLE by_text (w text PRIMARY KEY, v text);"
    "CREATE TABLE no_key (a int, v text); CREATE TABLE poor_key (k int, v text);";

/* 90 MB a table and side, every row another one. */
static void fill_wide(keel_pg *pg, const char *what)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql,
                  "INSERT INTO by_int SELECT i, repeat(md5('%s' || i), 12) FROM generate_series(1, 200000) i;"
                  "INSERT INTO by_text SELECT md5(i::text), v FROM by_int b, LATERAL (SELECT b.id AS i) x;"
                  "INSERT INTO no_key SELECT id %% 9, v FROM by_int; INSERT INTO poor_key SELECT id %% 3, v FROM by_int;",
                  what);
    cluster_exec(pg, sql.data);
}

static void test_memory(void)
{
    enum { MOST = 64 * 1024 * 1024, ROWS = 200000 };
    diff_scene *s = diff_open(cluster, "memory", wide_sql, NULL, NULL);
    memory_watch watch = {0};

    fill_wide(s->source, "a");
    fill_wide(s->target, "b");
    int64_t before = anonymous_bytes();
    pthread_create(&watch.thread, NULL, watch_memory, &watch);
    bool done = diff_run(s, (keel_diff_options){.keys = "poor_key=k"});
    atomic_store(&watch.stop, true);
    pthread_join(watch.thread, NULL);
    if (!ok(done, "tables in which every row differs"))
        diff_show(s);
    is_int(diff_table(s, "public.by_int")->different, ROWS, "integer keys: all of them");
    is_int(diff_table(s, "public.by_text")->different, ROWS, "text keys: all of them");
    is_int(diff_table(s, "public.no_key")->missing + diff_table(s, "public.no_key")->extra, 2 * ROWS, "no key: all of them");
    const keel_diff_table *poor = diff_table(s, "public.poor_key");
    is_int(poor->different * 2 + poor->missing + poor->extra, 2 * ROWS, "three keys for all rows: all of them");
    is_int(diff_count(s, "diff.different") + diff_count(s, "diff.missing") + diff_count(s, "diff.extra"), KEEL_DIFF_LIMIT,
           "the first of them are listed");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ok(watch.most - before <= MOST, "at most %d MB of memory, got %lld kB", MOST >> 20,
       (long long)(watch.most - before) / 1024);
#else
    (void)before;
#endif
    diff_close(s);
}

static void test_equal_rows(void)
{
    diff_scene *s = diff_open(cluster, "equal_rows",
                              "CREATE TABLE same (a int, v text); INSERT INTO same SELECT 1, repeat('x', 200) FROM"
                              " generate_series(1, 60000)",
                              NULL, "DELETE FROM same WHERE ctid = '(0,1)'");

    ok(diff_run(s, (keel_diff_options){.bag_bytes = 10000}), "sixty thousand equal rows");
    is_int(diff_table(s, "public.same")->missing, 1, "one is missing");
    is_int(diff_count(s, "diff.missing"), 1, "in one finding");
    ok(strstr(diff_finding(s, "diff.missing", NULL)->message, "stands 60000 times in the source, 59999 times in the target") !=
           NULL,
       "which counts them");
    diff_close(s);
}

static volatile sig_atomic_t cancelled;

static void *cancel_soon(void *argument)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(argument);

    while (strcmp(cluster_value(pg, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeel diff worker%'"
                                    " AND wait_event = 'PgSleep'"),
                  "1") != 0)
        keel_sleep(KEEL_SECOND / 100);
    __atomic_store_n(&cancelled, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void test_cancel(void)
{
    diff_scene *s = diff_open(cluster, "cancel", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')",
                              NULL, NULL);
    keel_diff_options options = {
        .map_file = diff_map(s, "tables: {slow: {from: \"SELECT id, v FROM t, pg_sleep(300)\", to: t, key: id}}\n"),
        .tables = (const char *const[]){"slow", NULL},
        .cancel = &cancelled,
    };
    pthread_t thread;

    pthread_create(&thread, NULL, cancel_soon, s->conninfo[0]);
    keel_usec started = keel_monotonic();
    ok(!diff_run(s, options) && s->err.kind == KEEL_ERR_CANCELLED, "stopped on request: %s", s->err.message);
    ok(keel_monotonic() - started < 60 * KEEL_SECOND, "at once");
    pthread_join(thread, NULL);
    for (int i = 0; i < 1000 && strcmp(cluster_value(s->source, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE"
                                                                " 'pgkeel diff%'"),
                                       "0") != 0;
         i++)
        keel_sleep(KEEL_SECOND / 100);
    is_str(cluster_value(s->source, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeel diff%'"), "0",
           "nothing of it is left on the server");
    cancelled = 0;
    diff_close(s);
}

static keel_pg *truncates; /* in between, if set */
bool __real_keel_diff_check_files(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err);
bool __wrap_keel_diff_check_files(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err);

bool __wrap_keel_diff_check_files(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    if (truncates != NULL) {
        keel_diff_leave(w, KEEL_SOURCE);
        keel_diff_leave(w, KEEL_TARGET);
        cluster_exec(truncates, "TRUNCATE t");
        truncates = NULL;
    }
    return __real_keel_diff_check_files(w, pair, err);
}

static void test_truncated(void)
{
    diff_scene *s = diff_open(cluster, "truncated",
                              "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);"
                              "CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)",
                              NULL, NULL);

    truncates = s->target;
    ok(diff_run(s, (keel_diff_options){.jobs = 1}), "a table that is truncated meanwhile");
    is_str(diff_finding(s, "diff.rewritten", "public.t")->message,
           "was truncated or rewritten in the target while it was compared", "is neither equal nor different");
    ok(!diff_table(s, "public.t")->compared && diff_table(s, "public.u")->compared, "it was not compared, the other was");
    diff_close(s);
}

/* The index does not hold what was inserted while it was said not to be ready. */
static void test_corrupt_index(void)
{
    diff_scene *s = diff_open(cluster, "corrupt", "CREATE TABLE t (id int PRIMARY KEY, v text);"
                                                  "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 30000) i; ANALYZE t",
                              "SET allow_system_table_mods = on;"
                              "UPDATE pg_index SET indisready = false WHERE indexrelid = 't_pkey'::regclass",
                              NULL);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(s->conninfo[0]);

    cluster_exec(pg, "DELETE FROM t WHERE id = 17000; INSERT INTO t VALUES (17000, 'w')");
    cluster_exec(s->source, "UPDATE pg_index SET indisready = true WHERE indexrelid = 't_pkey'::regclass");
    ok(diff_run(s, (keel_diff_options){.at_once_bytes = -1}), "a table whose index misses a row");
    is_str(diff_finding(s, "diff.index", "public.t")->message,
           "the index of its key in the source is corrupt: it misses 1 rows that the table holds", "is told");
    is_int(keel_report_exit_code(s->report), 1, "and fails");
    diff_close(s);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_itself();
    test_moving_difference();
    test_memory();
    test_equal_rows();
    test_cancel();
    test_truncated();
    test_corrupt_index();
    return done_testing();
}
