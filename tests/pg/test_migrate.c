/* migrate against a live server: the seven behaviours that other runners get wrong, and what follows from them. */
#include "migrate_scene.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/journal.h"
#include "tap.h"

static keel_scratch *cluster;

static void test_up_and_down(void)
{
    place p;

    open_place(&p, cluster, "up_and_down");
    write_file(&p, "1_a.sql", "-- pgkeel:up\ncreate table a (id int, v text);\ninsert into a values (1, 'x');\n"
                              "-- pgkeel:down\ndrop table a;\n");
    write_file(&p, "2_b.sql", "-- pgkeel:up\ncreate index concurrently a_id on a (id);\ncreate table b (id int);\n"
                              "copy b from stdin;\n1\n2\n\\.\n-- pgkeel:down\ndrop table b;\ndrop index concurrently a_id;\n");
    ok(up(&p), "up: %s", p.err.message);
    is_int((int64_t)p.result->migrations, 2, "two migrations");
    is_int((int64_t)p.result->steps.count, 3, "three steps");
    is_str(tables(&p), "a a_id b", "everything is there");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM b"), "2", "COPY data too");
    ok(up(&p) && p.result->migrations == 0, "up again does nothing");
    is_str(cluster_value(p.pg, "SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM pgkeel.migration"),
           "1 applied, 2 applied", "the journal");
    ok(down_to(&p, "0"), "S1-54 S1-56: down: %s", p.err.message);
    is_str(tables(&p), "", "S1-56: nothing is left");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pgkeel.migration"), "0", "nor in the journal");
    is_str(cluster_value(p.pg, "SELECT string_agg(version || ' ' || kind, ', ' ORDER BY event) FROM pgkeel.migration_event"),
           "2 reverted, 1 reverted", "S1-52: but the events: history is kept");
    ok(up(&p), "and up again: %s", p.err.message);
    is_str(tables(&p), "a a_id b", "everything is there again");
    close_place(&p);
}

/* A unique build fails over duplicates: no INVALID index stays, and the rerun over mended rows builds a valid one. */
static void test_invalid_index(void)
{
    place p;

    open_place(&p, cluster, "invalid_index");
    cluster_exec(p.pg, "CREATE TABLE a (k int); INSERT INTO a VALUES (7), (7), (8)");
    write_file(&p, "1_a.sql", "create unique index concurrently if not exists a_k on a (k);");
    ok(!up(&p), "duplicates stop the build");
    ok(strstr(p.err.hint, "(7) 2 times") != NULL, "S1-57: which are shown: %s", p.err.hint);
    is_str(tables(&p), "a", "no INVALID index is left");
    cluster_exec(p.pg, "DELETE FROM a WHERE k = 7; SET client_min_messages = error");
    /* what a runner killed in mid-build would have left */
    cluster_exec(p.pg, "INSERT INTO a VALUES (8)");
    keel_error ignored = {0};
    ok(!keel_pg_exec(p.pg, &ignored, "CREATE UNIQUE INDEX CONCURRENTLY a_k ON a (k)"), "an INVALID index by another hand");
    is_str(cluster_value(p.pg, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_k'::regclass"), "f", "it is INVALID");
    cluster_exec(p.pg, "DELETE FROM a WHERE ctid = (SELECT max(ctid) FROM a)");
    ok(up(&p), "the rerun: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_k'::regclass"), "t",
           "the index is valid in spite of IF NOT EXISTS");
    close_place(&p);
}

static void test_other_index(void)
{
    place p;

    open_place(&p, cluster, "other_index");
    cluster_exec(p.pg, "CREATE TABLE a (k int, \"V x\" text); CREATE INDEX a_k ON a (k DESC)");
    write_file(&p, "1_a.sql", "create index concurrently if not exists a_k on public.a (k, lower(\"V x\")) where k > 1;");
    ok(!up(&p), "an index of that name that is another one");
    ok(strstr(p.err.message, "btree (k DESC)") != NULL && strstr(p.err.hint, "btree (k, lower(\"V x\")) WHERE (k > 1)") != NULL,
       "both are shown: %s / %s", p.err.message, p.err.hint);
    cluster_exec(p.pg, "DROP INDEX a_k");
    ok(up(&p), "without it: %s", p.err.message);
    close_place(&p);
}

/* Two good statements and a bad one, no transaction around them: the rerun goes on behind the good ones. */
static void test_mixed_file(void)
{
    place p;

    open_place(&p, cluster, "mixed_file");
    write_file(&p, "1_a.sql", "create table a (k int);\ncreate index concurrently a_k on a (k);\nselect nonsense;\n");
    ok(!up(&p), "the third statement fails");
    ok(strstr(p.err.message, "1_a.sql:3: column \"nonsense\" does not exist") != NULL, "S1-57: a typo is named: %s",
       p.err.message);
    ok(has_finding(&p, "migrate.failed"), "and found");
    is_str(tables(&p), "a a_k", "the first two stand");
    is_str(cluster_value(p.pg, "SELECT state FROM pgkeel.migration"), "applying", "the journal knows");
    ok(!up(&p), "the same again fails in the same place");
    write_file(&p, "1_a.sql", "create table a (k int);\ncreate index concurrently a_k on a (k);\nselect 1;\n");
    ok(up(&p), "a statement that was not applied may be mended: %s", p.err.message);
    is_int((int64_t)p.result->steps.count, 1, "and only it is run");
    close_place(&p);
}

static void test_rollback_of_a_step(void)
{
    place p;

    open_place(&p, cluster, "rollback_of_a_step");
    write_file(&p, "1_a.sql", "create table a (k int);\n\ninsert into a values (1);\ninsert into a values ('x');\n");
    ok(!up(&p), "the last statement of a transaction fails");
    ok(strstr(p.err.message, "1_a.sql:4: invalid input syntax") != NULL, "its line: %s", p.err.message);
    is_str(tables(&p), "", "nothing of it stays");
    is_str(cluster_value(p.pg, "SELECT count(*) FROM pgkeel.migration"), "0", "nor in the journal");
    close_place(&p);
}

static void test_edited(void)
{
    place p;

    open_place(&p, cluster, "edited");
    write_file(&p, "1_a.sql", "create table a (k int);\n");
    ok(up(&p), "applied");
    write_file(&p, "1_a.sql", "-- a licence\nCREATE TABLE a ( k int );\n");
    ok(up(&p) && has_finding(&p, "migrate.comments"), "S1-49: comments, blanks and case do not count");
    write_file(&p, "1_a.sql", "create table a (k bigint);\n");
    write_file(&p, "2_b.sql", "create table b (k int);\n");
    ok(!up(&p) && has_finding(&p, "migrate.edited"), "S1-49 S1-52 S1-57: a real edit of an applied file stops everything");
    ok(strstr(keel_report_at(p.report, 0)->remedy, "-create table a (k int);\n") == NULL &&
       strstr(keel_report_at(p.report, 0)->remedy, "- create table a (k int);\n+ create table a (k bigint);") != NULL,
       "and is shown: %s", keel_report_at(p.report, 0)->remedy);
    is_str(tables(&p), "a", "nothing was applied");
    close_place(&p);
}

static void test_out_of_order(void)
{
    place p;

    open_place(&p, cluster, "out_of_order");
    write_file(&p, "10_a.sql", "create table a (k int);\n");
    ok(up(&p), "version 10");
    write_file(&p, "9_b.sql", "create table b (k int);\n");
    ok(!up(&p) && has_finding(&p, "migrate.out_of_order"), "version 9 comes too late");
    is_str(tables(&p), "a", "and is not applied");
    keel_migrate_options options = options_of(&p);
    options.allow_out_of_order = true;
    ok(keel_migrate_up(p.arena, &options, p.report, p.progress, &p.result, &p.err), "unless allowed: %s", p.err.message);
    is_str(tables(&p), "a b", "applied");
    close_place(&p);
}

/* A reader at its side, timed, while an ALTER waits behind a long reader. */
typedef struct reader {
    const char *conninfo;
    volatile bool stop;
    keel_usec longest;
} reader;

static void *read_on(void *argument)
{
    reader *r = argument;
    keel_pg *pg = cluster_connect(r->conninfo);

    while (!r->stop) {
        keel_usec began = keel_monotonic();
        cluster_exec(pg, "SELECT count(*) FROM a");
        r->longest = KEEL_MAX(r->longest, keel_monotonic() - began);
        keel_sleep(2000);
    }
    keel_pg_close(pg);
    return NULL;
}

static void *release_later(void *argument)
{
    keel_sleep(1500000);
    cluster_exec(argument, "COMMIT");
    return NULL;
}

static void test_reader_stall(void)
{
    reader r = {0};
    pthread_t reading, releasing;
    place p;

    open_place(&p, cluster, "reader_stall");
    cluster_exec(p.pg, "CREATE TABLE a (k int); INSERT INTO a VALUES (1)");
    keel_pg *holder = cluster_connect(p.conninfo);
    cluster_exec(holder, "BEGIN; SELECT * FROM a");
    r.conninfo = p.conninfo;
    pthread_create(&reading, NULL, read_on, &r);
    pthread_create(&releasing, NULL, release_later, holder);
    write_file(&p, "1_a.sql", "alter table a add column v int;\n");
    ok(up(&p), "the ALTER gets through in the end: %s", p.err.message);
    r.stop = true;
    pthread_join(reading, NULL);
    pthread_join(releasing, NULL);
    ok(p.result->steps.count == 1 && p.result->steps.items[0].retries > 0, "after retries");
    ok(r.longest < 300000 + 100000, "no reader waited longer than lock_timeout + 100 ms (%lld us)", (long long)r.longest);
    is_str(cluster_value(p.pg, "SELECT (retries > 0 AND lock_wait_ms > 0)::text FROM pgkeel.migration_step"), "true",
           "the journal knows of the wait");
    cluster_exec(holder, "SET application_name = 'in the way'; BEGIN; SELECT * FROM a");
    write_file(&p, "2_a.sql", "-- pgkeel: lock_timeout=2s retries=0\nalter table a add column w int;\n");
    ok(!up(&p) && strcmp(p.err.sqlstate, "55P03") == 0, "attempts end: %s", p.err.message);
    ok(strstr(p.err.hint, "(in the way, role ") != NULL, "and who is in the way is named: %s", p.err.hint);
    keel_pg_close(holder);
    close_place(&p);
}

static void *run_up(void *argument)
{
    place *p = argument;

    return up(p) ? p : NULL;
}

static void test_three_runners(void)
{
    enum { RUNNERS = 3 };
    place p, runners[RUNNERS];
    pthread_t threads[RUNNERS];
    size_t applied = 0, good = 0;

    open_place(&p, cluster, "three_runners");
    write_file(&p, "1_a.sql", "create table a (k int);\n");
    write_file(&p, "2_b.sql", "create index concurrently a_k on a (k);\ncreate type e as enum ('x');\n");
    for (size_t i = 0; i < RUNNERS; i++) {
        runners[i] = p;
        runners[i].arena = keel_arena_create();
        runners[i].report = keel_report_create();
        runners[i].progress = keel_progress_create(true, false);
        pthread_create(&threads[i], NULL, run_up, &runners[i]);
    }
    for (size_t i = 0; i < RUNNERS; i++) {
        void *end = NULL;
        pthread_join(threads[i], &end);
        good += end != NULL;
        if (end == NULL)
            printf("# %s\n", runners[i].err.message);
        applied += runners[i].result != NULL ? runners[i].result->migrations : 0;
        keel_report_free(runners[i].report);
        keel_progress_free(runners[i].progress);
        keel_arena_free(runners[i].arena);
    }
    is_int((int64_t)good, RUNNERS, "three runners on an empty database all end well");
    is_int((int64_t)applied, 2, "each migration was applied once");
    is_str(tables(&p), "a a_k", "and stands");
    close_place(&p);
}

static void test_repeatable(void)
{
    place p;

    open_place(&p, cluster, "repeatable");
    write_file(&p, "V1__a.sql", "create table a (k int);\n");
    write_file(&p, "R__v.sql", "create or replace view v as select 1 as x;\n");
    ok(up(&p) && p.result->migrations == 2, "applied once");
    ok(up(&p) && p.result->migrations == 0, "not again while it is the same");
    write_file(&p, "R__v.sql", "create or replace view v as select 2 as x;\n");
    ok(up(&p) && p.result->migrations == 1, "again when it changes: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT x FROM v"), "2", "the new one");
    close_place(&p);
}

static void test_role_and_search_path(void)
{
    place p;

    open_place(&p, cluster, "role_and_search_path");
    cluster_exec(p.pg, "CREATE ROLE migrator_app; CREATE SCHEMA app AUTHORIZATION migrator_app");
    write_file(&p, "1_a.sql", "set role migrator_app;\nset search_path = app;\ncreate table a (k int);\n"
                              "create index concurrently a_k on a (k);\ncreate table b (k int);\n");
    write_file(&p, "2_c.sql", "create table c (k int);\n");
    ok(up(&p), "a file that changes role and path: %s", p.err.message);
    is_str(cluster_value(p.pg, "SELECT string_agg(tablename || ' ' || schemaname || ' ' || tableowner, ', ' ORDER BY tablename)"
                               " FROM pg_tables WHERE tablename IN ('a', 'b', 'c')"),
           "a app migrator_app, b app migrator_app, c public postgres", "has them to itself");
    close_place(&p);
}

static void test_down_without_a_way(void)
{
    place p;

    open_place(&p, cluster, "down_without_a_way");
    write_file(&p, "1_a.sql", "create table a (k int);\n");
    write_file(&p, "2_b.sql", "-- pgkeel:up\ncreate table b (k int);\n-- pgkeel:down\ndrop table b;\n");
    ok(up(&p), "applied");
    ok(!down_to(&p, "0") && strstr(p.err.message, "version 1 (1_a.sql) has no way down") != NULL, "S1-55: refused: %s (%s)",
       p.err.message, p.err.hint);
    is_str(tables(&p), "a b", "before anything is done");
    close_place(&p);
}

static const keel_migrate_step_result *last_step(const place *p)
{
    return &p->result->steps.items[p->result->steps.count - 1];
}

static bool journalled(place *p, const char *version, int step)
{
    const keel_migrate_step_result *s = last_step(p);
    char sql[256], wanted[64];

    snprintf(sql, sizeof sql, "SELECT wal_bytes || ' ' || size_change || ' ' || (finished_at > started_at)"
                              " FROM pgkeel.migration_step WHERE version = '%s' AND number = %d", version, step);
    snprintf(wanted, sizeof wanted, "%lld %lld true", (long long)s->wal_bytes, (long long)s->size_change);
    return is_str(cluster_value(p->pg, sql), wanted, "%s: as the journal has it", version);
}

static int64_t size_of(place *p, const char *relation)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT pg_total_relation_size('%s')", relation);
    return strtoll(cluster_value(p->pg, sql), NULL, 10);
}

/* S4-37, S4-40: every step says how long it took, how much log it wrote, and by how much its relations grew. */
static void test_footprint(void)
{
    enum { TEN_MB = 10000000 };
    place p;

    open_place(&p, cluster, "footprint");
    write_file(&p, "1_a.sql", "create table a (id int, v text);\n"
                              "insert into a select g, repeat('x', 1000) from generate_series(1, 10000) g;\n");
    ok(up(&p), "a step that writes 10 MB: %s", p.err.message);
    int64_t table = size_of(&p, "a");
    ok(last_step(&p)->wal_bytes > TEN_MB, "its log: %lld", (long long)last_step(&p)->wal_bytes);
    ok(table > TEN_MB, "the table: %lld", (long long)table);
    is_int(last_step(&p)->size_change, table, "all of the table is growth");
    ok(last_step(&p)->duration_ms > 0, "and its time");
    journalled(&p, "1", 1);
    write_file(&p, "2_b.sql", "create index concurrently a_id on a (id);\n");
    ok(up(&p), "outside of transactions: %s", p.err.message);
    is_int(last_step(&p)->size_change, size_of(&p, "a_id"), "an index is growth of its table");
    journalled(&p, "2", 1);
    write_file(&p, "3_c.sql", "alter table a rename to b;\nset search_path = public;\nalter table b add column w int;\n");
    ok(up(&p), "a new name: %s", p.err.message);
    is_int(last_step(&p)->size_change, 0, "is no growth");
    write_file(&p, "4_d.sql", "create table p (id int, v text) partition by range (id);\n"
                              "create table p1 partition of p default;\n");
    write_file(&p, "5_e.sql", "insert into p select id, v from b;\n");
    ok(up(&p), "a partitioned table: %s", p.err.message);
    is_int(last_step(&p)->size_change, size_of(&p, "p1") - 8192, "its partitions' growth (an empty TOAST index was there)");
    table = size_of(&p, "b");
    write_file(&p, "6_f.sql", "drop index a_id;\ndrop table b;\n");
    ok(up(&p), "a table is dropped: %s", p.err.message);
    is_int(last_step(&p)->size_change, -table, "which gives its room back");
    journalled(&p, "6", 1);
    close_place(&p);
}

/* What measuring must not do: stand in front of SET TRANSACTION, look with eyes that see less than the file's own role, or
 * need a prepared statement that the file has thrown away. */
static void test_footprint_in_the_way(void)
{
    place p;

    open_place(&p, cluster, "footprint_in_the_way");
    write_file(&p, "1_a.sql", "set transaction isolation level serializable;\ncreate table a (id int);\n");
    write_file(&p, "2_b.sql", "set role pg_read_all_data;\nselect 1, 2;\n");
    write_file(&p, "3_c.sql", "create table c (id int);\ninsert into c values (1);\ncreate function f() returns int volatile"
                              " language plpgsql as $$ begin execute 'deallocate all'; return 1; end $$;\n");
    write_file(&p, "4_d.sql", "alter table c add column w int default f();\n");
    write_file(&p, "5_e.sql", "deallocate all;\ncreate table e (id int);\n");
    write_file(&p, "6_f.sql", "create table f (id int);\n");
    ok(up(&p), "all of them run: %s", p.err.message);
    is_str(tables(&p), "a c e f", "everything is there");
    is_str(cluster_value(p.pg, "SELECT string_agg(version || coalesce(' ' || size_change, ''), ', ' ORDER BY version)"
                               " FROM pgkeel.migration_step"), "1, 2, 3 8192, 4 0, 5 0, 6 0", "what can be measured is");
    ok(p.result->steps.items[1].size_change == KEEL_NOT_MEASURED, "nobody's rows are taken for a measurement");
    close_place(&p);
}

/* S1-57: what usually goes wrong is named: file and line, and the key or the right that is missing. */
static void test_causes(void)
{
    place p;

    open_place(&p, cluster, "causes");
    cluster_exec(p.pg, "CREATE ROLE poor; CREATE TABLE p (k int PRIMARY KEY); CREATE TABLE c (p int); INSERT INTO c VALUES (7)");
    write_file(&p, "1_a.sql", "alter table c add foreign key (p) references p;\n");
    ok(!up(&p) && strstr(p.err.message, "1_a.sql:1: insert or update on table \"c\" violates foreign key constraint") != NULL,
       "S1-57: a foreign key that rows break: %s", p.err.message);
    ok(strstr(p.err.hint, "Key (p)=(7) is not present in table \"p\"") != NULL, "S1-57: with the key: %s", p.err.hint);
    write_file(&p, "1_a.sql", "delete from c;\nalter table c add foreign key (p) references p;\ndrop table p;\n");
    ok(!up(&p) && strstr(p.err.message, "1_a.sql:3: cannot drop table p because other objects depend on it") != NULL,
       "S1-57: a table that a foreign key holds: %s (%s)", p.err.message, p.err.hint);
    write_file(&p, "1_a.sql", "set role poor;\nalter table p add v int;\n");
    ok(!up(&p) && strstr(p.err.message, "1_a.sql:2: must be owner of table p") != NULL, "S1-57: a right that is missing: %s",
       p.err.message);
    is_str(cluster_value(p.pg, "SELECT count(*) FROM c"), "1", "S1-57: and nothing of any of them is done");
    close_place(&p);
}

/* A database gets the journal's tables of what is done in it, in whatever order. */
static void test_parts_of_the_journal(void)
{
    static const char parts[] = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace ="
                                " 'pgkeel'::regnamespace AND relname IN ('backfill', 'chunk', 'migration', 'run', 'version')";
    keel_run *runs = NULL;
    size_t count = 1;
    int64_t pruned = 1;
    place p;

    open_place(&p, cluster, "parts_of_the_journal");
    write_file(&p, "1_a.sql", "create table a (id int);");
    ok(up(&p), "migrate comes first: %s", p.err.message);
    is_str(cluster_value(p.pg, parts), "migration version", "and makes its own tables");
    ok(keel_journal_runs(p.pg, p.arena, &runs, &count, &p.err) && count == 0, "no transfer is known: %s", p.err.message);
    ok(keel_journal_prune(p.pg, 0, &pruned, &p.err) && pruned == 0, "none is pruned: %s", p.err.message);
    ok(keel_journal_ensure(p.pg, &p.err), "a transfer comes later: %s", p.err.message);
    is_str(cluster_value(p.pg, parts), "chunk migration run version", "and makes its own");
    ok(keel_journal_ensure_backfill(p.pg, &p.err), "a backfill: %s", p.err.message);
    is_str(cluster_value(p.pg, parts), "backfill chunk migration run version", "too");
    close_place(&p);
}

int main(void)
{
    static const char *const settings[] = {"max_connections = 40", NULL};

    cluster = cluster_start(settings);
    test_up_and_down();
    test_invalid_index();
    test_other_index();
    test_mixed_file();
    test_rollback_of_a_step();
    test_edited();
    test_out_of_order();
    test_reader_stall();
    test_three_runners();
    test_repeatable();
    test_role_and_search_path();
    test_down_without_a_way();
    test_causes();
    test_footprint();
    test_footprint_in_the_way();
    test_parts_of_the_journal();
    keel_scratch_stop(cluster);
    return done_testing();
}
