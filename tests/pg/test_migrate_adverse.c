/* Migrations that work against migrate: they end the runner's lock, shut the journal away, commit by themselves, take
 * their rows to a client that is not there, and come from tools that left a mess. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "migrate_scene.h"

#include "migrate/adopt.h"
#include "tap.h"

static keel_scratch *cluster;

static void test_lost_lock(void)
{
    place p;

    open_place(&p, cluster, "lost_lock");
    write_file(&p, "1_a.sql", "-- pgkeel:up\ncreate table a (v int);\n"
                              "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgkeel migrate lock';\n"
                              "do $$ begin while exists (select from pg_stat_activity where application_name = 'pgkeel migrate lock')"
                              " loop perform pg_sleep(0.01), pg_stat_clear_snapshot(); end loop; end $$;\n"
                              "-- pgkeel:step\ncreate table b (v int);\n");
    ok(!up(&p), "the connection with the runner lock dies");
    is_str(p.err.message, "lost the connection that held the runner lock", "and that is said");
    is_str(tables(&p), "a", "before the next step is run");
    ok(up(&p), "the same command again: %s", p.err.message);
    is_str(tables(&p), "a b", "goes on");
    close_place(&p);
}

static void fails_saying(const char *name, const char *sql, const char *message, const char *hint)
{
    place p;

    open_place(&p, cluster, name);
    write_file(&p, "1_a.sql", sql);
    ok(!up(&p), "%s", name);
    ok(strstr(p.err.message, message) != NULL, "... says \"%s\": %s", message, p.err.message);
    ok(strstr(p.err.hint, hint) != NULL, "... and the remedy: %s", p.err.hint);
    is_str(tables(&p), "", "... and nothing is left of it");
    close_place(&p);
}

static void test_journal_shut_away(void)
{
    fails_saying("journal dropped", "create table a (v int);\ndrop schema pgkeel cascade;\n",
                 "/1_a.sql:2: relation \"pgkeel.migration\" does not exist", "in schema \"pgkeel\"");
    fails_saying("journal renamed", "create table a (v int);\nalter schema pgkeel rename to other;\n",
                 "/1_a.sql:2: relation \"pgkeel.migration\" does not exist", "in schema \"pgkeel\"");
    fails_saying("read only", "create table a (v int);\nset transaction read only;\n", "read-only transaction",
                 "default_transaction_read_only");
}

static void test_other_schema_pgkeel(void)
{
    place p;

    open_place(&p, cluster, "other_schema");
    cluster_exec(p.pg, "CREATE SCHEMA pgkeel CREATE TABLE migration (a int)");
    write_file(&p, "1_a.sql", "create table a (v int);\n");
    ok(!up(&p) && strstr(p.err.hint, "somebody else") != NULL, "a schema \"pgkeel\" of others: %s", p.err.hint);
    close_place(&p);
    open_place(&p, cluster, "no_rights");
    write_file(&p, "1_a.sql", "create table a (v int);\n");
    ok(up(&p), "a journal of the superuser");
    cluster_exec(p.pg, "CREATE ROLE adverse_app LOGIN");
    keel_migrate_options options = options_of(&p);
    options.conninfo = keel_arena_printf(p.arena, "%s user=adverse_app", p.conninfo);
    const keel_work *work = NULL;
    ok(!keel_migrate_look(p.arena, &options, p.report, &work, &p.err) && strstr(p.err.hint, "GRANT that role") != NULL,
       "another role is told what to do: %s", p.err.hint);
    close_place(&p);
}

static const char commits[] = "create table a (v int);\n"
                              "create procedure p() language plpgsql as $$ begin insert into a values (1); commit;"
                              " insert into a values (2); end $$;\n";

static void test_commits_by_itself(void)
{
    place p;

    fails_saying("commit in a block", "create table a (v int);\ndo $$ begin commit; end $$;\n", "invalid transaction termination",
                 "-- pgkeel: transaction=none");
    fails_saying("free without need", "create table a (v int);\n-- pgkeel: transaction=none\ninsert into a values (1);\n",
                 "/1_a.sql:3: transaction=none in front of INSERT", "It is for CALL");
    open_place(&p, cluster, "commits");
    write_file(&p, "1_a.sql", keel_arena_printf(p.arena, "%s-- pgkeel: transaction=none\ncall p();\n-- pgkeel: transaction=none\n"
                                                         "do $$ begin insert into a values (3); commit; end $$;\n", commits));
    ok(up(&p), "a procedure and a block that commit: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT string_agg(v::text, ' ' ORDER BY v) FROM a"), "1 2 3", "have done it once");
    is_int((int64_t)p.result->steps.count, 3, "as steps of their own");
    close_place(&p);
    open_place(&p, cluster, "commits_goose");
    write_file(&p, "1_a.sql", "-- +goose NO TRANSACTION\n-- +goose Up\ncreate table a (v int);\n-- +goose StatementBegin\n"
                              "create procedure p() language plpgsql as $$ begin insert into a values (1); commit; end $$;\n"
                              "-- +goose StatementEnd\ncall p();\n");
    ok(up(&p), "goose's own mark does it too: %s", p.err.message);
    close_place(&p);
}

static void test_rows_for_nobody(void)
{
    fails_saying("copy out", "create table a (v int);\ncopy a to stdout;\n", "/1_a.sql:2: COPY .. TO STDOUT in a migration",
                 "leave it away");
}

/* The grammar takes it, the reader of its tree does not follow so deep. */
static void test_deep_statement(void)
{
    enum { TERMS = 1500 };
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    place p;

    open_place(&p, cluster, "deep");
    keel_str_add(&sql, "create table a as select 1");
    for (int i = 1; i < TERMS; i++)
        keel_str_add(&sql, "+1");
    keel_str_add(&sql, " as v;\n");
    write_file(&p, "1_a.sql", sql.data);
    ok(up(&p), "an expression of %d terms runs: %s", TERMS, p.err.message);
    is_str(cluster_value(p.pg, "SELECT v FROM a"), "1500", "as it stands");
    close_place(&p);
}

static void test_pipe(void)
{
    place p;

    open_place(&p, cluster, "pipe");
    ok(mkfifo(keel_arena_printf(p.arena, "%s/1_a.sql", p.dir), 0600) == 0 && !up(&p), "a named pipe is not waited for");
    ok(strstr(p.err.message, "/1_a.sql: not a file") != NULL, "but refused: %s", p.err.message);
    close_place(&p);
}

static volatile sig_atomic_t stop;

static void on_alarm(int number)
{
    (void)number;
    stop = 1;
}

/* Whenever the signal comes, the lock is not to be had, and the retries last for minutes. */
static void test_stopped_between_attempts(void)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 400000}};
    place p;

    open_place(&p, cluster, "stopped");
    cluster_exec(p.pg, "CREATE TABLE a (v int)");
    cluster_exec(p.pg, "BEGIN; SELECT * FROM a");
    write_file(&p, "1_a.sql", "alter table a add w int;\n");
    keel_migrate_options options = options_of(&p);
    options.lock_timeout = 20000;
    options.retries = 1000;
    options.cancel = &stop;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &soon, NULL);
    ok(!keel_migrate_up(p.arena, &options, p.report, p.progress, &p.result, &p.err) && p.err.kind == KEEL_ERR_CANCELLED,
       "stopped while it gives way: %s", p.err.message);
    ok(!has_finding(&p, "migrate.failed"), "which is no failure of the migration");
    close_place(&p);
}

typedef struct history {
    const char *id, *table; /* what the other tool left */
    const char *taken;      /* versions that are taken over */
    const char *failed;     /* one that is reported as failed, or NULL */
} history;

static const history histories[] = {
    {"golang-migrate", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean);"
                       "INSERT INTO schema_migrations VALUES (3, true)", "1 2", "3"},
    {"golang-migrate", "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean);"
                       "INSERT INTO schema_migrations VALUES (3, false)", "1 2 3", NULL},
    {"dbmate", "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('2')", "2", NULL},
    {"sqlx", "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, success boolean);"
             "INSERT INTO _sqlx_migrations VALUES (1, true), (2, false)", "1", "2"},
    {"flyway", "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version text, type text, script text,"
               " success boolean); INSERT INTO flyway_schema_history VALUES (0, NULL, 'SCHEMA', '\"public\"', true),"
               " (1, '1.5', 'BASELINE', '<< Flyway Baseline >>', true), (2, '2', 'SQL', 'V2__b.sql', true),"
               " (3, '3', 'SQL', 'V3__c.sql', true), (4, '3', 'UNDO_SQL', 'U3__c.sql', true),"
               " (5, '4', 'SQL', 'V4__d.sql', false)", "1 2", "4"},
    {"prisma", "CREATE TABLE _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz);"
               "INSERT INTO _prisma_migrations VALUES ('1', now(), NULL), ('2', NULL, now()), ('3', NULL, NULL)", "1", "3"},
};

static void test_adopt_odd_histories(void)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(histories); i++) {
        const history *h = &histories[i];
        const keel_adopted *adopted = NULL;
        place p;
        char name[32];
        snprintf(name, sizeof name, "adopt_%zu", i);
        open_place(&p, cluster, name);
        cluster_exec(p.pg, h->table);
        for (int version = 1; version <= 4; version++)
            write_file(&p, keel_arena_printf(p.arena, "%d_a.sql", version), "select 1;\n");
        keel_migrate_options options = options_of(&p);
        ok(keel_migrate_adopt(p.arena, &options, h->id, p.report, &adopted, &p.err), "%s: %s", h->id, p.err.message);
        is_str(cluster_value(p.pg, "SELECT string_agg(version, ' ' ORDER BY version) FROM pgkeel.migration"), h->taken,
               "... what it had ended is taken over");
        const keel_finding *f = finding_of(&p, "migrate.adopt_failed");
        is_str(f != NULL ? f->object : NULL, h->failed, "... what it had not is reported");
        ok(!has_finding(&p, "migrate.adopt_unknown"), "... and nothing else");
        close_place(&p);
    }
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_lost_lock();
    test_journal_shut_away();
    test_other_schema_pgkeel();
    test_commits_by_itself();
    test_rows_for_nobody();
    test_deep_statement();
    test_pipe();
    test_stopped_between_attempts();
    test_adopt_odd_histories();
    keel_scratch_stop(cluster);
    return done_testing();
}
