/* Every check over a database that has one of everything: names that need quotes, types of all
 * families, relations of all kinds, tables without number. The planted defect is found where it
 * stands, and no check stumbles. */
#include <stdlib.h>

#include "checked.h"
#include "cluster.h"
#include "tap.h"

#define LONG_NAME "a name as long as the server takes, sixty-three bytes, no more!"

/* The key of each of these tables has one blank too many in one row. */
static const char *const named[] = {
    "select",         "Order By", "quo\"\"ted", "semi;colon", "back\\slash", "new\nline",
    "per%cent %s %n", "a.b.c",    "été 漢字 🐘", LONG_NAME,    "user",        "$1",
    "it's",           "{brace}",  " blank ",    "t",          "s",           "v",
};

static void add_named(keel_str *sql, const char *schema, const char *quoted)
{
    keel_str_addf(
        sql,
        "CREATE TABLE \"%s\".\"%s\" (\"%s\" text PRIMARY KEY, \"k\" int, \"from\" text UNIQUE);"
        "INSERT INTO \"%s\".\"%s\" VALUES ('fine', 1, 'fine'), ('not fine ', 2, NULL);",
        schema, quoted, quoted, schema, quoted);
}

static const char shapes_sql[] =
    "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN amount AS numeric(12,2) CHECK (VALUE >= "
    "0);"
    "CREATE DOMAIN code AS text CHECK (VALUE <> ''); CREATE TYPE pair AS (a int, b text);"
    "CREATE TYPE span AS RANGE (subtype = float8);"
    "CREATE TABLE typed (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b bool, i2 int2, f4 "
    "real, f8 float8,"
    " n numeric, m money, v varchar(20), c char(3) UNIQUE, n1 name, c1 \"char\", by bytea, d date, "
    "ti time, tz timetz,"
    " ts timestamptz, iv interval, u uuid, j json, jb jsonb, ip inet, ci cidr, ma macaddr, bi "
    "bit(3), vb varbit,"
    " tv tsvector, tq tsquery, x xml, po point, bo box, o oid, rc regclass, ls pg_lsn, mo mood, am "
    "amount, co code UNIQUE,"
    " pa pair, sp span, ir int4range, ia int[], ta text[], pia pair[], g int GENERATED ALWAYS AS "
    "(i2 * 2) STORED);"
    "INSERT INTO typed (b, f8, n, c, jb, j, pa, sp, ir, ia, co, tv, ts) VALUES (true, 'NaN', "
    "'NaN', 'a', '{}', '{}',"
    " ROW(1, 'x'), '[1,2)', 'empty', '{1,NULL}', 'co', 'x', now()), (NULL, '-0', 0, 'b', "
    "'{\"a\":1}', '{}', NULL, NULL,"
    " '[1,5)', '{}', 'co ', 'y', now());"
    "CREATE TABLE \"no columns\" (); CREATE TABLE empty (id int PRIMARY KEY);"
    "CREATE TABLE parent (name text PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (name)) INHERITS "
    "(parent);"
    "INSERT INTO parent VALUES ('of the parent '); INSERT INTO child VALUES ('of the child '), "
    "('of the child');"
    "CREATE TABLE parts (name text, at date, PRIMARY KEY (name, at)) PARTITION BY RANGE (at);"
    "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
    "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') "
    "PARTITION BY LIST (name);"
    "CREATE TABLE parts_2_a PARTITION OF parts_2 FOR VALUES IN ('a', 'a ');"
    "INSERT INTO parts VALUES ('one ', '2020-05-05'), ('a ', '2021-05-05'), ('a', '2021-05-05');"
    "CREATE UNLOGGED TABLE fleeting (name text PRIMARY KEY); INSERT INTO fleeting VALUES ('gone ');"
    "CREATE VIEW seen AS SELECT * FROM parent; CREATE MATERIALIZED VIEW kept AS SELECT * FROM "
    "parent;"
    "CREATE TEMP TABLE passing (name text PRIMARY KEY); INSERT INTO passing VALUES ('of this "
    "session ');"
    "CREATE SCHEMA pgkeel; CREATE TABLE pgkeel.mine (name text PRIMARY KEY); INSERT INTO "
    "pgkeel.mine VALUES ('own ');"
    "CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self); INSERT INTO self VALUES (1, "
    "NULL), (2, 1);"
    "CREATE INDEX ON self (up);"
    "CREATE FUNCTION even(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';"
    "CREATE TABLE rules (id int PRIMARY KEY, CHECK (even(id))); INSERT INTO rules VALUES (2);"
    "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS "
    "(host '/nowhere');"
    "CREATE FOREIGN TABLE distant (name text) SERVER far;"
    "CREATE TABLE logs (at date) PARTITION BY RANGE (at);"
    "CREATE FOREIGN TABLE logs_far PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO "
    "('2021-01-01') SERVER far;"
    "CREATE TABLE logs_near PARTITION OF logs FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');";

/* A table as wide as tables get, for the server's limit on what one SELECT may ask. */
static void add_wide(keel_str *sql)
{
    enum { COLUMNS = 1500 };

    keel_str_add(sql, "CREATE TABLE wide (id int PRIMARY KEY");
    for (int i = 1; i < COLUMNS; i++)
        keel_str_addf(sql, ", c%d text", i);
    keel_str_add(sql, "); INSERT INTO wide (id, c7) VALUES (1, 'x'); ANALYZE wide;");
}

static void no_check_stumbles(const checked *c, const char *where)
{
    int stumbles = 0;

    if (!ok(c->database != NULL, "%s is checked: %s", where, c->err.message))
        return;
    for (size_t i = 0; i < keel_report_count(c->report); i++) {
        const keel_finding *f = keel_report_at(c->report, i);
        if (strncmp(f->message, "could not be", 12) != 0 &&
            strcmp(f->check, "check.unreadable") != 0)
            continue;
        printf("# %s %s: %s\n", f->check, f->object, f->message);
        stumbles++;
    }
    is_int(stumbles, 0, "no check stumbles in %s", where);
}

/* The name as SQL gives it back: a doubled quote is one. */
static const char *plain(const char *quoted)
{
    static char name[128];
    size_t size = 0;

    for (; *quoted != '\0' && size < sizeof name - 1; quoted++) {
        name[size++] = *quoted;
        quoted += quoted[0] == '"' && quoted[1] == '"';
    }
    name[size] = '\0';
    return name;
}

static void test_names(const checked *c)
{
    static const char *const schemas[] = {"public", "Odd \"\"Schema"};
    char object[512];
    char schema[64];

    for (size_t s = 0; s < KEEL_COUNT_OF(schemas); s++) {
        snprintf(schema, sizeof schema, "%s", plain(schemas[s]));
        for (size_t i = 0; i < KEEL_COUNT_OF(named); i++) {
            const char *name = plain(named[i]);
            snprintf(object, sizeof object, "%s.%s(%s)", schema, name, name);
            const keel_finding *f = checked_find(c, "data.key_blanks", object);
            is_str(f != NULL ? f->message : "none", "1 row whose key begins or ends with a blank",
                   "\"%s\" in \"%s\"", strcmp(name, "new\nline") == 0 ? "a line break" : name,
                   schema);
        }
    }
}

static void test_shapes(const checked *c)
{
    static const struct {
        const char *object, *what;
        size_t wanted;
    } rows[] = {
        {"public.typed(co)", "a domain over text", 1},
        {"public.typed(c)", "char(n) is padded, not blank", 0},
        {"public.parent(name)", "rows of the parent alone", 1},
        {"public.child(name)", "rows of the heir", 1},
        {"public.parts_1(name)", "a partition", 1},
        {"public.parts_2_a(name)", "a partition of a partition", 1},
        {"public.parts(name)", "the partitioned table is not read a second time", 0},
        {"public.parts_2(name)", "nor the one below", 0},
        {"public.fleeting(name)", "an unlogged table", 1},
        {"public.kept(name)", "no materialized view", 0},
        {"pgkeel.mine(name)", "not the journal", 0},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++)
        is_int((int64_t)checked_count(c, "data.key_blanks", rows[i].object),
               (int64_t)rows[i].wanted, "%s", rows[i].what);
    const keel_finding *f = checked_find(c, "data.key_blanks", "public.parent(name)");
    is_str(f != NULL ? f->evidence : "none",
           "{\"rows\":1,\"sample\":[{\"name\":\"of the parent \"}]}", "only the parent's row");
    f = checked_find(c, "check.not_read", "public.distant");
    is_str(f != NULL ? f->message : "none",
           "not read: 2 foreign tables: their rows stand elsewhere (this one is the first by name)",
           "foreign tables");
    ok(checked_find(c, "check.not_read", "public.kept") != NULL, "materialized views");
}

static void test_everything(keel_scratch *cluster)
{
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "hostile", conninfo);
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "CREATE SCHEMA \"Odd \"\"Schema\";");
    for (size_t i = 0; i < KEEL_COUNT_OF(named); i++) {
        add_named(&sql, "public", named[i]);
        add_named(&sql, "Odd \"\"Schema", named[i]);
    }
    add_wide(&sql);
    cluster_exec(pg, sql.data);
    cluster_exec(pg, shapes_sql);
    KEEL_CLEANUP(checked_free)
    checked full = check_database(conninfo, (keel_check_options){.jobs = 4});
    no_check_stumbles(&full, "the hostile database");
    test_names(&full);
    test_shapes(&full);
    KEEL_CLEANUP(checked_free)
    checked quick = check_database(conninfo, (keel_check_options){.jobs = 4, .quick = true});
    no_check_stumbles(&quick, "the hostile database with --quick");
    is_int((int64_t)checked_count(&quick, "data.key_blanks", NULL),
           (int64_t)checked_count(&full, "data.key_blanks", NULL),
           "small tables are read as a whole under --quick too");
    cluster_exec(pg, "ANALYZE typed; ANALYZE parent; ANALYZE child; ANALYZE parts_1; ANALYZE self; "
                     "ANALYZE \"Order By\"");
    KEEL_CLEANUP(checked_free)
    checked known =
        check_database(conninfo, (keel_check_options){.jobs = 4, .snapshot = KEEL_SNAPSHOT_TABLE});
    no_check_stumbles(&known, "the hostile database with statistics, a snapshot per table");
}

static bool becomes_true(keel_pg *pg, const char *sql)
{
    keel_usec deadline = keel_monotonic() + 20 * KEEL_SECOND;

    while (strcmp(cluster_value(pg, sql), "t") != 0) {
        if (keel_monotonic() > deadline)
            return false;
        keel_sleep(KEEL_SECOND / 100);
    }
    return true;
}

static void test_many(keel_scratch *cluster)
{
    enum { TABLES = 2000 };
    char conninfo[CLUSTER_CONNINFO_SIZE];
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "many", conninfo);

    for (int from = 1; from <= TABLES; from += 500) {
        char sql[512];
        snprintf(
            sql, sizeof sql,
            "DO $$ BEGIN FOR i IN %d..%d LOOP EXECUTE format('CREATE TABLE %%1$I (\"Id\" int "
            "PRIMARY KEY, name text UNIQUE,"
            " at timestamptz, up int); INSERT INTO %%1$I VALUES (1, %%2$L, now(), 1)', 'T ' || i,"
            " CASE WHEN i %% 1000 = 0 THEN 'odd ' ELSE 'fine' END); END LOOP; END $$",
            from, from + 499);
        cluster_exec(pg, sql);
    }
    keel_usec began = keel_monotonic();
    KEEL_CLEANUP(checked_free)
    checked c = check_database(conninfo, (keel_check_options){.jobs = 4});
    printf("# %d tables in %.1f s\n", TABLES,
           (double)(keel_monotonic() - began) / (double)KEEL_SECOND);
    no_check_stumbles(&c, "2,000 tables");
    is_int((int64_t)checked_count(&c, "data.key_blanks", NULL), 2, "the two that are odd");
    ok(checked_find(&c, "data.key_blanks", "public.T 1000(name)") != NULL, "... by name");
    ok(becomes_true(
           pg,
           "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE 'pgkeel check%'"),
       "nothing is left behind on the server");
}

int main(void)
{
    /* Fewer locks than the tables of a transaction that read them all would need. */
    static const char *const settings[] = {"max_locks_per_transaction=32", "max_connections=30",
                                           NULL};
    KEEL_CLEANUP(keel_scratch_stop_p) keel_scratch *cluster = cluster_start(settings);

    test_everything(cluster);
    test_many(cluster);
    return done_testing();
}
