/* A suite written from a database reads back, and held against the same database it finds nothing; against another it
 * finds what differs. Whatever the names are. */
#include <stdlib.h>

#include "checked.h"
#include "cluster.h"
#include "tap.h"
#include "verify/suite_write.h"

static const char everything[] =
    "CREATE EXTENSION pg_trgm; CREATE SCHEMA \"My.Schema\";"
    "CREATE TYPE mood AS ENUM ('sad', 'so: so', '- ok'); CREATE DOMAIN cash AS numeric(10,2) NOT NULL CHECK (VALUE >= 0);"
    "CREATE TYPE pair AS (a int, b text); CREATE SEQUENCE shared;"
    "CREATE TABLE users (id serial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, mood mood DEFAULT 'so: so',"
    " balance cash DEFAULT 0, at timestamptz(3) NOT NULL DEFAULT now(), doc jsonb DEFAULT '{\"a\": [1, 2], \"b\": \"#x\"}',"
    " tags text[] DEFAULT '{}', key int DEFAULT nextval('shared'), pair pair, period daterange, ip inet,"
    " low text GENERATED ALWAYS AS (lower(email)) STORED, note text DEFAULT E'it''s\\n: a \"quote\" \\\\ # x', d date,"
    " status varchar(20) NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'it''s', 'a, b', '', 'null', 'x: y')),"
    " lowered text CHECK (lower(lowered) IN ('a', 'b')), other text CHECK (other <> ALL (ARRAY['a', 'b'])),"
    " state char(1) CHECK (state IN ('a', 'b') OR state IS NULL), \"select\" text CHECK (\"select\" IN ('x', 'y')),"
    " CHECK (d > '2000-01-01' AND d < '2100-01-01' OR d IS NULL), EXCLUDE USING gist (period WITH &&));"
    "CREATE INDEX ON users USING gin (doc jsonb_path_ops); CREATE INDEX ON users USING gin (note gin_trgm_ops, tags);"
    "CREATE INDEX ON users (at DESC, email) INCLUDE (id) WHERE status <> 'new' AND note IS NOT NULL;"
    "CREATE UNIQUE INDEX ON users (lower(email)); CREATE INDEX ON users (note COLLATE \"C\" text_pattern_ops DESC NULLS LAST);"
    "CREATE INDEX ON users ((doc ->> 'a'), (at AT TIME ZONE 'UTC') NULLS FIRST); CREATE INDEX ON users USING hash (key);"
    "CREATE UNIQUE INDEX ON users (d, key) WHERE d > '2020-01-01'; CREATE INDEX ON users (COALESCE(note, 'x, y'), (d + 1));"
    "CREATE INDEX ON users USING brin (at);"
    "CREATE TABLE \"My.Schema\".\"Order \"\"Items\"\": [x]\" (\"select\" bigint GENERATED ALWAYS AS IDENTITY,"
    " \"Größe #1\" smallserial, \"a, b\" int, \"c: d\" int, \"- e\" int, \"{f}\" int CHECK (\"{f}\" > 0), \"g'h\" text,"
    " \"no\" int, \"null\" int, \"?\" int, \"tab\tx\" int, \" blank \" int, \"line\nbreak\" int, \"\xC2\x85\xE2\x80\xA8\" int,"
    " \"a desc\" int, \"absent\" text, \"%s\" int, \"\\\" int, PRIMARY KEY (\"select\", \"a, b\"),"
    " UNIQUE (\"c: d\", \"- e\"), CONSTRAINT \"odd: [name]\" CHECK (\"g'h\" <> 'x: y # z'),"
    " FOREIGN KEY (\"no\") REFERENCES users ON DELETE SET NULL ON UPDATE CASCADE);"
    "CREATE INDEX \"odd {index}\" ON \"My.Schema\".\"Order \"\"Items\"\": [x]\" (\"a desc\" DESC, \" blank \", (\"{f}\" + 1));";

static const char everything_too[] =
    "CREATE TABLE child (a bigint, b int, FOREIGN KEY (a, b) REFERENCES \"My.Schema\".\"Order \"\"Items\"\": [x]\" (\"select\","
    " \"a, b\") ON DELETE RESTRICT DEFERRABLE);"
    "CREATE TABLE events (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
    "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');"
    "CREATE INDEX ON events (at); CREATE TABLE parent (id int); CREATE TABLE heir (more int) INHERITS (parent);"
    "CREATE UNLOGGED TABLE fast (id int); CREATE TABLE nothing (); CREATE VIEW v AS SELECT 1;"
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TRIGGER \"odd, trigger\" BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f();"
    "CREATE TRIGGER off BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE users DISABLE TRIGGER off;"
    "CREATE TABLE broken (a int, b int); ALTER TABLE broken ADD CONSTRAINT \"not: valid\" CHECK (a > 0) NOT VALID;"
    "ALTER TABLE broken ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES users NOT VALID; CREATE INDEX bad ON broken (b);"
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bad'::regclass;";

static char *write_suite(keel_arena *arena, const char *conninfo, const char *const *tables, keel_suite_written *written)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_error err = {0};

    if (!ok(keel_suite_write(arena, pg, tables, &text, written, &err), "a suite is written %s", err.message))
        exit(done_testing());
    ok(!keel_pg_in_transaction(pg), "and no transaction stays open");
    return keel_arena_strdup(arena, text.data);
}

static const keel_suite *read_back(keel_arena *arena, const char *text)
{
    const keel_suite *suite = NULL;
    keel_error err = {0};

    if (!ok(keel_suite_read_text(arena, "init.yaml", text, &suite, &err), "it reads back %s", err.message)) {
        printf("%s", text);
        exit(done_testing());
    }
    return suite;
}

/* Findings about demands of the suite, as text. */
static const char *hold(keel_arena *arena, const char *conninfo, const keel_suite *suite)
{
    KEEL_CLEANUP(checked_free) checked c = check_database(conninfo, (keel_check_options){.suite = suite});
    KEEL_CLEANUP(keel_str_free) keel_str found = {0};

    if (c.database == NULL)
        keel_str_add(&found, c.err.message);
    for (size_t i = 0; c.database != NULL && i < keel_report_count(c.report); i++) {
        const keel_finding *finding = keel_report_at(c.report, i);
        if (finding->file != NULL)
            keel_str_addf(&found, "%s %s: %s\n", finding->check, finding->object, finding->message);
    }
    return keel_arena_strdup(arena, keel_str_text(&found));
}

static const keel_suite_table *table_of(const keel_suite *suite, const char *schema, const char *name)
{
    static const keel_suite_table none;
    const keel_suite_table *table = keel_suite_find(suite, schema, "public", name);

    ok(table != NULL, "the suite has %s.%s", schema, name);
    return table != NULL ? table : &none;
}

static void test_contents(const keel_suite *suite, const keel_suite_written *written)
{
    const keel_suite_table *users = table_of(suite, "public", "users");
    const keel_suite_table *odd = table_of(suite, "My.Schema", "Order \"Items\": [x]");

    is_int(written->tables, (int64_t)suite->tables.count, "the tables are counted");
    is_int(written->left_out, 3, "what is broken is left out");
    is_int((int64_t)suite->tables.count, 9, "partitions and views are not written");
    is_int((int64_t)users->columns.count, 19, "columns");
    ok(users->columns.items[0].serial, "a serial");
    is_str(users->columns.items[7].default_sql, "nextval('public.shared'::regclass)", "a sequence that is not its own");
    is_int((int64_t)users->keys.count, 2, "keys");
    is_int((int64_t)users->indexes.count, 10, "indexes");
    is_int((int64_t)users->allowed.count, 2, "values of a CHECK on the column itself");
    is_str(users->allowed.items[0].column, "select", "of a column that is quoted");
    is_str(users->allowed.items[1].values.items[1], "it's", "as they are");
    is_str(users->allowed.items[1].values.items[3], "", "the empty one too");
    is_int((int64_t)users->triggers.count, 1, "triggers that are enabled");
    is_int((int64_t)odd->columns.count, 18, "columns of a hostile table");
    ok(odd->columns.items[0].serial && odd->columns.items[1].serial, "identities and serials");
    is_str(odd->references.items[0].on_update, "cascade", "actions");
    is_int((int64_t)table_of(suite, "public", "child")->references.items[0].parent_columns.count, 2, "a key of two columns");
    is_int((int64_t)table_of(suite, "public", "broken")->constraints.count, 0, "no CHECK that is not valid");
    is_str(suite->extensions.items[0], "pg_trgm", "extensions");
}

/* One change at a time must be seen, and only it. */
static void test_changes(keel_arena *arena, const char *conninfo, const keel_suite *suite)
{
    static const struct {
        const char *sql, *undo, *found;
    } changes[] = {
        {"ALTER TABLE users ALTER ip TYPE cidr", "ALTER TABLE users ALTER ip TYPE inet",
         "schema.column_type public.users(ip): the type is cidr, not inet\n"},
        {"ALTER TABLE users ALTER at DROP NOT NULL", "ALTER TABLE users ALTER at SET NOT NULL",
         "schema.column_nullable public.users(at): the column may hold NULL, and the suite says not null\n"},
        {"ALTER TABLE users ALTER tags SET DEFAULT '{a}'", "ALTER TABLE users ALTER tags SET DEFAULT '{}'",
         "schema.column_default public.users(tags): the default is '{a}'::text[], not '{}'::text[]\n"},
        {"ALTER TABLE users ENABLE TRIGGER off; ALTER TABLE users DISABLE TRIGGER \"odd, trigger\"",
         "ALTER TABLE users ENABLE TRIGGER \"odd, trigger\"",
         "schema.trigger_missing public.users: the trigger \"odd, trigger\" is disabled\n"},
        {"DROP INDEX \"My.Schema\".\"odd {index}\"",
         "CREATE INDEX another ON \"My.Schema\".\"Order \"\"Items\"\": [x]\" (\"a desc\" DESC, \" blank \", (\"{f}\" + 1))",
         "schema.index_missing My.Schema.Order \"Items\": [x]: no index is btree (\"a desc\" desc,  blank , ((\"{f}\" + 1)))\n"},
        {"ALTER TABLE child DROP CONSTRAINT child_a_b_fkey",
         "ALTER TABLE child ADD FOREIGN KEY (b, a) REFERENCES \"My.Schema\".\"Order \"\"Items\"\": [x]\" (\"a, b\", \"select\")"
         " ON DELETE RESTRICT",
         "relationships.foreign_key_missing public.child(a, b): no foreign key references My.Schema.Order \"Items\": [x]\n"},
        {"DROP TABLE heir", "CREATE TABLE heir (id int, more int)", "schema.table_missing public.heir: the table does not exist\n"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(changes); i++) {
        KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
        cluster_exec(pg, changes[i].sql);
        is_str(hold(arena, conninfo, suite), changes[i].found, "%s is seen, and nothing else", changes[i].sql);
        cluster_exec(pg, changes[i].undo);
    }
    is_str(hold(arena, conninfo, suite), "", "and undone it is not");
}

static void test_selection(keel_arena *arena, const char *conninfo)
{
    const char *const some[] = {"users", "My.Schema.Order \"Items\": [x]", NULL};
    const char *const wrong[] = {"usrs", NULL};
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_connect(conninfo);
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_suite_written written = {0};
    keel_error err = {0};

    is_int((int64_t)read_back(arena, write_suite(arena, conninfo, some, &written))->tables.count, 2, "two tables by name");
    ok(!keel_suite_write(arena, pg, wrong, &text, &written, &err) && err.kind == KEEL_ERR_USAGE, "no table of that name");
    is_str(err.message, "there is no table \"usrs\"", "is said to be so");
}

static void test_empty(keel_scratch *cluster, keel_arena *arena)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "empty", NULL);
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_suite_written written = {0};
    keel_error err = {0};

    ok(!keel_suite_write(arena, pg, NULL, &text, &written, &err) && err.kind == KEEL_ERR_DATA, "a database without tables");
    is_str(err.message, "there is no table to write a suite of", "is refused");
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];
    keel_suite_written written = {0};
    keel_pg *pg = cluster_database(cluster, "everything", conninfo);

    cluster_exec(pg, everything);
    cluster_exec(pg, everything_too);
    keel_pg_close(pg);
    const keel_suite *suite = read_back(arena, write_suite(arena, conninfo, NULL, &written));
    test_contents(suite, &written);
    is_str(hold(arena, conninfo, suite), "", "held against the same database it finds nothing");
    test_selection(arena, conninfo);
    test_changes(arena, conninfo, suite);
    test_empty(cluster, arena);
    return done_testing();
}
