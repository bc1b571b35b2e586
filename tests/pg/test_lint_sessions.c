/* Rules that look at others: what stands in the way of a migration at this moment, and what really happens then. */
#include "cluster.h"
#include "lint/lint.h"
#include "migrate/step.h"
#include "tap.h"

static keel_scratch *cluster;

typedef struct scene {
    keel_arena *arena;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_pg *pg, *other;
} scene;

static scene scene_open(const char *name, const char *setup)
{
    scene s = {.arena = keel_arena_create()};

    s.pg = cluster_database(cluster, name, s.conninfo);
    cluster_exec(s.pg, setup);
    s.other = cluster_connect(s.conninfo);
    return s;
}

static void scene_close(scene *s)
{
    keel_pg_close(s->pg);
    keel_pg_close(s->other);
    keel_arena_free(s->arena);
}

static keel_report *lint_with(scene *s, const char *sql, const keel_lint_options *options)
{
    keel_migration_sql side = {.path = "example.sql", .text = sql, .size = strlen(sql), .line = 1};
    keel_steps *steps = keel_arena_alloc(s->arena, sizeof *steps);
    keel_report *report = keel_report_create();
    keel_lint_script script = {0};
    keel_world *world = keel_world_empty(s->arena);
    keel_error err = {0};

    if (!keel_steps_of(s->arena, &side, 150000, steps, &err) || (s->pg != NULL && !keel_world_load(s->pg, s->arena, &world, &err)))
        ok(false, "%s: %s", sql, err.message);
    for (size_t i = 0; i < steps->count; i++)
        for (size_t k = 0; k < steps->items[i].statements.count; k++) {
            const keel_step_statement *statement = &steps->items[i].statements.items[k];
            keel_lint_statement line = {.file = "example.sql", .line = statement->line, .sql = statement->sql,
                                        .size = statement->size, .node = statement->node, .class = &statement->class,
                                        .transaction = (int)i + 1, .before = statement->before,
                                        .before_size = statement->before_size, .before_line = statement->before_line};
            keel_arena_push(s->arena, &script, line);
        }
    keel_lint_run(s->arena, &script, world, options, report);
    return report;
}

/* What the rule says of the statement: "severity message", "" if nothing; how often in *ret_count. */
static const char *said(scene *s, const char *id, const char *sql, const keel_lint_options *options, int *ret_count)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = lint_with(s, sql, options);
    const char *text = "";

    *ret_count = 0;
    for (size_t i = 0; i < keel_report_count(report); i++) {
        const keel_finding *f = keel_report_at(report, i);
        if (strcmp(f->check, id) != 0)
            continue;
        if ((*ret_count)++ == 0)
            text = keel_arena_printf(s->arena, "%s %s: %s", keel_severity_name(f->severity), f->object, f->message);
    }
    return text;
}

static const keel_lint_options soon = {.today = "2026-11-21", .old_transaction = 1};

static void says(scene *s, const char *id, const char *sql, const char *part)
{
    int count = 0;
    const char *text = said(s, id, sql, &soon, &count);

    if (!ok(strstr(text, part) != NULL, "%s of %s: %s", id, sql, part))
        printf("#      got: %s\n", text);
}

static void is_silent(scene *s, const char *id, const char *sql, const char *why)
{
    int count = 0;
    const char *text = said(s, id, sql, &soon, &count);

    if (!is_int(count, 0, "%s is silent about %s: %s", id, sql, why))
        printf("#      got: %s\n", text);
}

/* Waits for a lock longer than is good: what L062 and L063 foretell. */
static bool is_stuck(scene *s, const char *sql)
{
    keel_error err = {0};

    cluster_exec(s->pg, "SET lock_timeout = '200ms'; SET statement_timeout = '2s'");
    bool done = keel_pg_exec(s->pg, &err, sql);
    cluster_exec(s->pg, "RESET lock_timeout; SET statement_timeout = 0");
    return !done && (strcmp(keel_pg_last_failure(s->pg)->sqlstate, "55P03") == 0 ||
                     strcmp(keel_pg_last_failure(s->pg)->sqlstate, "57014") == 0);
}

static const char tables[] = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int PRIMARY KEY, a int);"
                             "CREATE INDEX u_a ON u (a); CREATE INDEX t_a ON t (a)";

static void test_old_transaction(void)
{
    scene s = scene_open("l062", tables);
    keel_lint_options patient = {.today = "2026-11-21"};
    int count = 0;

    is_silent(&s, "L062", "ALTER TABLE t ADD n int", "nobody is there");
    cluster_exec(s.other, "BEGIN; SELECT count(*) FROM t");
    says(&s, "L062", "ALTER TABLE t ADD n int", "warning t: \"t\" has been held for");
    says(&s, "L062", "ALTER TABLE t ADD n int", "idle in transaction");
    says(&s, "L062", "DROP INDEX t_a", "\"t_a\" has been held");
    ok(is_stuck(&s, "ALTER TABLE t ADD n int"), "and it would wait");
    is_silent(&s, "L062", "ALTER TABLE u ADD n int", "another table");
    is_silent(&s, "L062", "CREATE INDEX ON t (a)", "readers and SHARE go together");
    is_silent(&s, "L062", "ALTER TABLE t SET (fillfactor = 80)", "nor does SHARE UPDATE EXCLUSIVE wait for readers");
    said(&s, "L062", "ALTER TABLE t ADD n int; ALTER TABLE t ADD m int", &soon, &count);
    is_int(count, 1, "it is said once per table");
    said(&s, "L062", "ALTER TABLE t ADD n int", &patient, &count);
    is_int(count, 0, "a transaction of less than a minute is not old");
    cluster_exec(s.other, "ROLLBACK; BEGIN; INSERT INTO t VALUES (1, 1); PREPARE TRANSACTION 'forgotten'");
    says(&s, "L062", "CREATE INDEX ON t (a)", "the prepared transaction \"forgotten\"");
    cluster_exec(s.other, "ROLLBACK PREPARED 'forgotten'");
    is_silent(&s, "L062", "ALTER TABLE t ADD n int", "it has ended");
    scene_close(&s);
}

static void test_concurrently_waits(void)
{
    scene s = scene_open("l063", tables);

    cluster_exec(s.other, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM u");
    says(&s, "L063", "CREATE INDEX CONCURRENTLY ON t (a)", "warning t: it waits for process");
    ok(is_stuck(&s, "CREATE INDEX CONCURRENTLY t_x ON t (a)"), "a snapshot on another table is waited for");
    says(&s, "L063", "REINDEX TABLE CONCURRENTLY t", "it waits for process");
    says(&s, "L063", "DROP INDEX CONCURRENTLY u_a", "it waits for process");
    is_silent(&s, "L063", "DROP INDEX CONCURRENTLY t_a", "only users of its table count");
    is_silent(&s, "L063", "CREATE INDEX ON t (a)", "it does not wait for snapshots");
    cluster_exec(s.other, "ROLLBACK; BEGIN; SELECT count(*) FROM u");
    is_silent(&s, "L063", "CREATE INDEX CONCURRENTLY ON t (a)", "READ COMMITTED keeps no snapshot between statements");
    cluster_exec(s.pg, "DROP INDEX t_x");
    ok(!is_stuck(&s, "CREATE INDEX CONCURRENTLY t_x ON t (a)"), "and PostgreSQL does not wait for it");
    cluster_exec(s.other, "ROLLBACK; BEGIN; INSERT INTO t VALUES (1, 1)");
    says(&s, "L063", "CREATE INDEX CONCURRENTLY ON t (a)", "it waits for process");
    scene_close(&s);
}

/* One autovacuum against wraparound that takes its time: an old table, and a worker that sleeps between pages. */
static void test_wraparound(void)
{
    scene s = scene_open("wraparound", "CREATE TABLE old (id int, v text) WITH (autovacuum_vacuum_cost_delay = 100,"
                                       " autovacuum_vacuum_cost_limit = 1, autovacuum_freeze_max_age = 100000);"
                                       "INSERT INTO old SELECT i, repeat('x', 500) FROM generate_series(1, 20000) i; CHECKPOINT");
    static const char working[] = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE query LIKE '%old (to prevent wraparound)')";
    keel_usec deadline = keel_now() + 60 * 1000000LL;

    cluster_exec(s.pg, "DO $$ BEGIN FOR i IN 1..101000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$");
    while (strcmp(cluster_value(s.pg, working), "t") != 0 && keel_now() < deadline)
        cluster_exec(s.pg, "SELECT pg_sleep(0.05)");
    is_str(cluster_value(s.pg, working), "t", "autovacuum works against wraparound");
    says(&s, "L062", "ALTER TABLE old ADD n int", "to prevent wraparound");
    says(&s, "L062", "CREATE INDEX CONCURRENTLY ON old (id)", "to prevent wraparound");
    is_silent(&s, "L063", "CREATE INDEX CONCURRENTLY ON old (id)", "vacuum is no snapshot to wait for");
    scene_close(&s);
}

static void test_rights(void)
{
    scene s = scene_open("l084",
                         "CREATE ROLE shop LOGIN; CREATE ROLE readers; CREATE ROLE report LOGIN IN ROLE readers; CREATE ROLE owner1 LOGIN;"
                         "CREATE TABLE t (id int); CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO owner1;"
                         "GRANT SELECT, INSERT ON t TO shop; GRANT SELECT ON t TO readers; GRANT USAGE ON SCHEMA public TO shop;"
                         "CREATE TABLE closed (id int); ALTER TABLE closed ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON closed USING (id > 0);"
                         "GRANT SELECT ON closed TO shop");
    keel_pg *shop = cluster_connect(keel_arena_printf(s.arena, "%s user=shop", s.conninfo));

    says(&s, "L084", "REVOKE SELECT ON t FROM shop", "warning t: the right to SELECT is lost by shop (1 session)");
    says(&s, "L084", "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM shop", "every right is lost by shop");
    says(&s, "L084", "REVOKE ALL ON t FROM readers", "lost by report");
    says(&s, "L084", "REVOKE readers FROM report", "what \"readers\" may do is lost by report");
    is_silent(&s, "L084", "REVOKE UPDATE ON t FROM shop", "nobody has it");
    is_silent(&s, "L084", "REVOKE USAGE ON SCHEMA public FROM shop", "PUBLIC has it too");
    is_silent(&s, "L084", "REVOKE ALL ON t FROM shop; GRANT SELECT, INSERT ON t TO shop", "it is given back");
    is_silent(&s, "L084", "GRANT SELECT ON t TO report", "nothing is lost");
    says(&s, "L084", "ALTER TABLE mine OWNER TO shop", "lost by owner1");
    is_silent(&s, "L084", "ALTER TABLE t OWNER TO shop", "a superuser loses nothing");
    says(&s, "L084", "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "no row is seen by shop");
    is_silent(&s, "L084", "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY q ON t USING (true)", "there will be a policy");
    is_silent(&s, "L084", "ALTER TABLE closed ENABLE ROW LEVEL SECURITY", "it is enabled already");
    says(&s, "L084", "ALTER TABLE closed DISABLE ROW LEVEL SECURITY", "are seen by shop");
    keel_pg_close(shop);
    scene_close(&s);
}

static void test_signatures(void)
{
    scene s = scene_open("l080", "CREATE TABLE t (id int, a numeric(8,2), v text); CREATE VIEW w AS SELECT id, a FROM t;"
                                 "CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 1';"
                                 "CREATE FUNCTION g(x int, OUT p int, OUT q text) LANGUAGE sql AS 'SELECT 1, ''x''::text';"
                                 "CREATE FUNCTION h(int[]) RETURNS TABLE (p int) LANGUAGE sql AS 'SELECT 1'");
    static const char *const fail[][2] = {
        {"CREATE OR REPLACE VIEW w AS SELECT id FROM t", "\"a\" cannot be dropped"},
        {"CREATE OR REPLACE VIEW w AS SELECT id, a AS b FROM t", "\"a\" cannot become \"b\""},
        {"CREATE OR REPLACE VIEW w (id, b) AS SELECT id, a FROM t -- new", "\"a\" cannot become \"b\""},
        {"CREATE OR REPLACE VIEW w AS SELECT id, a::int AS a FROM t WITH CHECK OPTION", "the type of the view's column \"a\""},
        {"CREATE OR REPLACE FUNCTION f(x int) RETURNS text LANGUAGE sql AS 'SELECT ''x'''", "its result, integer, cannot change"},
        {"CREATE OR REPLACE FUNCTION f(x int) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'", "its result, integer, cannot change"},
        {"CREATE OR REPLACE FUNCTION public.f(y int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "the name of a parameter"},
        {"CREATE OR REPLACE FUNCTION g(x int, OUT p int, OUT r text) LANGUAGE sql AS 'SELECT 1, ''x''::text'", "cannot change"},
        {"CREATE OR REPLACE FUNCTION h(int[]) RETURNS TABLE (p bigint) LANGUAGE sql AS 'SELECT 1'", "cannot change"},
    };
    static const char *const good[] = {
        "CREATE OR REPLACE VIEW w AS SELECT id, a, v FROM t", "CREATE OR REPLACE VIEW w AS SELECT id, a FROM t WHERE id > 1",
        "CREATE OR REPLACE VIEW w WITH (security_barrier) AS WITH c AS (SELECT id, a FROM t) SELECT id, a FROM c",
        "CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT 2'",
        "CREATE OR REPLACE FUNCTION g(x int, OUT p int, OUT q text) LANGUAGE sql AS 'SELECT 2, ''y''::text'",
        "CREATE OR REPLACE FUNCTION h(int[]) RETURNS TABLE (p int) LANGUAGE sql AS 'SELECT 2'",
        "CREATE OR REPLACE FUNCTION h(n int[]) RETURNS TABLE (p int) LANGUAGE sql AS 'SELECT 2'",
    };
    keel_error err = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(fail); i++) {
        says(&s, "L080", fail[i][0], fail[i][1]);
        ok(!keel_pg_exec(s.pg, &err, fail[i][0]), "PostgreSQL refuses it");
    }
    for (size_t i = 0; i < KEEL_COUNT_OF(good); i++) {
        is_silent(&s, "L080", good[i], "it can be replaced");
        cluster_exec(s.pg, keel_arena_printf(s.arena, "BEGIN; %s; ROLLBACK", good[i]));
    }
    says(&s, "L080", "CREATE OR REPLACE FUNCTION f(x text) RETURNS int LANGUAGE sql AS 'SELECT 1'", "info f: nothing is replaced: f(integer)");
    is_silent(&s, "L080", "DROP VIEW w; CREATE OR REPLACE VIEW w AS SELECT id FROM t", "the run has dropped it");
    is_silent(&s, "L080", "CREATE TABLE n (x int); CREATE OR REPLACE VIEW w AS SELECT x FROM n", "what it reads is not there yet");
    scene_close(&s);
}

static void test_duplicates(void)
{
    scene s = scene_open("l039", "CREATE TABLE t (id int PRIMARY KEY, \"A b\" text, c int, state text);"
                                 "INSERT INTO t SELECT i, 'k' || i / 2, NULL, CASE WHEN i < 4 THEN 'live' ELSE 'dead' END FROM generate_series(1, 5) i");

    says(&s, "L039", "ALTER TABLE t ADD UNIQUE (\"A b\")", "error t: (A b) has duplicates, e.g. (k");
    says(&s, "L039", "CREATE UNIQUE INDEX ON t (\"A b\") WHERE state = 'dead'", "(k2) in 2 rows");
    is_silent(&s, "L039", "CREATE UNIQUE INDEX ON t (\"A b\") WHERE id < 2", "none among the rows that count");
    is_silent(&s, "L039", "CREATE UNIQUE INDEX ON t (c)", "NULLs differ");
    says(&s, "L039", "CREATE UNIQUE INDEX ON t (c) NULLS NOT DISTINCT", "has duplicates");
    is_silent(&s, "L039", "CREATE UNIQUE INDEX ON t (id, \"A b\")", "there are none");
    is_silent(&s, "L039", "CREATE INDEX ON t (\"A b\")", "it is not unique");
    is_silent(&s, "L039", "CREATE TABLE n (x int); CREATE UNIQUE INDEX ON n (x)", "the run has made it");
    says(&s, "L039", "DELETE FROM t WHERE id = 2; CREATE UNIQUE INDEX ON t (\"A b\")", "info t: (A b) has duplicates today");
    cluster_exec(s.pg, "CREATE FUNCTION slow(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN true; END'");
    says(&s, "L039", "CREATE UNIQUE INDEX ON t (\"A b\") WHERE slow(id)", "info t: (A b) was not looked at for duplicates");
    scene_close(&s);
}

static bool executes(keel_pg *pg, const char *sql, const char *sqlstate)
{
    keel_error err = {0};

    return keel_pg_exec(pg, &err, sql) || strcmp(keel_pg_last_failure(pg)->sqlstate, sqlstate) != 0;
}

static void test_cached_plans(void)
{
    scene s = scene_open("l086", "CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id int, w varchar(20)); CREATE TABLE u (id int)");

    cluster_exec(s.other, "PREPARE star AS SELECT * FROM t; PREPARE named AS SELECT id FROM t; PREPARE wide AS SELECT w FROM t;"
                          "EXECUTE star; EXECUTE named; EXECUTE wide; SELECT * FROM t; SELECT count(*) FROM u");
    says(&s, "L086", "ALTER TABLE t ADD n int", "SELECT * FROM t\"");
    is_silent(&s, "L086", "ALTER TABLE u ADD n int", "nobody reads all of its columns");
    says(&s, "L086", "ALTER TABLE t ALTER w TYPE varchar(60)", "prepared statements that return \"w\"");
    cluster_exec(s.pg, "ALTER TABLE t ADD n int");
    ok(!executes(s.other, "EXECUTE star", "0A000"), "a prepared SELECT * fails then");
    ok(!executes(s.other, "EXECUTE star", "0A000"), "and goes on failing");
    ok(executes(s.other, "EXECUTE named; EXECUTE wide", "0A000"), "those that name their columns do not");
    cluster_exec(s.pg, "ALTER TABLE t ALTER w TYPE varchar(60)");
    ok(!executes(s.other, "EXECUTE wide", "0A000"), "a wider varchar fails too");
    scene_close(&s);
}

/* By text: no server is asked. */
static void test_timeouts(void)
{
    scene s = {.arena = keel_arena_create()};
    keel_lint_options other = {.today = "2026-11-21", .other_runner = true, .server_version = 170000};
    static const char bare[] = "ALTER TABLE t ADD n int; ALTER TABLE u ADD n int";
    static const char *const rules[] = {"L050", "L051", "L052", "L053"};
    int count = 0;

    for (size_t i = 0; i < KEEL_COUNT_OF(rules); i++) {
        is_silent(&s, rules[i], bare, "pgkeel migrate sets what is needed");
        said(&s, rules[i], bare, &other, &count);
        is_int(count, 1, "%s with another runner, once per file", rules[i]);
    }
    said(&s, "L050", "SET lock_timeout = '2s'; ALTER TABLE t ADD n int", &other, &count);
    is_int(count, 0, "L050: the file sets one");
    says(&s, "L050", "SET lock_timeout = '1h'; ALTER TABLE t ADD n int", "lock_timeout is 3600 s since line 1");
    says(&s, "L050", "BEGIN; SET LOCAL lock_timeout = 0; ALTER TABLE t ADD n int; COMMIT", "lock_timeout is 0");
    is_silent(&s, "L050", "BEGIN; SET LOCAL lock_timeout = 0; COMMIT; ALTER TABLE t ADD n int", "SET LOCAL has ended");
    says(&s, "L050", "RESET lock_timeout; ALTER TABLE t ADD n int", "whatever the server has");
    says(&s, "L050", "-- pgkeel: lock_timeout=0\nALTER TABLE t ADD n int", "a comment asks for a lock_timeout of 0");
    is_silent(&s, "L050", "SET lock_timeout = 0; CREATE TABLE n (x int); ALTER TABLE n ADD y int", "nobody waits for a new table");
    is_silent(&s, "L050", "SET lock_timeout = 0; SELECT 1; CREATE INDEX CONCURRENTLY ON t (a)", "nor behind a weak lock");
    keel_arena_free(s.arena);
}

static void test_phases(void)
{
    scene s = {.arena = keel_arena_create()};
    keel_lint_options on_14 = {.today = "2026-11-21", .server_version = 140000};
    int count = 0;

    says(&s, "L083", "-- pgkeel: phase=expand\nALTER TABLE t DROP COLUMN a", "is dropped in a step of phase=expand");
    is_silent(&s, "L083", "-- pgkeel: phase=contract\nALTER TABLE t DROP COLUMN a", "that is its place");
    is_silent(&s, "L083", "ALTER TABLE t ADD n int; UPDATE t SET n = b; ALTER TABLE t DROP COLUMN a", "another column");
    says(&s, "L085", "-- pgkeel: phase=expand\nALTER TABLE t ADD UNIQUE (a)", "forbids rows");
    says(&s, "L085", "-- pgkeel: phase=expand\nALTER TABLE t ALTER a SET NOT NULL", "requires \"a\"");
    is_silent(&s, "L085", "ALTER TABLE t ALTER a SET NOT NULL", "clients may have been deployed");
    is_silent(&s, "L085", "ALTER TABLE t ADD n int; ALTER TABLE t ALTER n SET DEFAULT 1; ALTER TABLE t ALTER n SET NOT NULL",
              "old clients get the default");
    says(&s, "L085", "ALTER TABLE t ADD n int DEFAULT 0 NOT NULL; ALTER TABLE t ALTER n DROP DEFAULT", "fail without its default");
    is_silent(&s, "L085", "ALTER TABLE t ADD n int DEFAULT 0; ALTER TABLE t ALTER n DROP DEFAULT", "NULL is let in");
    is_silent(&s, "L085", "CREATE TABLE n (x int); ALTER TABLE n ADD y int; ALTER TABLE n ALTER y SET NOT NULL", "the run has made it");
    is_silent(&s, "L075", "CREATE TYPE m AS ENUM ('a'); ALTER TYPE m RENAME VALUE 'a' TO 'b'", "the run has made it");
    says(&s, "L075", "ALTER SCHEMA a RENAME TO b", "clients that name the schema \"a\" break");
    says(&s, "L075", "ALTER TABLE t SET SCHEMA old", "where it was break");
    is_silent(&s, "L075", "ALTER TABLE t RENAME TO x", "L074 says that");
    ok(strstr(said(&s, "L064", "CREATE INDEX CONCURRENTLY ON t (a)", &on_14, &count), "info ") != NULL,
       "L064: which 14 it is may not be known");
    is_silent(&s, "L064", "CREATE INDEX CONCURRENTLY ON t (a)", "15 is right");
    keel_arena_free(s.arena);
}

int main(void)
{
    static const char *const settings[] = {"max_prepared_transactions = 2", "shared_preload_libraries = pg_stat_statements",
                                           "autovacuum_naptime = 1", "autovacuum_freeze_max_age = 100000", NULL};

    cluster = cluster_start(settings);
    test_timeouts();
    test_phases();
    test_old_transaction();
    test_concurrently_waits();
    test_rights();
    test_signatures();
    test_duplicates();
    test_cached_plans();
    test_wraparound();
    keel_scratch_stop(cluster);
    return done_testing();
}
