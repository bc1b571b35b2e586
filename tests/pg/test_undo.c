/* Undo: the target afterwards is as it was before, whatever happened between the copy and the undo.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "cluster.h"
#include "tap.h"
#include "transfer/run.h"
#include "transfer/undo.h"

/* One database with one transfer. */
typedef struct fixture {
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char path[64];
    char before[65536];
    keel_arena *arena;
    keel_report *report; /* of the last undo */
    keel_undo_result *result;
    keel_error err;
} fixture;

static keel_scratch *cluster;

/* Everything of the database that a user made; the journal aside. */
static const char catalogue_sql[] =
    "SELECT coalesce(string_agg(x, E'\\n' ORDER BY x), 'nothing') FROM ("
    " SELECT concat_ws(' ', 'rel', n.nspname, c.relname, c.relkind) FROM pg_class c JOIN "
    "pg_namespace n"
    "  ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN "
    "('information_schema', 'pgkeel')"
    " UNION ALL SELECT concat_ws(' ', 'con', conrelid::regclass, conname, "
    "pg_get_constraintdef(oid)) FROM pg_constraint"
    "  WHERE connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN"
    "  ('information_schema', 'pgkeel')) UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM "
    "pg_namespace WHERE"
    "  nspname !~ '^pg_' AND nspname <> 'pgkeel' UNION ALL SELECT concat_ws(' ', 'fn', proname) "
    "FROM pg_proc WHERE"
    "  pronamespace = 'public'::regnamespace) q(x)";

static void make_source(fixture *f, const char *sql)
{
    static int number;
    sqlite3 *db = NULL;

    snprintf(f->path, sizeof f->path, "/tmp/keel_undo_%d_%d.db", (int)getpid(), ++number);
    if (sqlite3_open(f->path, &db) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        printf("Bail out! %s\n", sqlite3_errmsg(db));
        exit(1);
    }
    sqlite3_close(db);
}

static void transfer(fixture *f)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *report = keel_report_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);
    const keel_run_options options = {
        .conninfo = f->conninfo, .source_path = f->path, .jobs = 2, .max_rejects = -1};
    keel_run_result *result = NULL;

    if (!keel_transfer_run(f->arena, &options, report, progress, &result, &f->err)) {
        printf("Bail out! transfer: %s\n", f->err.message);
        exit(1);
    }
    for (size_t i = 0; i < keel_report_count(report); i++)
        if (keel_report_at(report, i)->severity >= KEEL_ERROR)
            printf("# %s: %s\n", keel_report_at(report, i)->object,
                   keel_report_at(report, i)->message);
}

static fixture *start(const char *name, const char *source_sql, const char *target_sql)
{
    fixture *f = calloc(1, sizeof *f);

    printf("# %s\n", name);
    f->arena = keel_arena_create();
    f->pg = cluster_database(cluster, name, f->conninfo);
    make_source(f, source_sql);
    if (target_sql != NULL)
        cluster_exec(f->pg, target_sql);
    snprintf(f->before, sizeof f->before, "%s", cluster_value(f->pg, catalogue_sql));
    transfer(f);
    return f;
}

static void finish(fixture *f)
{
    unlink(f->path);
    keel_pg_close(f->pg);
    keel_report_free(f->report);
    keel_arena_free(f->arena);
    free(f);
}

static bool undo_with(fixture *f, keel_undo_options options)
{
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_create(true, false);

    keel_report_free(f->report);
    f->report = keel_report_create();
    f->result = NULL;
    f->err = (keel_error){0};
    options.conninfo = f->conninfo;
    if (options.jobs == 0)
        options.jobs = 2;
    return keel_transfer_undo(f->arena, &options, f->report, progress, &f->result, &f->err);
}

static void undo(fixture *f, keel_undo_options options)
{
    if (!ok(undo_with(f, options), "undo %s", f->err.message))
        exit(done_testing());
}

static const keel_undo_table *table_of(const fixture *f, const char *source)
{
    static const keel_undo_table none;

    for (size_t i = 0; i < f->result->table_count; i++)
        if (strcmp(f->result->tables[i].source, source) == 0)
            return &f->result->tables[i];
    return &none;
}

static int findings(const fixture *f, const char *check)
{
    int count = 0;

    for (size_t i = 0; i < keel_report_count(f->report); i++)
        count += strcmp(keel_report_at(f->report, i)->check, check) == 0;
    return count;
}

static int64_t count(fixture *f, const char *from)
{
    char sql[512];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", from);
    return strtoll(cluster_value(f->pg, sql), NULL, 10);
}

static void is_as_before(fixture *f)
{
    is_str(cluster_value(f->pg, catalogue_sql), f->before, "the database is as before");
    is_str(cluster_value(f->pg, "SELECT state FROM pgkeel.run ORDER BY run DESC LIMIT 1"), "undone",
           "the run is undone");
}

static const char family_source[] =
    "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER REFERENCES author(id), title TEXT);"
    "CREATE TABLE tag (code TEXT PRIMARY KEY, label TEXT);"
    "CREATE TABLE line (a INTEGER, b TEXT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO "
    "author SELECT i, 'a' || i"
    " FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO "
    "book SELECT i,"
    " 1 + i % 3000, 't' || i FROM n;"
    "INSERT INTO tag VALUES ('x', 'one'), ('y', 'two'), ('z', 'three');"
    "INSERT INTO line VALUES (1, 'p'), (1, 'p'), (1, 'p'), (2, 'q');";

static const char family_target[] =
    "CREATE TABLE author (id bigint PRIMARY KEY, name text NOT NULL, plan text DEFAULT 'free');"
    "CREATE TABLE book (id bigint PRIMARY KEY, author bigint REFERENCES author ON DELETE CASCADE, "
    "title text);"
    "CREATE TABLE tag (code text PRIMARY KEY, label text); CREATE TABLE line (a bigint, b text);";

static void test_into_nothing(void)
{
    fixture *f = start("into_nothing", family_source, NULL);

    is_int(count(f, "book"), 9000, "copied");
    undo(f, (keel_undo_options){.dry_run = true});
    is_int(f->result->rows, 12007, "a dry run counts every row");
    is_int(count(f, "book") + count(f, "author"), 12000, "and deletes none");
    is_str(cluster_value(f->pg, "SELECT state FROM pgkeel.run"), "complete", "nor touches the run");
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows, 12007, "every row is deleted");
    ok(f->result->complete && table_of(f, "book")->dropped, "complete; tables are dropped");
    is_int((int64_t)keel_report_count(f->report), 0, "nothing to report");
    is_as_before(f);
    undo(f, (keel_undo_options){.run = f->result->run});
    ok(f->result->complete && f->result->rows == 0, "a second undo has nothing to do");
    ok(!undo_with(f, (keel_undo_options){.run = 99}) && f->err.kind == KEEL_ERR_USAGE,
       "no such run: %s", f->err.message);
    finish(f);
}

static void test_rows_born_in_target(void)
{
    fixture *f = start("born", family_source, family_target);

    cluster_exec(
        f->pg,
        "INSERT INTO author VALUES (5000, 'mine'); INSERT INTO book VALUES (10000, 5000, 'm'),"
        " (10001, 7, 'born under 7'), (10002, 7, 'again'), (10003, 9, 'under 9');"
        "INSERT INTO line VALUES (1, 'p')");
    undo(f, (keel_undo_options){.dry_run = true});
    is_int(table_of(f, "author")->kept_referenced, 2, "a dry run foresees what is kept");
    is_int(f->result->rows, 12005, "and what goes");
    undo(f, (keel_undo_options){.force = true});
    is_int(table_of(f, "author")->kept_referenced, 2, "referenced parents are kept, forced or not");
    is_int(findings(f, "undo.referenced"), 1, "and reported");
    is_int(f->result->rows, 12005, "the rest is deleted");
    ok(!f->result->complete, "incomplete");
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM book"),
           "10000,10001,10002,10003", "no born row is touched, not by a cascade");
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM author"),
           "7,9,5000", "authors left");
    is_int(count(f, "line"), 1, "of equal rows, the born one stays");
    is_str(cluster_value(f->pg, "SELECT state FROM pgkeel.run"), "undoing", "the run stays open");
    cluster_exec(f->pg, "DELETE FROM book WHERE author IN (7, 9)");
    undo(f, (keel_undo_options){0});
    ok(f->result->complete && f->result->rows == 2, "and goes on when the reason is gone");
    is_int(count(f, "author"), 1, "the born author stays");
    is_as_before(f);
    finish(f);
}

static void test_actions(void)
{
    static const char *const actions[] = {"NO ACTION", "RESTRICT", "SET NULL", "SET DEFAULT",
                                          "NO ACTION DEFERRABLE INITIALLY DEFERRED"};

    for (size_t i = 0; i < KEEL_COUNT_OF(actions); i++) {
        char name[32], sql[256];
        snprintf(name, sizeof name, "action_%zu", i);
        fixture *f = start(name, family_source, family_target);
        snprintf(sql, sizeof sql,
                 "ALTER TABLE book DROP CONSTRAINT book_author_fkey, ADD FOREIGN KEY (author) "
                 "REFERENCES author ON DELETE %s",
                 actions[i]);
        cluster_exec(f->pg, sql);
        cluster_exec(f->pg, "INSERT INTO book VALUES (10001, 7, 'born')");
        undo(f, (keel_undo_options){0});
        is_int(table_of(f, "author")->kept_referenced, 1, "ON DELETE %s: kept", actions[i]);
        is_str(cluster_value(f->pg, "SELECT author FROM book"), "7",
               "the born row refers as before");
        finish(f);
    }
}

static void test_changed(void)
{
    fixture *f = start("changed", family_source, family_target);

    cluster_exec(
        f->pg, "UPDATE author SET name = 'changed' WHERE id IN (1, 2); UPDATE author SET plan = "
               "'pro' WHERE id = 3;"
               "UPDATE tag SET label = 'changed' WHERE code = 'y'; DELETE FROM book WHERE id <= 10;"
               "UPDATE line SET b = 'r' WHERE a = 2");
    undo(f, (keel_undo_options){.dry_run = true});
    is_int(table_of(f, "author")->kept_changed, 3, "a dry run counts changed rows");
    undo(f, (keel_undo_options){0});
    is_int(table_of(f, "author")->kept_changed, 3,
           "changed rows are kept, those changed beside our columns too");
    is_int(table_of(f, "tag")->kept_changed, 1, "with a text key");
    is_int(table_of(f, "book")->gone, 10, "rows that somebody else deleted");
    is_int(findings(f, "undo.changed"), 2, "one finding per table");
    is_int(findings(f, "undo.uncertain"), 1, "without a key it cannot be told");
    is_int(count(f, "author") + count(f, "tag") + count(f, "line") + count(f, "book"), 5,
           "nothing else is left");
    undo(f, (keel_undo_options){0});
    ok(f->result->rows == 0 && table_of(f, "author")->kept_changed == 3, "again: the same end");
    undo(f, (keel_undo_options){.force = true});
    is_int(f->result->rows, 4, "--force deletes them");
    is_int(findings(f, "undo.changed"), 4, "and lists each");
    is_int(count(f, "author") + count(f, "tag"), 0, "gone");
    is_as_before(f);
    finish(f);
}

static void test_vacuumed(void)
{
    fixture *f = start("vacuumed", family_source, family_target);

    cluster_exec(f->pg, "UPDATE author SET name = 'changed' WHERE id = 1");
    cluster_exec(f->pg, "VACUUM FREEZE");
    cluster_exec(f->pg, "VACUUM FULL book");
    cluster_exec(f->pg, "VACUUM FULL author");
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows, 12006, "frozen and rewritten rows are still the run's");
    is_int(table_of(f, "author")->kept_changed, 1, "changed ones are still seen");
    finish(f);
}

static void test_retyped(void)
{
    fixture *f = start(
        "retyped", family_source,
        "CREATE TABLE author (id integer PRIMARY KEY, name varchar(50) NOT NULL);"
        "CREATE TABLE book (id integer PRIMARY KEY, author integer REFERENCES author, title text);"
        "CREATE TABLE tag (code text PRIMARY KEY, label text); CREATE TABLE line (a bigint, b "
        "text)");

    cluster_exec(f->pg, "ALTER TABLE author ALTER id TYPE bigint; ALTER TABLE book ALTER id TYPE "
                        "bigint, ALTER author"
                        " TYPE bigint; UPDATE author SET name = 'changed' WHERE id = 1; INSERT "
                        "INTO author VALUES (9999, 'x')");
    undo(f, (keel_undo_options){0});
    is_int(table_of(f, "author")->kept_changed, 1, "after ALTER TYPE hashes decide");
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM author"),
           "1,9999", "exactly");
    is_int(count(f, "book"), 0, "books too");
    finish(f);
}

static void test_restored(void)
{
    fixture *f = start("original", family_source, family_target);

    cluster_exec(
        f->pg,
        "INSERT INTO line VALUES (1, 'p'), (5, 'born'); INSERT INTO book VALUES (10001, 7, 'born');"
        "UPDATE author SET plan = 'pro' WHERE id = 3; UPDATE tag SET label = 'changed' WHERE code "
        "= 'y'");
    keel_pg_close(f->pg);
    f->pg = cluster_database(cluster, "other", NULL);
    cluster_exec(f->pg, "CREATE DATABASE copy TEMPLATE original");
    keel_pg_close(f->pg);
    char *name = strstr(f->conninfo, "original");
    char tail[CLUSTER_CONNINFO_SIZE];
    snprintf(tail, sizeof tail, "%s", name + strlen("original"));
    snprintf(name, sizeof f->conninfo - (size_t)(name - f->conninfo), "copy%s", tail);
    f->pg = cluster_connect(f->conninfo);
    undo(f, (keel_undo_options){.dry_run = true});
    int64_t foreseen = f->result->rows;
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows, foreseen, "a dry run foresees the same");
    is_int(table_of(f, "line")->deleted, 4, "rows without a key: as many as the run inserted");
    is_int(count(f, "line"), 2, "of equal rows one is left, and the born one");
    is_int(table_of(f, "author")->kept_changed, 1, "changed beside our columns");
    is_int(table_of(f, "author")->kept_referenced, 1, "referenced");
    is_int(table_of(f, "tag")->kept_changed, 1, "changed");
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows, 0, "again: nothing");
    is_int(count(f, "line"), 2, "equal rows of others are not taken in a second undo");
    undo(f, (keel_undo_options){.force = true});
    is_int(f->result->rows, 2, "--force takes the changed ones");
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM author"), "7",
           "not the referenced one");
    finish(f);
}

static void test_self_reference(void)
{
    static const char *const actions[] = {"NO ACTION", "RESTRICT", "CASCADE", "SET NULL"};

    for (size_t i = 0; i < KEEL_COUNT_OF(actions); i++) {
        char name[32], target[256];
        snprintf(name, sizeof name, "self_%zu", i);
        snprintf(target, sizeof target,
                 "CREATE TABLE node (id bigint PRIMARY KEY, up bigint REFERENCES node ON DELETE "
                 "%s, label text)",
                 actions[i]);
        fixture *f =
            start(name,
                  "CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER REFERENCES node(id), "
                  "label TEXT);"
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                  " INSERT INTO node SELECT i, nullif(i / 2, 0), 'n' FROM n; UPDATE node SET up = "
                  "1 WHERE id = 1",
                  target);
        cluster_exec(
            f->pg,
            "INSERT INTO node VALUES (9001, 4, 'born'), (9002, 9001, 'born'), (9003, NULL, 'born');"
            "UPDATE node SET label = 'changed' WHERE id = 11");
        undo(f, (keel_undo_options){.dry_run = true});
        is_int(f->result->rows, 1995, "%s: a dry run foresees it", actions[i]);
        undo(f, (keel_undo_options){0});
        is_str(cluster_value(f->pg, "SELECT string_agg(id || ':' || coalesce(up::text, '-'), ' ' "
                                    "ORDER BY id) FROM node"),
               "1:1 2:1 4:2 5:2 11:5 9001:4 9002:9001 9003:-",
               "%s: the ancestors of what stays are kept, untouched", actions[i]);
        cluster_exec(f->pg, "DELETE FROM node WHERE id IN (9001, 9002)");
        undo(f, (keel_undo_options){.force = true});
        is_int(count(f, "node"), 1, "%s: then everything of the run goes", actions[i]);
        is_as_before(f);
        finish(f);
    }
}

static void test_cycle(void)
{
    fixture *f = start(
        "cycle",
        "CREATE TABLE team (id INTEGER PRIMARY KEY, lead INTEGER REFERENCES person(id), name TEXT);"
        "CREATE TABLE person (id INTEGER PRIMARY KEY, team INTEGER NOT NULL REFERENCES team(id), "
        "name TEXT);"
        "INSERT INTO team VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');"
        "INSERT INTO person VALUES (1, 1, 'p'), (2, 2, 'q'), (3, 3, 'r'), (4, 3, 's')",
        NULL);

    is_int(count(f, "team t JOIN person p ON p.id = t.lead"), 3, "a cycle is loaded");
    cluster_exec(f->pg, "INSERT INTO person VALUES (99, 2, 'born')");
    undo(f, (keel_undo_options){0});
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM person"), "2,99",
           "what the born row needs is kept, through the cycle");
    is_str(cluster_value(f->pg, "SELECT string_agg(id::text, ',' ORDER BY id) FROM team"), "2",
           "its team");
    cluster_exec(f->pg, "DELETE FROM person WHERE id = 99");
    undo(f, (keel_undo_options){0});
    is_as_before(f);
    finish(f);
}

static void test_partial(void)
{
    const char *const books[] = {"book", NULL}, *const authors[] = {"public.author", NULL},
                      *const none[] = {"nope", NULL};
    fixture *f = start("partial", family_source, family_target);

    ok(!undo_with(f, (keel_undo_options){.only = none}) && f->err.kind == KEEL_ERR_USAGE,
       "an unknown table: %s", f->err.message);
    undo(f, (keel_undo_options){.only = authors});
    ok(f->result->rows == 0 && table_of(f, "author")->kept_referenced == 3000,
       "parents alone are held by the run's children");
    is_int(count(f, "book"), 9000, "which are untouched");
    undo(f, (keel_undo_options){.only = books});
    ok(f->result->complete && f->result->table_count == 1 && count(f, "book") == 0,
       "children alone");
    is_str(cluster_value(f->pg, "SELECT state FROM pgkeel.run"), "undoing", "the run stays open");
    is_int(count(f, "author"), 3000, "parents stay");
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows, 3007, "the rest");
    is_as_before(f);
    finish(f);
}

static void test_partitioned(void)
{
    fixture *f =
        start("partitioned", family_source,
              "CREATE TABLE author (id bigint PRIMARY KEY, name text) PARTITION BY RANGE (id);"
              "CREATE TABLE author_1 PARTITION OF author FOR VALUES FROM (0) TO (1000);"
              "CREATE TABLE author_2 PARTITION OF author FOR VALUES FROM (1000) TO (99999);"
              "CREATE TABLE book (id bigint PRIMARY KEY, author bigint REFERENCES author ON DELETE "
              "SET NULL, title"
              " text); CREATE TABLE tag (code text PRIMARY KEY, label text); CREATE TABLE line (a "
              "bigint, b text)");

    cluster_exec(f->pg, "INSERT INTO book VALUES (10001, 7, 'born'), (10002, 2000, 'born');"
                        "UPDATE author SET name = 'changed' WHERE id = 1500");
    undo(f, (keel_undo_options){0});
    is_int(table_of(f, "author")->kept_referenced, 2,
           "rows of partitions that are referred to are kept");
    is_int(table_of(f, "author")->kept_changed, 1, "and changed ones");
    is_int(f->result->rows, 12004, "the rest goes");
    finish(f);
}

static void test_interrupted(void)
{
    volatile sig_atomic_t cancel = 1;
    fixture *f = start("interrupted", family_source, family_target);

    ok(!undo_with(f, (keel_undo_options){.cancel = &cancel}) && f->err.kind == KEEL_ERR_CANCELLED,
       "cancelled: %s", f->err.message);
    cluster_exec(f->pg, "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
                        "pg_terminate_backend("
                        "pg_backend_pid()); RETURN NULL; END';"
                        "CREATE TRIGGER die AFTER DELETE ON author EXECUTE FUNCTION die()");
    ok(!undo_with(f, (keel_undo_options){0}) && f->err.kind == KEEL_ERR_LOST,
       "killed in the middle: %s", f->err.message);
    is_int(count(f, "book"), 0, "children are gone");
    is_int(count(f, "author"), 3000, "parents not");
    cluster_exec(f->pg, "DROP TRIGGER die ON author; DROP FUNCTION die()");
    int64_t before =
        strtoll(cluster_value(f->pg, "SELECT sum(undone) FROM pgkeel.run_table"), NULL, 10);
    undo(f, (keel_undo_options){0});
    is_int(f->result->rows + before, 12007, "the rest, and together every row once");
    is_as_before(f);
    finish(f);
}

static void test_not_dropped(void)
{
    fixture *f = start("not_dropped", family_source, NULL);

    cluster_exec(
        f->pg, "CREATE VIEW seen AS SELECT name FROM author; INSERT INTO tag VALUES ('mine', 'x')");
    undo(f, (keel_undo_options){0});
    ok(!table_of(f, "author")->dropped && !table_of(f, "tag")->dropped &&
           table_of(f, "book")->dropped,
       "a table that something hangs on, or that holds rows, stays");
    is_int(findings(f, "undo.not_dropped"), 2, "and is reported");
    is_int(count(f, "author") * 10 + count(f, "tag"), 1, "only the born row is left");
    finish(f);
}

static void test_locked_run(void)
{
    fixture *f = start("locked", family_source, family_target);

    cluster_exec(f->pg, "SELECT pg_advisory_lock(1801807212, 1)");
    ok(!undo_with(f, (keel_undo_options){0}) && f->err.kind == KEEL_ERR_LOCKED,
       "a run at work is refused: %s", f->err.message);
    cluster_exec(
        f->pg,
        "SELECT pg_advisory_unlock(1801807212, 1); INSERT INTO pgkeel.run (base_run, mode, state, "
        "source,"
        " source_facts, target, mapping, options, pgkeel_version, database_oid, journal_oid) "
        "SELECT 1, 'retry',"
        " 'complete', source, source_facts, target, mapping, options, pgkeel_version, database_oid,"
        " journal_oid FROM pgkeel.run");
    ok(!undo_with(f, (keel_undo_options){.run = 1}) && f->err.kind == KEEL_ERR_DATA,
       "a run that others build on: %s", f->err.message);
    finish(f);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_into_nothing();
    test_rows_born_in_target();
    test_actions();
    test_changed();
    test_vacuumed();
    test_retyped();
    test_restored();
    test_self_reference();
    test_cycle();
    test_partial();
    test_partitioned();
    test_interrupted();
    test_not_dropped();
    test_locked_run();
    return done_testing();
}
