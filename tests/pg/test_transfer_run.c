/* Transfers into targets that are there already: their rows, keys, constraints and triggers have a
 * say, and each refusal costs exactly the row that it is about. */
#include <sqlite3.h>
#include <stdlib.h>
#include <utime.h>

#include "scene.h"
#include "tap.h"

static keel_scratch *cluster;

static scene *open_scene(const char *name, const char *source_sql, const char *target_sql)
{
    return scene_open(cluster, name, source_sql, target_sql);
}

static void has_run(scene *s, const char *yaml, keel_run_options options)
{
    if (yaml != NULL)
        options.mapping_file = scene_map(s, yaml);
    if (!ok(scene_run(s, options), "the run is done"))
        scene_show(s);
}

static const char *rows_of(const scene *s, const char *query)
{
    return scene_value(
        s, "SELECT coalesce(string_agg(q::text, ' ' ORDER BY q::text), 'none') FROM (%s) q", query);
}

static void test_keep(void)
{
    scene *s = open_scene(
        "kept_keys_meet_held_ones",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES "
        "(1,'a'),(2,'b'),(3,'c')",
        "CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t VALUES (2, 'own')");

    has_run(s, NULL, (keel_run_options){.keys = KEEL_KEYS_KEEP});
    is_str(scene_rejects(s, "t"), "2 id key_held", "the held key is a reject");
    is_str(rows_of(s, "SELECT * FROM t"), "(1,a) (2,own) (3,c)",
           "the target's row stands, the others land");
    scene_close(s);
}

static void test_match(void)
{
    static const char source[] = "CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE, v "
                                 "INTEGER); INSERT INTO p VALUES (1,'a',1),(2,'b',2),(3,'c',3);"
                                 "CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES "
                                 "p (id)); INSERT INTO c VALUES (1,1),(2,2),(3,3),(4,2)";
    static const char target[] =
        "CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE, v integer); CREATE TABLE c (id "
        "integer PRIMARY KEY,"
        " p_id integer REFERENCES p (id)); INSERT INTO p VALUES (70, 'b', 2), (71, 'c', 99)";
    scene *s = open_scene("matched_rows_merge", source, target);

    has_run(s, "tables: {p: {match: [code], keys: keep}, c: {keys: keep}}", (keel_run_options){0});
    is_int(scene_table(s, "p")->merged, 2, "both known rows are merged");
    is_int(scene_table(s, "p")->inserted, 1, "the unknown one is inserted");
    const keel_finding *different = scene_finding(s, "transfer.merged_different", "p");
    ok(different != NULL && strstr(different->evidence, "\"rows\": 1") != NULL,
       "one of them differs, and that is said");
    is_str(rows_of(s, "SELECT * FROM p"), "(1,a,1) (70,b,2) (71,c,99)",
           "the target's values stand");
    is_str(rows_of(s, "SELECT * FROM c"), "(1,1) (2,70) (3,71) (4,70)",
           "children follow the merged rows, although keys are kept");
    is_int(s->result->exit_code, 0, "exit code 0: every row is inserted or merged");
    scene_close(s);
}

static void test_remap_serial(void)
{
    scene *s = open_scene(
        "new_keys_from_serial",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES "
        "(5,'a'),(1000000007,'b');"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); INSERT INTO c VALUES (5, "
        "1000000007),(9, NULL)",
        "CREATE TABLE p (id serial PRIMARY KEY, v text); CREATE TABLE c (id serial PRIMARY KEY, p "
        "integer"
        " REFERENCES p); INSERT INTO p (v) VALUES ('own'); INSERT INTO c (p) VALUES (1)");

    has_run(s, NULL, (keel_run_options){.jobs = 1}); /* two workers would race for the first key */
    is_str(scene_table(s, "p")->keys, "remap", "a target with rows asks for new keys");
    is_str(rows_of(s, "SELECT id, v FROM p"), "(1,own) (2,a) (3,b)",
           "keys come from the sequence, none in vain");
    is_str(rows_of(s, "SELECT c.id, p.v FROM c LEFT JOIN p ON p.id = c.p"), "(1,own) (2,b) (3,)",
           "the reference follows");
    is_str(scene_value(s, "INSERT INTO p (v) VALUES ('next') RETURNING id"), "4",
           "the sequence goes on behind");
    is_str(scene_value(s, "SELECT new_key FROM pgkeel.key_map WHERE source_table = 'p' AND old_key "
                          "= '1000000007'"),
           "3", "the map says which became which");
    scene_close(s);
}

static void test_remap_in_blocks(void)
{
    scene *s = open_scene("new_keys_in_a_block_for_all_workers",
                          "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT);"
                          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
                          " INSERT INTO p SELECT i * 3, 'v' || i FROM n",
                          NULL);

    has_run(s, NULL, (keel_run_options){.keys = KEEL_KEYS_REMAP, .jobs = 2});
    is_str(rows_of(s, "SELECT count(*), count(DISTINCT id), min(id) FROM p"), "(60000,60000,1)",
           "every row has a key of its own, from the first one");
    is_str(scene_value(s, "SELECT max(id) < 75000 FROM p"), "t", "and hardly any was taken in vain");
    is_str(scene_value(s, "SELECT count(*) FROM p WHERE v <> 'v' || (SELECT old_key::bigint / 3 FROM pgkeel.key_map"
                          " WHERE new_key = p.id::text) AND id %% 1000 = 0"),
           "0", "the map knows them");
    is_str(scene_value(s, "INSERT INTO p (v) VALUES ('next') RETURNING id > 60000"), "t", "the sequence goes on behind");
    scene_close(s);
}

static void test_remap_identity(void)
{
    scene *s = open_scene(
        "new_keys_from_identity",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES (7,'a'),(8,'b')",
        "CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);"
        "INSERT INTO p (v) VALUES ('own')");

    has_run(s, NULL, (keel_run_options){0});
    is_str(rows_of(s, "SELECT * FROM p"), "(1,own) (2,a) (3,b)", "GENERATED ALWAYS gives the keys");
    is_str(scene_value(s, "INSERT INTO p (v) VALUES ('next') RETURNING id"), "4",
           "and goes on behind them");
    scene_close(s);
    s = open_scene(
        "kept_keys_into_identity",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES (7,'a'),(8,'b')",
        "CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)");
    has_run(s, NULL, (keel_run_options){0});
    is_str(rows_of(s, "SELECT * FROM p"), "(7,a) (8,b)", "an empty target keeps the keys");
    is_str(scene_value(s, "INSERT INTO p (v) VALUES ('next') RETURNING id"), "9",
           "and its identity goes on behind them");
    scene_close(s);
}

static void test_remap_uuid(void)
{
    scene *s = open_scene(
        "new_keys_are_uuids",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES (1,'a'),(2,'b');"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); INSERT INTO c VALUES "
        "(1,2),(2,1),(3,9)",
        "CREATE TABLE p (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text);"
        "CREATE TABLE c (id serial PRIMARY KEY, p uuid REFERENCES p)");

    has_run(s, "tables: {p: {keys: remap}, c: {keys: remap}}", (keel_run_options){0});
    is_str(rows_of(s, "SELECT c.id, p.v FROM c JOIN p ON p.id = c.p"), "(1,b) (2,a)",
           "integer keys became uuids, references too");
    is_str(scene_rejects(s, "c"), "3 p orphan", "the orphan is a reject");
    is_str(scene_value(s, "SELECT count(*) FROM pgkeel.key_map k JOIN p ON p.id::text = k.new_key"),
           "2", "the map knows them");
    scene_close(s);
}

/* Keys that are no integers survive a stop: the rest of the run finds them in the journal. */
static void test_remap_uuid_resumed(void)
{
    scene *s = open_scene(
        "uuids_of_a_resumed_run",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES (1,'a'),(2,'b');"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p, n INTEGER); INSERT INTO c "
        "VALUES"
        " (1,2,1),(2,1,'x'),(3,9,1),(4,1,1)",
        "CREATE TABLE p (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), v text);"
        "CREATE TABLE c (id serial PRIMARY KEY, p uuid REFERENCES p, n integer)");

    scene_map(s, "tables: {p: {keys: remap}, c: {keys: remap}}");
    ok(!scene_run(s, (keel_run_options){.mapping_file = s->mapping, .max_rejects = 1}),
       "a run is stopped");
    scene_source(s, "INSERT INTO p VALUES (3, 'late'); INSERT INTO c VALUES (5,3,5)");
    has_run(s, NULL, (keel_run_options){.mapping_file = s->mapping});
    is_str(rows_of(s, "SELECT c.n, p.v FROM c JOIN p ON p.id = c.p"), "(1,a) (1,b) (5,late)",
           "its references are right, of rows added meanwhile too");
    is_str(scene_value(s, "SELECT count(*) FROM p"), "3", "and no parent is doubled");
    scene_close(s);
}

static void test_composite(void)
{
    scene *s = open_scene("two_column_references",
                          "CREATE TABLE p (a INTEGER, b TEXT, PRIMARY KEY (a, b)); INSERT INTO p "
                          "VALUES (1,'x'),(1,'y'),('bad','z');"
                          "CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER, b TEXT); INSERT INTO "
                          "c VALUES (1,1,'x'),(2,1,'z'),"
                          "(3,NULL,'q'),(4,'bad','z')",
                          "CREATE TABLE p (a integer, b text, PRIMARY KEY (a, b)); CREATE TABLE c "
                          "(id integer PRIMARY KEY, a"
                          " integer, b text, FOREIGN KEY (a, b) REFERENCES p (a, b))");

    has_run(s, NULL, (keel_run_options){0});
    is_str(rows_of(s, "SELECT * FROM c"), "(1,1,x) (3,,q)",
           "half a key refers to nothing, the whole one to its parent");
    ok(strstr(scene_rejects(s, "c"), "2 ") != NULL &&
           strstr(scene_rejects(s, "c"), "orphan") != NULL,
       "an orphan: %s", scene_rejects(s, "c"));
    is_int(scene_table(s, "c")->rejected, 2, "and the child of a rejected parent");
    scene_close(s);
}

static void test_server_types(void)
{
    scene *s = open_scene(
        "types_that_the_server_reads",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, pt TEXT, ts TEXT, iv TEXT, nets TEXT, r TEXT);"
        "INSERT INTO t VALUES (1,'(1,2)','fat cat','3 days','[\"10.0.0.1\",\"::1\"]','[1,5)'),"
        "(2,'nonsense',NULL,NULL,NULL,NULL),(3,NULL,NULL,'not "
        "long',NULL,NULL),(4,NULL,NULL,NULL,'[\"300.1.1.1\"]',NULL),"
        "(5,NULL,NULL,NULL,NULL,'[5,1)'),(6,'(3,4)',NULL,NULL,NULL,NULL),(7,x'00',NULL,NULL,NULL,"
        "NULL),"
        "(8,NULL,'a'||char(0),NULL,NULL,NULL)",
        "CREATE TABLE t (id integer PRIMARY KEY, pt point, ts tsvector, iv interval, nets inet[], "
        "r int4range)");

    has_run(s, NULL, (keel_run_options){0});
    is_str(
        rows_of(s, "SELECT * FROM t"),
        "(1,\"(1,2)\",\"'cat' 'fat'\",\"3 days\",\"{10.0.0.1,::1}\",\"[1,5)\") (6,\"(3,4)\",,,,)",
        "what the server can read lands");
    is_int(scene_table(s, "t")->rejected, 6, "what it cannot is a reject each: %s",
           scene_rejects(s, "t"));
    is_str(scene_rejects(s, "t"),
           "2 pt syntax; 3 iv syntax; 4 nets syntax; 5 r server; 7 pt storage_class; 8 ts nul_byte",
           "with key, column and reason");
    scene_close(s);
}

static void test_constraints(void)
{
    scene *s = open_scene(
        "constraints_cost_their_own_rows",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, u TEXT, e TEXT, active INTEGER, owner "
        "TEXT, d INTEGER,"
        " up INTEGER, ok INTEGER);"
        "INSERT INTO t VALUES "
        "(1,5,'a','X1',1,'ada',1,1,1),(2,-5,'b','X2',0,'ada',1,1,1),(3,5,'a','X3',0,'ada',1,1,1),"
        "(4,5,'d','x1',0,'bob',1,1,1),(5,5,'e','X5',1,'ada',1,1,1),(6,5,'f','X6',0,'cyd',-9,1,1),"
        "(7,5,'g','X7',0,'cyd',1,77,1),(8,5,'h','X8',0,'cyd',1,1,13),(9,5,'i','X9',0,'cyd',NULL,"
        "NULL,1)",
        "CREATE DOMAIN positive AS integer CHECK (VALUE > 0); CREATE TABLE parents (id integer "
        "PRIMARY KEY);"
        "INSERT INTO parents VALUES (1);"
        "CREATE FUNCTION lucky(n integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n <> "
        "13';"
        "CREATE TABLE t (id integer PRIMARY KEY, n integer CHECK (n > 0), u text UNIQUE, e text, "
        "active integer,"
        " owner text, d positive, up integer REFERENCES parents, ok integer, CHECK (lucky(ok)));"
        "CREATE UNIQUE INDEX ON t (lower(e)); CREATE UNIQUE INDEX ON t (owner) WHERE active = 1");

    has_run(s, NULL, (keel_run_options){0});
    is_str(rows_of(s, "SELECT id FROM t"), "(1) (9)", "the rows that break nothing land");
    is_str(scene_value(
               s, "SELECT string_agg(key || ' ' || code, ', ' ORDER BY key) FROM pgkeel.reject"),
           "2 check, 3 duplicate, 4 duplicate, 5 duplicate, 6 check, 7 orphan, 8 check",
           "each other for its own reason");
    scene_close(s);
}

static void test_deferred(void)
{
    scene *s = open_scene(
        "deferred_constraints",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT, up INTEGER); INSERT INTO t VALUES "
        "(1,'a',1),(2,'a',1),(3,'c',9),(4,'d',1)",
        "CREATE TABLE parents (id integer PRIMARY KEY); INSERT INTO parents VALUES (1);"
        "CREATE TABLE t (id integer PRIMARY KEY, u text UNIQUE DEFERRABLE INITIALLY DEFERRED,"
        " up integer REFERENCES parents DEFERRABLE INITIALLY DEFERRED)");

    has_run(s, NULL, (keel_run_options){0});
    is_str(rows_of(s, "SELECT id FROM t"), "(1) (4)",
           "what speaks at COMMIT costs its own row too");
    is_str(scene_value(
               s, "SELECT string_agg(key || ' ' || code, ', ' ORDER BY key) FROM pgkeel.reject"),
           "2 duplicate, 3 orphan", "with its reason");
    scene_close(s);
}

static void test_exclusion(void)
{
    scene *s = open_scene(
        "exclusion_constraints",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, r TEXT); INSERT INTO t VALUES "
        "(1,'[1,5)'),(2,'[3,9)'),(3,'[5,9)')",
        "CREATE TABLE t (id integer PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&))");

    has_run(s, NULL, (keel_run_options){0});
    is_int(scene_table(s, "t")->inserted, 2, "rows that exclude nothing land");
    is_int(scene_table(s, "t")->rejected, 1, "the other is a reject: %s", scene_rejects(s, "t"));
    scene_close(s);
}

static void test_retry(void)
{
    scene *s = open_scene("rejects_again_under_another_mapping",
                          "CREATE TABLE p (id INTEGER PRIMARY KEY, v NUMERIC); INSERT INTO p "
                          "VALUES (1,1.5),(2,'N/A'),(3,2.25);"
                          "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); INSERT "
                          "INTO c VALUES (1,1),(2,2)",
                          "CREATE TABLE p (id serial PRIMARY KEY, v numeric(10,2)); CREATE TABLE c "
                          "(id serial PRIMARY KEY, p integer"
                          " NOT NULL REFERENCES p); INSERT INTO p (v) VALUES (0)");

    has_run(s, "tables: {p: {keys: remap}, c: {keys: remap}}", (keel_run_options){0});
    is_str(scene_rejects(s, "p"), "2 v syntax", "a reject");
    is_str(scene_rejects(s, "c"), "2 p parent_rejected", "and its child");
    int64_t first = s->result->run;
    ok(!scene_run(
           s,
           (keel_run_options){.mapping_file = scene_map(
                                  s, "tables: {p: {keys: remap, columns: {v: {on_misfit: 'null'}}},"
                                     " c: {keys: remap}}")}),
       "the same run under another mapping is refused");
    ok(strstr(s->err.message, "on_misfit") != NULL, "with what has changed");
    has_run(s, NULL, (keel_run_options){.mapping_file = s->mapping, .retry_rejects = first});
    is_int(scene_table(s, "p")->inserted, 1, "the reject is loaded");
    is_int(scene_table(s, "c")->inserted, 1, "and its child");
    is_str(rows_of(s, "SELECT p.v FROM c JOIN p ON p.id = c.p"), "() (1.50)",
           "under the same key maps");
    is_str(scene_value(s, "SELECT count(*) FROM pgkeel.reject WHERE resolved_by IS NULL"), "0",
           "no reject is open any more");
    is_str(scene_value(s, "SELECT count(*) FROM p"), "4", "nothing is doubled");
    scene_close(s);
}

static void test_new_rows(void)
{
    scene *s = open_scene(
        "rows_added_since",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO p VALUES (10,'a'),(20,'b');"
        "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); INSERT INTO c VALUES "
        "(1,10)",
        "CREATE TABLE p (id serial PRIMARY KEY, v text); CREATE TABLE c (id serial PRIMARY KEY, p "
        "integer NOT NULL"
        " REFERENCES p); INSERT INTO p (v) VALUES ('own')");

    has_run(s, NULL, (keel_run_options){0});
    scene_source(s,
                 "INSERT INTO p VALUES (5,'between'),(30,'d'); INSERT INTO c VALUES (2,20),(3,30)");
    has_run(s, NULL, (keel_run_options){.new_rows = s->result->run});
    is_str(rows_of(s, "SELECT v FROM p"), "(a) (b) (between) (d) (own)",
           "old rows once, new rows wherever their key is");
    is_str(rows_of(s, "SELECT c.id, p.v FROM c JOIN p ON p.id = c.p"), "(1,a) (2,b) (3,d)",
           "their references are right");
    scene_close(s);
}

/* What is committed is kept, and the run goes on behind it: S1-25. */
static void test_restart(void)
{
    scene *s = open_scene("stopped_by_max_rejects_and_begun_again",
                          "CREATE TABLE a (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO a "
                          "VALUES (1,1),(2,'x'),(3,'y'),(4,4)",
                          NULL);

    ok(!scene_run(s, (keel_run_options){.max_rejects = 1}),
       "more rejects than allowed stop the run");
    ok(strstr(s->err.message, "--max-rejects") != NULL, "by name");
    is_str(scene_value(s, "SELECT state FROM pgkeel.run"), "running", "it can go on");
    has_run(s, NULL, (keel_run_options){0});
    ok(s->result->resumed, "and does");
    is_int(scene_table(s, "a")->rejected, 2, "with all its rejects");
    is_int(scene_table(s, "a")->inserted, 2, "and rows");
    scene_close(s);
    s = open_scene("restart",
                   "CREATE TABLE a (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO a VALUES "
                   "(1,1),(2,'x'),(3,'y'),(4,4)",
                   NULL);
    scene_run(s, (keel_run_options){.max_rejects = 1});
    has_run(s, NULL, (keel_run_options){.restart = true});
    is_int(s->result->run, 2, "--restart is a run of its own");
    is_str(rows_of(s, "SELECT id FROM a"), "(1) (4)", "with every row once");
    ok(strcmp(scene_value(s, "SELECT state FROM pgkeel.run WHERE run = 1"), "running") != 0,
       "the old one is over");
    scene_close(s);
}

static void test_mapping(void)
{
    scene *s = open_scene("where_order_set_skip_rename",
                          "CREATE TABLE t (id INTEGER PRIMARY KEY, old_name TEXT, secret TEXT, n "
                          "INTEGER); INSERT INTO t VALUES"
                          " (1,'a','s',3),(2,'b','s',2),(3,'c','s',1),(4,'d','s',0); CREATE TABLE "
                          "skipped (id INTEGER);"
                          "CREATE TABLE excluded (id INTEGER)",
                          "CREATE SCHEMA app; CREATE TABLE app.renamed (id serial PRIMARY KEY, "
                          "new_name text, n integer, note text NOT NULL,"
                          " made timestamptz NOT NULL)");

    has_run(s,
            "tables:\n  t:\n    to: app.renamed\n    where: n > 0\n    order: n\n    keys: remap\n"
            "    columns: {old_name: new_name, secret: skip}\n    set: {note: {value: \"it's\"}, "
            "made: {sql: now()}}\n"
            "  skipped: skip\n",
            (keel_run_options){.exclude = (const char *const[]){"excluded", NULL}});
    is_str(rows_of(s, "SELECT id, new_name, n, note FROM app.renamed"),
           "(1,c,1,it's) (2,b,2,it's) (3,a,3,it's)", "filtered, ordered, renamed, set"); /* S0-71 */
    is_int((int64_t)s->result->table_count, 1, "and nothing else is transferred");
    is_int(scene_table(s, "t")->source_rows, 3, "the accounting is under the filter");
    scene_close(s);
    s = open_scene(
        "only_these_tables",
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY)", NULL);
    has_run(s, NULL, (keel_run_options){.only = (const char *const[]){"b", NULL}});
    is_str(rows_of(s, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                      "'public'::regnamespace"),
           "(b)", "--table makes no other");
    scene_close(s);
}

static void test_odd_files(void)
{
    KEEL_CLEANUP(keel_str_free) keel_str wide = {0};
    scene *s = open_scene("views_and_virtual_tables",
                          "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES "
                          "(1, 'x'); CREATE VIEW w AS SELECT * FROM t;"
                          "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('hello')",
                          NULL);

    has_run(s, NULL, (keel_run_options){0});
    ok(scene_finding(s, "view.not_carried", "w") != NULL, "a view that stays behind is a finding");
    bool said = false;
    for (size_t i = 0; i < keel_report_count(s->report); i++)
        said = said || strcmp(keel_report_at(s->report, i)->object, "f") == 0;
    ok(said, "a virtual table that stays behind is a finding");
    is_str(rows_of(s, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                      "'public'::regnamespace"),
           "(t)", "its shadow tables do not come along");
    if (!said)
        scene_show(s);
    scene_close(s);

    s = open_scene("no_rows_and_500_columns", "CREATE TABLE none (id INTEGER PRIMARY KEY, v TEXT)",
                   NULL);
    keel_str_add(&wide, "CREATE TABLE wide (id INTEGER PRIMARY KEY");
    for (int i = 1; i < 500; i++)
        keel_str_addf(&wide, ", c%d INTEGER", i);
    keel_str_add(&wide, "); INSERT INTO wide (id, c1, c499) VALUES (1, 11, 4990), (2, 22, 'x')");
    scene_source(s, wide.data);
    has_run(s, NULL, (keel_run_options){0});
    is_int(scene_table(s, "none")->source_rows, 0, "a table without rows is made");
    is_str(rows_of(s, "SELECT id, c1, c250, c499 FROM wide"), "(1,11,,4990)", "500 columns land");
    is_str(scene_rejects(s, "wide"), "2 c499 syntax", "or are rejected by the right one");
    scene_close(s);

    s = open_scene("an_empty_file", "VACUUM", NULL);
    ok(!scene_run(s, (keel_run_options){0}), "a file without tables is no success");
    ok(s->err.message[0] != '\0', "%s", s->err.message);
    scene_close(s);
}

/* A writer goes on in WAL mode; the run reads one version. */
static void test_wal(void)
{
    scene *s = open_scene("a_writer_meanwhile",
                          "PRAGMA journal_mode = wal; CREATE TABLE t (id INTEGER PRIMARY KEY, v "
                          "TEXT); INSERT INTO t VALUES (1,'a')",
                          NULL);
    sqlite3 *writer = NULL;

    sqlite3_open(s->source, &writer);
    sqlite3_exec(writer,
                 "INSERT INTO t VALUES (2, 'in the wal'); BEGIN IMMEDIATE; INSERT INTO t VALUES "
                 "(3, 'not committed')",
                 NULL, NULL, NULL);
    has_run(s, NULL, (keel_run_options){0});
    sqlite3_exec(writer, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(writer);
    is_str(rows_of(s, "SELECT * FROM t"), "(1,a) (2,\"in the wal\")",
           "what was committed arrives, what was not does not");
    scene_close(s);
}

/* The run is stopped after its first table; the file is then touched, or really changed. */
/* The planner of the application knows the tables at once. */
static void test_statistics(void)
{
    scene *s = open_scene(
        "statistics_of_both_kinds_of_tables",
        "CREATE TABLE made (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX made_v ON made (v); CREATE "
        "TABLE there (id INTEGER PRIMARY KEY, made_id INTEGER REFERENCES made);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " INSERT INTO made SELECT i, 'v' || i FROM n; INSERT INTO there SELECT id, id FROM made",
        "CREATE TABLE there (id integer PRIMARY KEY, made_id integer)");

    has_run(s, NULL, (keel_run_options){.keys = KEEL_KEYS_KEEP});
    is_str(rows_of(s, "SELECT relname, reltuples FROM pg_class WHERE relname IN ('made', 'there')"),
           "(made,5000) (there,5000)", "both tables are analysed");
    is_str(rows_of(s, "SELECT count(*) FROM pg_stats WHERE tablename IN ('made', 'there')"), "(4)",
           "and so are their columns");
    is_str(rows_of(s, "SELECT statement FROM pgkeel.step WHERE step LIKE 'analyze %'"),
           "(\"ANALYZE \"\"public\"\".\"\"there\"\"\") (\"VACUUM (ANALYZE, TRUNCATE false) "
           "\"\"public\"\".\"\"made\"\"\")",
           "what the run has made is vacuumed, what was there is its owner's to vacuum");
    scene_close(s);
}

static void test_touched(void)
{
    static const char source[] =
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1,'one'),(2,'two');"
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a, v INTEGER);"
        "INSERT INTO b VALUES (1,1,'x'),(2,2,'y'),(3,1,3)";
    scene *s = open_scene("a_touched_file_goes_on", source, NULL);

    ok(!scene_run(s, (keel_run_options){.max_rejects = 1, .jobs = 1}), "a run is stopped");
    utime(s->source, NULL);
    scene_source(s, "UPDATE a SET v = v");
    has_run(s, NULL, (keel_run_options){.jobs = 1});
    ok(s->result != NULL && s->result->resumed,
       "the file was written to, its rows are the same: the run goes on");
    is_str(rows_of(s, "SELECT * FROM a"), "(1,one) (2,two)", "and ends well");
    scene_close(s);
    s = open_scene("a_changed_file_is_refused", source, NULL);
    ok(!scene_run(s, (keel_run_options){.max_rejects = 1, .jobs = 1}), "a run is stopped");
    scene_source(s, "UPDATE a SET v = 'uno' WHERE id = 1");
    ok(!scene_run(s, (keel_run_options){.jobs = 1}),
       "a loaded row has changed: the run does not go on");
    is_int(s->err.kind, KEEL_ERR_CHANGED, "because of that");
    ok(strstr(s->err.message, "\"a\"") != NULL, "the table is named: %s", s->err.message);
    scene_close(s);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_keep();
    test_match();
    test_remap_serial();
    test_remap_in_blocks();
    test_remap_identity();
    test_remap_uuid();
    test_remap_uuid_resumed();
    test_composite();
    test_server_types();
    test_constraints();
    test_deferred();
    test_exclusion();
    test_retry();
    test_new_rows();
    test_restart();
    test_mapping();
    test_odd_files();
    test_wal();
    test_touched();
    test_statistics();
    return done_testing();
}
