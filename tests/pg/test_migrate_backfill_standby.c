/* migrate backfill beside a real standby: while its replay is further behind than allowed no batch begins, and that is said;
 * it can be stopped in the wait; when the standby has caught up it goes on. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "companion.h"
#include "migrate/backfill.h"
#include "tap.h"

enum { ROWS = 20000 };

static keel_scratch *cluster;
static keel_pg *primary, *standby;
static char conninfo[CLUSTER_CONNINFO_SIZE], notes[256];

/* What pgkeel notes goes to a file; the progress writes to standard error. */
static void catch_notes(void)
{
    snprintf(notes, sizeof notes, "%s/notes", keel_scratch_directory(cluster));
    int file = open(notes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0)
        exit(2);
    close(file);
}

static bool has_noted(const char *part)
{
    static char text[65536];
    FILE *file = fopen(notes, "re");
    size_t size = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;

    text[size] = '\0';
    if (file != NULL)
        fclose(file);
    return strstr(text, part) != NULL;
}

static void forget_notes(void)
{
    if (truncate(notes, 0) != 0)
        exit(2);
}

typedef struct filling {
    keel_backfill_options options;
    volatile sig_atomic_t cancel;
    const keel_backfill_result *result;
    keel_arena *arena;
    keel_error err;
    bool good;
    pthread_t thread;
} filling;

static void *fill(void *context)
{
    filling *f = context;
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(false, false);

    f->good = keel_backfill(f->arena, &f->options, progress, &f->result, &f->err);
    return NULL;
}

/* A target time of nothing makes batches of ten rows, so that it cannot be through before the lag shows. */
static void start(filling *f, keel_usec target_time)
{
    *f = (filling){.arena = keel_arena_create()};
    f->options = (keel_backfill_options){.conninfo = conninfo, .table = "t", .set = "a = a + 1", .batch = KEEL_BACKFILL_LEAST,
                                         .target_time = target_time, .max_lag = 200000, .lock_timeout = KEEL_SECOND, .retries = 3,
                                         .cancel = &f->cancel};
    if (pthread_create(&f->thread, NULL, fill, f) != 0)
        exit(2);
}

static void finish(filling *f)
{
    pthread_join(f->thread, NULL);
}

static bool comes_true(bool (*look)(const char *), const char *what)
{
    keel_usec deadline = keel_monotonic() + 90 * KEEL_SECOND;

    while (!look(what)) {
        if (keel_monotonic() > deadline)
            return false;
        keel_sleep(10000);
    }
    return true;
}

static bool primary_says(const char *sql)
{
    return strcmp(cluster_value(primary, sql), "t") == 0;
}

static bool standby_says(const char *sql)
{
    return strcmp(cluster_value(standby, sql), "t") == 0;
}

static int64_t rows_done(void)
{
    return strtoll(cluster_value(primary, "SELECT rows_done FROM pgkeel.backfill"), NULL, 10);
}

/* It waits, and a second later it has not gone on. */
static int64_t is_waiting(const char *what)
{
    ok(comes_true(has_noted, "waiting for standby one"), "%s: says for whom it waits", what);
    int64_t rows = rows_done();
    keel_sleep(KEEL_SECOND);
    is_int(rows_done(), rows, "%s: and waits", what);
    return rows;
}

static void test_lag(void)
{
    filling first, second;

    cluster_exec(standby, "SELECT pg_wal_replay_pause()");
    start(&first, 1);
    int64_t rows = is_waiting("replay is paused");
    ok(rows > 0 && rows < ROWS, "in the middle, after %lld rows", (long long)rows);
    first.cancel = 1;
    finish(&first);
    ok(!first.good && first.err.kind == KEEL_ERR_CANCELLED && strstr(first.err.hint, "same command") != NULL,
       "stopped while it waits: %s", first.err.message);
    forget_notes();
    start(&second, KEEL_SECOND);
    is_int(is_waiting("the same command"), rows, "it has not gone on before the standby");
    cluster_exec(standby, "SELECT pg_wal_replay_resume()");
    finish(&second);
    ok(second.good && second.result->resumed && second.result->complete, "goes on when the standby has caught up: %s",
       second.err.message);
    is_int(second.result->total_rows, ROWS, "all rows");
    is_str(cluster_value(primary, "SELECT min(a) || ' ' || max(a) FROM t"), "1 1", "each row once");
    ok(comes_true(standby_says, "SELECT count(*) = 20000 FROM t WHERE a = 1"), "on the standby too");
    keel_arena_free(second.arena);
    keel_arena_free(first.arena);
}

int main(void)
{
    static const char *const settings[] = {"wal_level = replica", "max_wal_senders = 4", "synchronous_commit = local", NULL};
    char its[CLUSTER_CONNINFO_SIZE];

    cluster = cluster_start(settings);
    snprintf(conninfo, sizeof conninfo, "%s", keel_scratch_conninfo(cluster));
    primary = cluster_connect(conninfo);
    cluster_exec(primary, "CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT 0);"
                          "INSERT INTO t SELECT i FROM generate_series(1, 20000) i; ANALYZE t");
    pid_t process = companion_standby(cluster, "one", its);
    standby = cluster_connect(its);
    ok(comes_true(primary_says, "SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'"
                                " AND application_name = 'one'"), "a standby streams");
    catch_notes();
    test_lag();
    keel_pg_close(standby);
    keel_pg_close(primary);
    companion_stop(process);
    keel_scratch_stop(cluster);
    return done_testing();
}
