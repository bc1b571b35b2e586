/* migrate through a real pooler: by transaction it is refused, with the reason; by session it works as if there were none. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "companion.h"
#include "migrate/backfill.h"
#include "migrate/migrate.h"
#include "migrate/session.h"
#include "tap.h"

static keel_scratch *cluster;
static char by_transaction[CLUSTER_CONNINFO_SIZE], by_one[CLUSTER_CONNINFO_SIZE], by_session[CLUSTER_CONNINFO_SIZE];

typedef struct place {
    keel_pg *pg; /* straight to the server */
    const char *conninfo; /* through a pooler */
    keel_arena *arena;
    keel_report *report;
    keel_progress *progress;
    const keel_migrate_result *result;
    keel_error err;
} place;

static const char *folder;

static void write_folder(void)
{
    static const char text[] = "-- pgkeel:up\nCREATE TABLE a (id int PRIMARY KEY, n int);\n"
                               "INSERT INTO a SELECT i, i FROM generate_series(1, 1000) i;\n"
                               "CREATE INDEX CONCURRENTLY a_n ON a (n);\nALTER TABLE a ADD COLUMN late int;\n"
                               "-- pgkeel:down\nDROP TABLE a;\n";
    static char path[200], file[240];

    snprintf(path, sizeof path, "%s/migrations", keel_scratch_directory(cluster));
    snprintf(file, sizeof file, "%s/1_a.sql", path);
    mkdir(path, 0755);
    FILE *out = fopen(file, "we");
    if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
        exit(2);
    folder = path;
}

static void open_place(place *p, const char *name, const char *prefix)
{
    *p = (place){.arena = keel_arena_create(), .report = keel_report_create(),
                 .progress = keel_progress_create(true, false)};
    p->pg = cluster_database(cluster, name, NULL);
    p->conninfo = keel_arena_printf(p->arena, "%s dbname=%s", prefix, name);
    printf("# %s\n", name);
}

static void close_place(place *p)
{
    keel_pg_close(p->pg);
    keel_report_free(p->report);
    keel_progress_free(p->progress);
    keel_arena_free(p->arena);
}

static bool up(place *p)
{
    keel_migrate_options options = {.conninfo = p->conninfo, .dir = folder, .wait = 60 * KEEL_SECOND,
                                    .lock_timeout = 100000, .retries = 50};

    p->err = (keel_error){0};
    return keel_migrate_up(p->arena, &options, p->report, p->progress, &p->result, &p->err);
}

static void is_refused(place *p, bool good, const char *what)
{
    ok(!good && strstr(p->err.message, "pools by transaction") != NULL, "%s is refused: %s", what, p->err.message);
    ok(strstr(p->err.hint, "pool_mode = session") != NULL, "and says what to do");
}

/* S1-57: the reason is said, and nothing is done. In a pool of one, too, where every question waits for the other's end. */
static void test_transaction(const char *name, const char *prefix)
{
    const keel_backfill_result *result = NULL;
    place p;

    open_place(&p, name, prefix);
    cluster_exec(p.pg, keel_arena_printf(p.arena, "ALTER DATABASE %s SET statement_timeout = '7s'", name));
    is_refused(&p, up(&p), "migrate up");
    is_str(cluster_value(p.pg, "SELECT (to_regclass('a') IS NULL)::text || (to_regnamespace('pgkeel') IS NULL)"), "truetrue",
           "nothing was done");
    cluster_exec(p.pg, "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 0)");
    keel_backfill_options options = {.conninfo = p.conninfo, .table = "t", .set = "a = a + 1", .batch = 10,
                                     .target_time = KEEL_SECOND};
    p.err = (keel_error){0};
    is_refused(&p, keel_backfill(p.arena, &options, p.progress, &result, &p.err), "migrate backfill");
    is_str(cluster_value(p.pg, "SELECT a FROM t"), "0", "and has changed no row");
    close_place(&p);
}

/* What the next client of the pooler's only backend finds, who sets nothing. */
static void test_settings_go(void)
{
    char conninfo[CLUSTER_CONNINFO_SIZE + 32];

    snprintf(conninfo, sizeof conninfo, "%s dbname=by_one", by_one);
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *r = PQexec(conn, "SHOW statement_timeout");
    is_str(PQntuples(r) == 1 ? PQgetvalue(r, 0, 0) : PQerrorMessage(conn), "7s", "the backend goes back as it came");
    PQclear(r);
    PQfinish(conn);
}

static void test_session(void)
{
    place p;

    open_place(&p, "by_session", by_session);
    ok(up(&p) && p.result->steps.count == 3, "a pooler by session is as good as none: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute"
                               " WHERE attrelid = 'a'::regclass AND attnum > 0"), "id n late", "all steps");
    is_str(cluster_value(p.pg, "SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid) FROM pg_index"
                               " WHERE indrelid = 'a'::regclass AND indisvalid"), "a_pkey a_n", "and its indexes");
    ok(up(&p) && p.result->migrations == 0, "nothing is pending: %s", p.err.message);
    close_place(&p);
}

static void *up_in_thread(void *context)
{
    place *p = context;

    return up(p) ? p : NULL;
}

/* Two at once: the lock of a session holds. */
static void test_two_sessions(void)
{
    place first, second;
    pthread_t thread;
    void *good = NULL;

    open_place(&first, "two_sessions", by_session);
    second = (place){.pg = cluster_connect(keel_scratch_conninfo(cluster)), .conninfo = first.conninfo, .arena = keel_arena_create(),
                     .report = keel_report_create(), .progress = keel_progress_create(true, false)};
    if (pthread_create(&thread, NULL, up_in_thread, &first) != 0)
        exit(2);
    ok(up(&second), "two at once: %s", second.err.message);
    pthread_join(thread, &good);
    ok(good != NULL && first.result->steps.count + second.result->steps.count == 3, "each step once: %s", first.err.message);
    close_place(&second);
    close_place(&first);
}

static void *lock_table(void *pg)
{
    keel_error err = {0};

    return keel_pg_exec(pg, &err, "BEGIN; LOCK TABLE t; COMMIT") ? pg : NULL;
}

/* Who is in the way is seen by the backend's process id, not by the one that the pooler tells. */
static void test_blockers(void)
{
    KEEL_CLEANUP(keel_session_close) keel_session session = {0};
    KEEL_CLEANUP(keel_str_free) keel_str seen = {0};
    keel_usec deadline = keel_monotonic() + 60 * KEEL_SECOND;
    pthread_t thread;
    void *good = NULL;
    place p;

    open_place(&p, "blockers", by_session);
    cluster_exec(p.pg, "CREATE TABLE t (); SET application_name = 'in the way'");
    cluster_exec(p.pg, "BEGIN; LOCK TABLE t");
    ok(keel_session_open(p.conninfo, p.progress, NULL, &session, &p.err) &&
           keel_session_lock(&session, p.conninfo, "", KEEL_SECOND, &p.err), "a session: %s", p.err.message);
    ok(session.work_pid != keel_pg_backend_pid(session.work), "the pooler makes up process ids");
    if (pthread_create(&thread, NULL, lock_table, session.work) != 0)
        exit(2);
    while (strstr(keel_str_text(&seen), "in the way") == NULL && keel_monotonic() < deadline)
        keel_session_blockers(&session, &seen);
    ok(strstr(keel_str_text(&seen), "in the way") != NULL, "who is in the way is seen: %s", keel_str_text(&seen));
    cluster_exec(p.pg, "COMMIT");
    pthread_join(thread, &good);
    ok(good != NULL, "and waited for");
    close_place(&p);
}

int main(void)
{
    if (companion_pooler_program() == NULL) {
        printf("1..0 # SKIP pgbouncer is not installed\n");
        return 0;
    }
    cluster = cluster_start(NULL);
    write_folder();
    companion_pooler(cluster, "transaction", 10, by_transaction);
    companion_pooler(cluster, "transaction", 1, by_one);
    companion_pooler(cluster, "session", 10, by_session);
    test_transaction("by_transaction", by_transaction);
    test_transaction("by_one", by_one);
    test_settings_go();
    test_session();
    test_two_sessions();
    test_blockers();
    keel_scratch_stop(cluster);
    return done_testing();
}
