/* diff: which tables and columns are compared with which, what is said about those that are not, and relations of
 * every kind. */
#include <stdlib.h>

#include "base/memory.h"
#include "diff_scene.h"
#include "tap.h"

static keel_scratch *cluster;
static const keel_diff_options in_full = {.limit = 1000, .at_once_bytes = -1};

static bool is_object(const diff_scene *s, const char *check, const char *object, const char *message)
{
    const keel_finding *finding = diff_finding(s, check, object);
    bool found = is_str(finding->message, message, "%s %s", check, object);

    if (!found)
        diff_show(s);
    return found;
}

static void refuses(diff_scene *s, keel_diff_options options, keel_error_kind kind, const char *part)
{
    bool refused = !diff_run(s, options) && s->err.kind == kind && strstr(s->err.message, part) != NULL;

    if (!ok(refused, "refused: %s", part))
        diff_show(s);
}

static void test_one_side(void)
{
    diff_scene *s = diff_open(cluster, "one_side",
                              "CREATE TABLE item (id int PRIMARY KEY, v text); INSERT INTO item VALUES (1, 'a');"
                              "CREATE VIEW seen AS SELECT * FROM item; CREATE SCHEMA app",
                              "CREATE TABLE old (id int PRIMARY KEY); CREATE TABLE moved (id int PRIMARY KEY);"
                              "ALTER TABLE item ADD gone int; ALTER TABLE item ADD odd point",
                              "CREATE TABLE new (id int PRIMARY KEY); CREATE TABLE app.moved (id int PRIMARY KEY);"
                              "ALTER TABLE item ADD fresh int; ALTER TABLE item ADD odd int");

    ok(diff_run(s, in_full), "compared");
    is_object(s, "diff.table", "public.old", "stands in the source only");
    is_object(s, "diff.table", "public.new", "stands in the target only");
    is_object(s, "diff.table", "public.moved", "stands in the source only");
    is_object(s, "diff.table", "app.moved", "stands in the target only");
    is_object(s, "diff.column", "public.item(gone)", "stands in the source only, the other columns are compared");
    is_object(s, "diff.column", "public.item(fresh)", "stands in the target only, the other columns are compared");
    is_object(s, "diff.type", "public.item(odd)", "cannot be compared: point in the source, integer in the target");
    ok(strstr(diff_finding(s, "diff.not_tables", NULL)->message, "1 views") != NULL, "a view is passed over, and that is said");
    is_int(s->result->differences, 0, "no row differs");
    is_int(keel_report_exit_code(s->report), 1, "and yet it is no pass");

    keel_diff_options both = in_full;
    both.tables = (const char *const[]){"item", NULL};
    both.ignored = (const char *const[]){"gone", "fresh", "public.item.odd", NULL};
    ok(diff_is_clean(s, both), "one table, without those columns");
    is_int((int64_t)s->result->table_count, 1, "only it is compared");
    both.tables = (const char *const[]){"itm", NULL};
    refuses(s, both, KEEL_ERR_USAGE, "the source has no table \"itm\"");
    is_str(s->err.hint, "Did you mean \"item\"?", "with the nearest name");
    both.tables = (const char *const[]){"seen", NULL};
    refuses(s, both, KEEL_ERR_USAGE, "\"seen\" is a view");
    both.tables = (const char *const[]){"item", "public.item", NULL};
    refuses(s, both, KEEL_ERR_USAGE, "named twice");
    both.tables = (const char *const[]){"item", NULL};
    both.keys = "itm=id";
    refuses(s, both, KEEL_ERR_USAGE, "table \"itm\" is not compared");
    both.keys = "item=nix";
    refuses(s, both, KEEL_ERR_USAGE, "column \"nix\" is not compared");
    both.keys = "item";
    refuses(s, both, KEEL_ERR_USAGE, "--key does not understand");
    diff_close(s);
}

/* S0-37: nothing compared is never a pass. */
static void test_nothing(void)
{
    diff_scene *s = diff_open(cluster, "nothing", NULL, NULL, "CREATE TABLE t (id int)");

    refuses(s, in_full, KEEL_ERR_DATA, "there is no table to compare");
    cluster_exec(s->source, "CREATE TABLE t (id int)");
    ok(diff_run(s, in_full), "0 rows against 0 rows");
    is_object(s, "diff.empty", "public.t", "0 rows were compared with 0 rows");
    is_int(keel_report_count_of(s->report, KEEL_WARNING) > 0, 1, "and a warning that no row was compared at all");
    cluster_exec(s->target, "INSERT INTO t VALUES (NULL)");
    ok(diff_run(s, in_full), "0 rows against one");
    is_int(diff_table(s, "public.t")->extra, 1, "which is extra");
    is_int(diff_count(s, "diff.empty"), 0, "nothing is empty on both sides");
    diff_close(s);
}

static const char v1_sql[] =
    "CREATE TABLE users (uid int PRIMARY KEY, name text, mail text, pw text, created timestamp);"
    "INSERT INTO users SELECT i, 'n' || i, 'M' || i, 'x', '2024-01-01' FROM generate_series(1, 50) i;"
    "CREATE TABLE orders (id int PRIMARY KEY, uid int, cents int);"
    "INSERT INTO orders SELECT i, i % 50 + 1, i * 100 FROM generate_series(1, 200) i;"
    "CREATE TABLE trash (id int)";
static const char v2_sql[] =
    "CREATE SCHEMA shop; CREATE TABLE accounts (id bigint PRIMARY KEY, full_name varchar(80), mail text, extra int);"
    "INSERT INTO accounts SELECT i, 'n' || i, lower('M' || i), i FROM generate_series(1, 50) i;"
    "CREATE TABLE shop.orders (id bigint PRIMARY KEY, account bigint, amount numeric(12,2), big bool);"
    "INSERT INTO shop.orders SELECT i, i % 50 + 1, i, i > 100 FROM generate_series(1, 200) i;"
    "CREATE TABLE totals (account int, orders bigint); INSERT INTO totals SELECT i, 4 FROM generate_series(1, 50) i;"
    "CREATE TABLE leftover (id int)";
static const char v1_to_v2[] =
    "tables:\n"
    "  users:\n"
    "    to: accounts\n"
    "    columns: {uid: id, name: full_name, mail: {sql: lower(mail)}, pw: skip, created: {skip: true}, extra: skip}\n"
    "  orders:\n"
    "    to: shop.orders\n"
    "    columns:\n"
    "      uid: account\n"
    "      cents: {to: amount, sql: \"cents / 100.0\"}\n"
    "      big: {sql: \"cents > 10000\"}\n"
    "  counts:\n"
    "    from: SELECT uid AS account, count(*) AS orders FROM orders GROUP BY uid\n"
    "    to: totals\n"
    "    key: account\n"
    "  trash: skip\n"
    "  leftover: skip\n";

static void test_map(void)
{
    diff_scene *s = diff_open(cluster, "map", NULL, v1_sql, v2_sql);
    keel_diff_options options = {.limit = 100, .map_file = diff_map(s, v1_to_v2)};

    for (int way = 0; way < 3; way++) {
        options.at_once_bytes = way > 0 ? -1 : 0;
        options.quick = way == 2;
        if (!ok(diff_is_clean(s, options), "a map of tables, columns, expressions and queries"))
            continue;
        is_int((int64_t)s->result->table_count, 3, "three pairs");
        is_int(diff_table(s, "counts")->rows_source, 50, "rows of a query");
        is_str(diff_table(s, "counts")->key, "account", "with a key of the map");
    }
    cluster_exec(s->target, "UPDATE accounts SET full_name = 'N7' WHERE id = 7; UPDATE shop.orders SET big = NULL WHERE id = 9;"
                            "DELETE FROM totals WHERE account = 3");
    options.quick = false;
    ok(diff_run(s, options), "compared again");
    is_object(s, "diff.different", "public.accounts(full_name)", "row 7 differs: 'n7' in the source, 'N7' in the target");
    is_object(s, "diff.different", "shop.orders(big)", "row 9 differs: 'f' in the source, NULL in the target");
    is_object(s, "diff.missing", "public.totals", "row 3 is missing in the target");
    is_int(s->result->differences, 3, "and nothing else");
    diff_close(s);
}

static void refuses_map(diff_scene *s, const char *yaml, const char *part)
{
    refuses(s, (keel_diff_options){.map_file = diff_map(s, yaml)}, KEEL_ERR_CONFIG, part);
}

static void test_wrong_maps(void)
{
    diff_scene *s = diff_open(cluster, "wrong_maps", "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE u (id int)",
                              NULL, NULL);

    refuses_map(s, "tables:\n  q: {to: t}\n", ":2:6: the source has no table \"q\"");
    refuses_map(s, "tables:\n  t: {too: t}\n", "too");
    refuses_map(s, "tables:\n  t: {to: q}\n", "the target has no table \"q\"");
    refuses_map(s, "tables:\n  t: {to: u}\n  u: {to: u}\n", "compared already");
    refuses_map(s, "tables:\n  t: {columns: {w: v}}\n", "the source has no column \"w\"");
    refuses_map(s, "tables:\n  t: {columns: {v: w}}\n", "the target has no column \"w\"");
    refuses_map(s, "tables:\n  t: {columns: {v: {sql: nix + 1}}}\n", "column \"nix\" does not exist");
    refuses_map(s, "tables:\n  t: {where: nix > 1}\n", "\"where\" in the source");
    refuses_map(s, "tables:\n  t: {key: []}\n", "\"key\" names no column");
    refuses_map(s, "tables:\n  t: {skip: perhaps}\n", "must be true or false");
    refuses_map(s, "tables:\n  t: [a]\n", "must be a map of settings");
    refuses_map(s, "table: {}\n", "table");
    refuses_map(s, "tables:\n  \"a.b.c\": skip\n", "is not a name");
    diff_close(s);
}

static void test_schemas_and_where(void)
{
    diff_scene *s = diff_open(cluster, "schemas", NULL,
                              "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 20) i",
                              "CREATE SCHEMA app; CREATE TABLE app.t (id int PRIMARY KEY, v int);"
                              "INSERT INTO app.t SELECT i, CASE WHEN i > 10 THEN -i ELSE i END FROM generate_series(1, 20) i");
    keel_diff_options options = {.map_file = diff_map(s, "schemas: {public: app}\n")};

    ok(diff_run(s, options), "a schema of another name");
    is_int(diff_table(s, "public.t")->different, 10, "is compared");
    options.map_file = diff_map(s, "schemas: {public: app}\ntables: {t: {where: t.id <= 10}}\n");
    ok(diff_is_clean(s, options), "a condition holds on both sides");
    is_int(s->result->rows, 20, "it leaves rows out");
    options.at_once_bytes = -1;
    options.jobs = 3;
    options.stream_pages = 1;
    ok(diff_is_clean(s, options), "in pieces too");
    options.quick = true;
    ok(diff_is_clean(s, options), "and by hashes of the servers");
    diff_close(s);
}

static void test_relations(void)
{
    diff_scene *s = diff_open(
        cluster, "relations",
        "CREATE TABLE parent (id int PRIMARY KEY, v int); CREATE TABLE child () INHERITS (parent);"
        "ALTER TABLE child ADD PRIMARY KEY (id);"
        "INSERT INTO parent VALUES (1, 1); INSERT INTO child VALUES (1, 2);"
        "CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY); INSERT INTO fleeting VALUES (1);"
        "CREATE TABLE made (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);"
        "INSERT INTO made VALUES (1, 4)",
        "CREATE TABLE part (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
        "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');"
        "CREATE TABLE part_2 (at date NOT NULL, id int NOT NULL, PRIMARY KEY (id, at));" /* columns in another order */
        "ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');"
        "CREATE TABLE ring (id int PRIMARY KEY) PARTITION BY HASH (id);"
        "CREATE TABLE ring_0 PARTITION OF ring FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
        "CREATE TABLE ring_1 PARTITION OF ring FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
        "INSERT INTO ring SELECT generate_series(1, 100)",
        "CREATE TABLE part (at date, id int, PRIMARY KEY (id, at));"
        "CREATE TABLE ring (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE ring_all PARTITION OF ring DEFAULT; INSERT INTO ring SELECT generate_series(1, 100);"
        "ALTER TABLE made DROP twice; ALTER TABLE made ADD twice int; UPDATE made SET twice = 8");
    static const char rows[] = "INSERT INTO part (id, at) SELECT i, '2024-01-01'::date + i FROM generate_series(1, 300) i";

    cluster_exec(s->source, rows);
    cluster_exec(s->target, rows);
    for (int way = 0; way < 3; way++) {
        keel_diff_options options = {.at_once_bytes = way > 0 ? -1 : 0, .stream_pages = way > 0 ? 1 : 0, .jobs = 3, .quick = way == 2};
        ok(diff_is_clean(s, options), "partitioned, inherited, unlogged and generated");
        is_int((int64_t)s->result->table_count, 6, "a partition is no table of its own");
        is_int(diff_table(s, "public.part")->rows_source, 300, "a partitioned table has the rows of its partitions");
        is_int(diff_table(s, "public.parent")->rows_source, 1, "a parent has its own");
    }
    cluster_exec(s->target, "DELETE FROM part WHERE id = 250; UPDATE child SET v = 3; UPDATE ring SET id = 101 WHERE id = 50;"
                            "UPDATE made SET twice = 9");
    ok(diff_run(s, in_full), "compared again");
    is_object(s, "diff.missing", "public.part", "row 250, 2024-09-07 is missing in the target");
    is_object(s, "diff.different", "public.child(v)", "row 1 differs: '2' in the source, '3' in the target");
    is_object(s, "diff.extra", "public.ring", "row 101 has no counterpart in the source");
    is_object(s, "diff.different", "public.made(twice)", "row 1 differs: '8' in the source, '9' in the target");
    is_int(s->result->differences, 5, "and nothing else");
    diff_close(s);
}

/* Whose rows stand elsewhere, or are another session's, is named and passed over; a foreign partition belongs to its table. */
static void test_elsewhere(void)
{
    diff_scene *s = diff_open(
        cluster, "elsewhere",
        "CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1); CREATE TABLE far_rows (id int, at date);"
        "CREATE VIEW seen AS SELECT * FROM item; CREATE MATERIALIZED VIEW kept AS SELECT * FROM item;"
        "CREATE EXTENSION postgres_fdw;"
        "DO $$ BEGIN EXECUTE format('CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',"
        " current_setting('unix_socket_directories'), current_setting('port'), current_database());"
        " EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user %L)', current_user); END $$;"
        "INSERT INTO far_rows VALUES (7, '2024-03-01');"
        "CREATE FOREIGN TABLE distant (id int, at date) SERVER far OPTIONS (table_name 'far_rows');"
        "CREATE TABLE logs (id int, at date) PARTITION BY RANGE (at);"
        "CREATE TABLE logs_near PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');"
        "CREATE FOREIGN TABLE logs_far PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') SERVER far"
        " OPTIONS (table_name 'far_rows'); INSERT INTO logs VALUES (8, '2025-03-01')",
        NULL, NULL);

    cluster_exec(s->source, "CREATE TEMP TABLE passing (id int PRIMARY KEY); INSERT INTO passing VALUES (1)");
    for (int way = 0; way < 3; way++) {
        keel_diff_options options = {.at_once_bytes = way > 0 ? -1 : 0, .stream_pages = way > 0 ? 1 : 0, .quick = way == 2};
        ok(diff_is_clean(s, options), "beside tables of every other kind");
        is_int((int64_t)s->result->table_count, 3, "the tables, the partitioned one as a whole");
        is_int(diff_table(s, "public.logs")->rows_source, 2, "with the rows of its foreign partition");
    }
    is_str(diff_finding(s, "diff.not_tables", NULL)->message,
           "not compared, as they are no tables: 1 foreign tables, 1 materialized views, 1 views", "the others are named");
    is_int(diff_count(s, "diff.table"), 0, "a temporary table is nobody's difference");
    cluster_exec(s->target, "UPDATE far_rows SET id = 9");
    ok(diff_run(s, in_full), "compared again");
    is_int(diff_table(s, "public.logs")->missing + diff_table(s, "public.logs")->extra, 2, "a foreign row that differs is found");
    refuses(s, (keel_diff_options){.tables = (const char *const[]){"distant", NULL}}, KEEL_ERR_USAGE, "\"distant\" is a foreign table");
    refuses(s, (keel_diff_options){.tables = (const char *const[]){"kept", NULL}}, KEEL_ERR_USAGE, "\"kept\" is a materialized view");
    refuses(s, (keel_diff_options){.tables = (const char *const[]){"passing", NULL}}, KEEL_ERR_USAGE, "the source has no table \"passing\"");
    diff_close(s);
}

#define LONG_NAME "a name of exactly sixty-three bytes, which is what may be given"

static void test_names(void)
{
    static const char *const names[] = {"select",     "Mixed Case", "qu\"ote",  "apo'stroph", "back\\slash", "dot.ted",
                                        "\xc3\xbc\xe6\xbc\xa2", "%s%n",       "a,b;c=d", "$1",         "new\nline",   LONG_NAME};
    diff_scene *s = diff_open(cluster, "names", NULL, NULL, NULL);
    keel_pg *const sides[] = {s->source, s->target};

    is_int((int64_t)strlen(LONG_NAME), 63, "the longest name there is");
    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        KEEL_CLEANUP(keel_str_free) keel_str name = {0};
        keel_pg_add_identifier(&name, names[i]);
        keel_str_addf(&sql, "CREATE SCHEMA %s; CREATE TABLE %s.%s (%s int PRIMARY KEY, v text); INSERT INTO %s.%s VALUES (1, 'a')",
                      name.data, name.data, name.data, name.data, name.data, name.data);
        for (int side = 0; side < 2; side++)
            cluster_exec(sides[side], sql.data);
    }
    for (int quick = 0; quick < 2; quick++) {
        keel_diff_options options = in_full;
        options.quick = quick != 0;
        ok(diff_is_clean(s, options), "names of every kind");
        is_int(s->result->rows, 2 * (int64_t)KEEL_COUNT_OF(names), "every row was read");
    }
    cluster_exec(s->target, "UPDATE \"qu\"\"ote\".\"qu\"\"ote\" SET v = 'b'");
    keel_diff_options one = in_full;
    one.tables = (const char *const[]){"\"qu\"\"ote\".\"qu\"\"ote\"", "\"dot.ted\"", NULL};
    ok(diff_run(s, one), "tables named with quotes");
    is_object(s, "diff.different", "qu\"ote.qu\"ote(v)", "row 1 differs: 'a' in the source, 'b' in the target");
    is_int((int64_t)s->result->table_count, 2, "the two that were named");
    diff_close(s);
}

static void test_unreadable(void)
{
    diff_scene *s = diff_open(cluster, "unreadable",
                              "CREATE TABLE free (id int PRIMARY KEY); CREATE TABLE secret (id int PRIMARY KEY);"
                              "CREATE TABLE policed (id int PRIMARY KEY); INSERT INTO policed VALUES (1), (2);"
                              "INSERT INTO free VALUES (1); ALTER TABLE policed ENABLE ROW LEVEL SECURITY;"
                              "CREATE POLICY few ON policed USING (id = 1)",
                              "CREATE ROLE reader LOGIN; GRANT SELECT ON free, policed TO reader",
                              "GRANT SELECT ON free, policed TO reader");
    char reader[CLUSTER_CONNINFO_SIZE + 32];
    keel_diff_options options = in_full;

    snprintf(reader, sizeof reader, "%s user=reader", s->conninfo[0]);
    options.source = reader;
    for (int way = 0; way < 3; way++) {
        options.at_once_bytes = way > 0 ? -1 : 0;
        options.quick = way == 2;
        ok(diff_run(s, options), "tables that may not be read do not end it");
        ok(diff_table(s, "public.free")->compared && !diff_table(s, "public.secret")->compared &&
               !diff_table(s, "public.policed")->compared,
           "the others are compared");
        is_object(s, "diff.unreadable", "public.secret", "permission denied for table secret");
        ok(strstr(diff_finding(s, "diff.unreadable", "public.policed")->message, "row-level security") != NULL,
           "rows that a policy hides are not missing: it is said");
        is_int(keel_report_exit_code(s->report), 1, "it is no pass");
    }
    options.tables = (const char *const[]){"secret", NULL};
    refuses(s, options, KEEL_ERR_DATA, "no table could be compared");
    ok(strstr(s->err.message, "permission denied for table secret") != NULL, "and the reason: %s", s->err.message);
    diff_close(s);
}

static void test_no_server(void)
{
    diff_scene *s = diff_open(cluster, "no_server", "CREATE TABLE t (id int)", NULL, NULL);

    refuses(s, (keel_diff_options){.target = "host=/nonexistent dbname=x"}, KEEL_ERR_CONNECT, "the target");
    refuses(s, (keel_diff_options){.source = "host=/nonexistent dbname=x"}, KEEL_ERR_CONNECT, "the source");
    diff_close(s);
}

static void test_many_tables(void)
{
    static const char many_sql[] =
        "DO $$ BEGIN FOR i IN 1..2000 LOOP"
        "  EXECUTE format('CREATE TABLE m%s (id int PRIMARY KEY, v text)', i);"
        "  EXECUTE format('INSERT INTO m%s VALUES (%s, ''v'')', i, i);"
        "  IF i %% 200 = 0 THEN COMMIT; END IF;"
        "END LOOP; END $$";
    diff_scene *s = diff_open(cluster, "many", NULL, NULL, NULL);
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, many_sql, "%s", "%s", "%s");
    cluster_exec(s->source, sql.data);
    cluster_exec(s->target, sql.data);
    cluster_exec(s->target, "UPDATE m1777 SET v = 'w'");
    if (!ok(diff_run(s, (keel_diff_options){.jobs = 4}), "two thousand tables, with the locks of few"))
        diff_show(s);
    is_int((int64_t)s->result->table_count, 2000, "all of them");
    is_int(s->result->differences, 1, "the one row that differs");
    is_object(s, "diff.different", "public.m1777(v)", "row 1777 differs: 'v' in the source, 'w' in the target");
    diff_close(s);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_one_side();
    test_nothing();
    test_map();
    test_wrong_maps();
    test_schemas_and_where();
    test_relations();
    test_elsewhere();
    test_names();
    test_unreadable();
    test_no_server();
    test_many_tables();
    return done_testing();
}
