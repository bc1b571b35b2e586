/* What a suite demands of tables, columns, keys, triggers, roles and extensions: true, untrue, and hostile names.
 * The numbers in the names are those of the requirements. */
#include "check_case.h"
#include "checked.h"

#define T "tables:\n  t:\n"

static const check_case TABLES[] = {
    {.name = "S1-21, S3-33: required tables, and the nearest name is told", .check = "schema.table_missing",
     .sql = "CREATE TABLE exploit (id int)", .suite = "tables: [exploit, exploits]\n",
     .found = "critical public.exploits: the table does not exist; the nearest is \"public.exploit\"",
     .note = "2 tables, 1 critical finding"},
    {.name = "a view counts, a schema counts, the severity is the suite's", .check = "schema.table_missing",
     .sql = "CREATE SCHEMA app; CREATE TABLE app.t (); CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 1",
     .suite = "tables:\n  v:\n  m:\n  app.t:\n  t: {severity: warning}\n  app.u: {severity: error}\n",
     .found = "error app.u: the table does not exist; the nearest is \"app.t\"\n"
              "warning public.t: the table does not exist; the nearest is \"app.t\""},
    {.name = "what must be gone", .check = "schema.table_missing",
     .sql = "CREATE TABLE old (id int); CREATE VIEW older AS SELECT 1",
     .suite = "tables: {old: absent, older: absent, oldest: absent}\n",
     .found = "critical public.old: the table exists, and the suite says that it must not\n"
              "critical public.older: the table exists, and the suite says that it must not"},
    {.name = "names of every kind", .check = "schema.table_missing",
     .sql = "CREATE SCHEMA \"My.Schema\"; CREATE TABLE \"My.Schema\".\"a \"\"b\"\"\" (); CREATE TABLE \"select\" ();"
            "CREATE TABLE \"Größe 크기\" ()",
     .suite = "tables:\n  '\"My.Schema\".\"a \"\"b\"\"\"':\n  select:\n  Größe 크기:\n", .found = ""},
    {.name = "another case is another name", .check = "schema.table_missing",
     .sql = "CREATE TABLE \"Users\" (); CREATE TABLE t ()", .suite = "tables: [users, t]\n",
     .found = "critical public.users: the table does not exist; the nearest is \"public.Users\""},
    {.name = "S3-34, S4-26: required columns, and one that must be gone", .check = "schema.column_missing",
     .sql = "CREATE TABLE t (id int, amuont int, legacy int)",
     .suite = T "    severity: error\n    columns: {id: , amount: \"numeric(20,2) not null\", legacy: absent}\n",
     .found = "error public.t(amount): the column does not exist; the nearest is \"amuont\"\n"
              "error public.t(legacy): the column exists, and the suite says that it must not"},
    {.name = "columns of a view", .check = "schema.column_missing",
     .sql = "CREATE TABLE u (); CREATE VIEW t AS SELECT 1 AS a", .suite = "tables:\n  u:\n  t: {columns: [a, b]}\n",
     .found = "critical public.t(b): the column does not exist; the nearest is \"a\""},
    {.name = "of a table that is missing nothing else is said", .check = "schema.column_missing",
     .sql = "CREATE TABLE u ()", .suite = "tables:\n  t: {columns: [a]}\n  u:\n", .found = NULL, .note = "no columns"},
};

static const check_case COLUMNS[] = {
    {.name = "spellings of one type", .check = "schema.column_type",
     .sql = "CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('a'); CREATE DOMAIN cash AS numeric(10,2);"
            "CREATE TABLE t (a int, b varchar(20), c timestamptz(3), d text[], e s.mood, f cash, g double precision,"
            " h char(3), i bit varying(5), j interval day to second, k cash[])",
     .suite = T "    columns:\n      a: INT4\n      b: character varying( 20 )\n      c: timestamp (3) with time zone\n"
                "      d: _text\n      e: s.mood\n      f: public.cash\n      g: float8\n      h: character(3)\n"
                "      i: varbit(5)\n      j: interval day to second\n      k: cash[]\n",
     .found = "", .note = "11 columns"},
    {.name = "S4-18, S4-42..45: types that differ", .check = "schema.column_type",
     .sql = "CREATE DOMAIN cash AS numeric(10,2); CREATE TABLE t (a bigint, b varchar(20), c timestamp, d cash, e json)",
     .suite = T "    columns:\n      a: int\n      b: varchar(50)\n      c: timestamptz\n      d: numeric(10,2)\n"
                "      e: jsonb\n",
     .found = "error public.t(a): the type is bigint, not integer\n"
              "error public.t(b): the type is character varying(20), not character varying(50)\n"
              "error public.t(c): the type is timestamp without time zone, not timestamp with time zone\n"
              "error public.t(d): the type is public.cash, not numeric(10,2)\n"
              "error public.t(e): the type is json, not jsonb"},
    {.name = "what is no type, and what is more than one", .check = "schema.column_type",
     .sql = "CREATE TABLE t (a int, b int, c int, d int)",
     .suite = T "    columns: {a: itneger, b: \"int); drop table t; --\", c: int, d: itneger}\n",
     .found = "error public.t(a): the suite's type cannot be read: type \"itneger\" does not exist\n"
              "error public.t(b): the suite's type cannot be read: type \"int); drop table t; --\": syntax error at or near "
              "\")\"\n"
              "error public.t(d): the suite's type cannot be read: type \"itneger\" does not exist"},
    {.name = "types of a view", .check = "schema.column_type",
     .sql = "CREATE TABLE u (); CREATE VIEW t AS SELECT 1::bigint AS a, 'x'::varchar(3) AS b",
     .suite = "tables:\n  u:\n  t:\n    columns:\n      a: int8\n      b: varchar(4)\n",
     .found = "error public.t(b): the type is character varying(3), not character varying(4)"},
    {.name = "serial is an integer", .check = "schema.column_type",
     .sql = "CREATE TABLE t (a serial, b bigint GENERATED ALWAYS AS IDENTITY, c int NOT NULL)",
     .suite = T "    columns: {a: serial, b: bigserial, c: bigserial}\n",
     .found = "error public.t(c): the type is integer, not bigint"},
    {.name = "null and not null", .check = "schema.column_nullable",
     .sql = "CREATE DOMAIN d AS text NOT NULL; CREATE TABLE t (id serial PRIMARY KEY, a int, b int NOT NULL, c d, e int, f d)",
     .suite = T "    columns:\n      id: serial\n      a: int not null\n      b: int null\n      c: not null\n"
                "      e: int null\n      f: {not_null: false}\n",
     .found = "error public.t(a): the column may hold NULL, and the suite says not null\n"
              "error public.t(b): the column is not null, and the suite says that it may hold NULL\n"
              "error public.t(f): the column is not null, and the suite says that it may hold NULL",
     .note = "6 columns, 3 errors"},
};

static const check_case KEYS[] = {
    {.name = "keys as they may be declared", .check = "schema.primary_key",
     .sql = "CREATE TABLE t (a int, b int, \"C d\" int, e int, PRIMARY KEY (b, a), UNIQUE (e) DEFERRABLE);"
            "CREATE UNIQUE INDEX ON t (\"C d\", a) INCLUDE (e)",
     .suite = T "    primary_key: [a, b]\n    unique: [[a, C d], e, {columns: [b, e], declared: false}]\n",
     .found = "", .note = "3 keys"},
    {.name = "what is no key", .check = "schema.primary_key",
     .sql = "CREATE TABLE t (id int, a int, b text, c int, PRIMARY KEY (id)); CREATE UNIQUE INDEX ON t (a) WHERE c > 0;"
            "CREATE UNIQUE INDEX ON t (lower(b)); CREATE UNIQUE INDEX ON t (c, a); CREATE INDEX ON t (c)",
     .suite = T "    primary_key: [id, a]\n    unique: [a, b, c, nothing]\n",
     .found = "error public.t: a unique key names the column \"nothing\", which does not exist\n"
              "error public.t(a): no unique index is over just these columns\n"
              "error public.t(b): no unique index is over just these columns\n"
              "error public.t(c): no unique index is over just these columns\n"
              "error public.t(id, a): the primary key is (id)"},
    {.name = "no primary key; an index that is not valid", .check = "schema.primary_key",
     .sql = "CREATE TABLE t (id int); CREATE UNIQUE INDEX u ON t (id);"
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'u'::regclass",
     .suite = T "    primary_key: id\n    unique: id\n",
     .found = "error public.t(id): the table has no primary key\nerror public.t(id): the unique index \"u\" is not valid"},
    {.name = "a key of a view", .check = "schema.primary_key",
     .sql = "CREATE TABLE u (); CREATE VIEW t AS SELECT 1 AS id", .suite = "tables:\n  u:\n  t: {primary_key: id}\n",
     .found = "error public.t(id): a key is demanded of what is no table but a view"},
    {.name = "a partitioned table", .check = "schema.primary_key",
     .sql = "CREATE TABLE t (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
     .suite = T "    primary_key: [id, at]\n", .found = ""},
};

#define PARENTS "CREATE TABLE p (id int PRIMARY KEY, a int, b int, UNIQUE (a, b)); CREATE SCHEMA o;" \
                "CREATE TABLE o.\"P 2\" (\"Id\" int PRIMARY KEY);"
static const check_case FOREIGN_KEYS[] = {
    {.name = "S0-53: foreign keys by what they are", .check = "relationships.foreign_key_missing",
     .sql = PARENTS "CREATE TABLE t (p int REFERENCES p, x int, y int, z int REFERENCES o.\"P 2\","
                    " CONSTRAINT odd FOREIGN KEY (y, x) REFERENCES p (b, a))",
     .suite = T "    foreign_keys:\n      - {columns: p, references: p}\n      - {columns: p, references: p(id)}\n"
                "      - {columns: [x, y], references: \"p(a, b)\"}\n      - {columns: z, references: 'o.\"P 2\"(\"Id\")'}\n"
                "      - {columns: x, references: p, declared: false}\n",
     .found = "", .note = "4 foreign keys"},
    {.name = "keys that are not there", .check = "relationships.foreign_key_missing",
     .sql = PARENTS "CREATE VIEW v AS SELECT 1 AS id;"
                    "CREATE TABLE t (p int, x int, y int, FOREIGN KEY (x, y) REFERENCES p (a, b))",
     .suite = T "    foreign_keys:\n      - {columns: p, references: p}\n      - {columns: [x, y], references: \"p(b, a)\"}\n"
                "      - {columns: q, references: p}\n      - {columns: p, references: gone, severity: critical}\n"
                "      - {columns: p, references: p(c)}\n      - {columns: p, references: v}\n",
     .found = "error public.p: the foreign key names the column \"c\", which does not exist; the nearest is \"a\"\n"
              "error public.t: the foreign key names the column \"q\", which does not exist; the nearest is \"p\"\n"
              "error public.t(p): \"v\", which the foreign key references, is no table\n"
              "error public.t(p): no foreign key references public.p\n"
              "critical public.t(p): the table \"gone\" that the foreign key references does not exist\n"
              "error public.t(x, y): no foreign key references public.p"},
    {.name = "S3-40: actions", .check = "relationships.foreign_key_actions",
     .sql = PARENTS "CREATE TABLE t (a int REFERENCES p ON DELETE CASCADE ON UPDATE SET NULL, b int REFERENCES p,"
                    " c int REFERENCES p ON DELETE SET DEFAULT)",
     .suite = T "    foreign_keys:\n      - {columns: a, references: p, on_delete: cascade, on_update: set null}\n"
                "      - {columns: b, references: p, on_delete: cascade, on_update: no action}\n"
                "      - {columns: c, references: p, on_delete: restrict, severity: critical}\n",
     .found = "error public.t(b): the foreign key \"t_b_fkey\" says on delete no action, not cascade\n"
              "critical public.t(c): the foreign key \"t_c_fkey\" says on delete set default, not restrict",
     .note = "3 foreign keys, 1 critical finding, 1 error"},
    {.name = "S4-13: a foreign key that is not validated", .check = "relationships.foreign_key_actions",
     .sql = PARENTS "CREATE TABLE t (a int, b int REFERENCES p);" /* b has another one that is */
                    "ALTER TABLE t ADD CONSTRAINT a1 FOREIGN KEY (a) REFERENCES p NOT VALID;"
                    "ALTER TABLE t ADD CONSTRAINT a2 FOREIGN KEY (b) REFERENCES p NOT VALID;",
     .suite = T "    foreign_keys: [{columns: a, references: p}, {columns: b, references: p}]\n",
     .found = "error public.t(a): the foreign key \"a1\" is NOT VALID: older rows may break it"},
};

static const check_case OTHERS[] = {
    {.name = "missing, disabled and for replicas only", .check = "schema.trigger_missing",
     .sql = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE t ();"
            "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
            "CREATE TRIGGER \"B c\" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
            "CREATE TRIGGER d BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();"
            "ALTER TABLE t DISABLE TRIGGER \"B c\"; ALTER TABLE t ENABLE REPLICA TRIGGER d;",
     .suite = T "    triggers: [a, B c, d, e]\n",
     .found = "error public.t: the trigger \"B c\" is disabled\nerror public.t: the trigger \"d\" is disabled\n"
              "error public.t: the trigger \"e\" does not exist"},
    {.name = "a role with a hostile name", .check = "schema.role_missing",
     .sql = "CREATE ROLE \"O'Neil \"\"x\"\"\"", .suite = "roles: [\"O'Neil \\\"x\\\"\", \"o'neil\", postgres]\n",
     .found = "error o'neil: the role does not exist", .note = "3 roles, 1 error"},
    {.name = "extensions", .check = "schema.extension_missing",
     .sql = "CREATE EXTENSION pgcrypto", .suite = "extensions: [pgcrypto, pg_trgm, no_such]\n",
     .found = "error no_such: the extension is not installed, and the server does not have it\n"
              "error pg_trgm: the extension is not installed in this database"},
};

/* A table that somebody has locked is there; that it could not be looked at is said by the engine. */
static void test_locked(keel_scratch *cluster)
{
    static const char suite[] = "tables:\n  t: {columns: [a, b], primary_key: a}\n"
                                "  u: {foreign_keys: {columns: a, references: t}}\n  gone:\n";
    static const struct {
        const char *check, *found;
    } all[] = {
        {"schema.table_missing", "critical public.gone: the table does not exist\n"
                                 "info public.t: the table exists, but could not be looked at; nothing else is said about it"},
        {"schema.column_missing", ""},
        {"relationships.foreign_key_missing", ""},
    };
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "locked", conninfo);

    cluster_exec(pg, "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int REFERENCES t)");
    cluster_exec(pg, "BEGIN; LOCK TABLE t");
    for (size_t i = 0; i < KEEL_COUNT_OF(all); i++) {
        const check_case c = {.name = "beside a lock", .check = all[i].check, .suite = suite};
        KEEL_CLEANUP(keel_str_free) keel_str own = {0};
        for (const char *line = check_case_see(conninfo, &c).found; line != NULL && *line != '\0';) {
            size_t size = strcspn(line, "\n");
            const char *lock = strstr(line, "could not be read: it is locked by");
            if (lock == NULL || lock > line + size)
                keel_str_addf(&own, "%s%.*s", own.size > 0 ? "\n" : "", (int)size, line);
            line += size + (line[size] == '\n');
        }
        is_str(keel_str_text(&own), all[i].found, "%s beside a lock", c.check);
    }
}

/* --table leaves the other demands alone. */
static void test_selection(keel_scratch *cluster)
{
    const char *const only[] = {"schema", NULL};
    const char *const tables[] = {"t", NULL};
    const keel_suite *suite = NULL;
    keel_error err = {0};
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_pg *pg = cluster_database(cluster, "selection", conninfo);

    cluster_exec(pg, "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int)");
    keel_pg_close(pg);
    ok(keel_suite_read_text(arena, "s.yaml", "tables:\n  t: {columns: [b]}\n  u: {columns: [b]}\n  gone:\n", &suite, &err),
       "a suite");
    KEEL_CLEANUP(checked_free)
    checked c = check_database(conninfo, (keel_check_options){.suite = suite, .only = only, .tables = tables});
    is_int((int64_t)checked_count(&c, "schema.column_missing", NULL), 1, "--table t judges t");
    ok(checked_find(&c, "schema.column_missing", "public.t(b)") != NULL, "by its demands");
    is_int((int64_t)checked_count(&c, "schema.table_missing", NULL), 0, "and no other table");
}

static void run_all(keel_scratch *cluster, const check_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case_run(cluster, &cases[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(NULL);

    run_all(cluster, TABLES, KEEL_COUNT_OF(TABLES));
    run_all(cluster, COLUMNS, KEEL_COUNT_OF(COLUMNS));
    run_all(cluster, KEYS, KEEL_COUNT_OF(KEYS));
    run_all(cluster, FOREIGN_KEYS, KEEL_COUNT_OF(FOREIGN_KEYS));
    run_all(cluster, OTHERS, KEEL_COUNT_OF(OTHERS));
    test_locked(cluster);
    test_selection(cluster);
    return done_testing();
}
