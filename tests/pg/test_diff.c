/* diff: every kind of difference is found and named exactly, by each of its ways; what means the same is no
 * difference. */
#include <stdlib.h>

#include "base/json_out.h"
#include "base/memory.h"
#include "diff_scene.h"
#include "tap.h"

/* The ways that a comparison takes; small tables would otherwise only see the first. */
static const struct {
    const char *name;
    keel_diff_options options;
} ways[] = {
    {"at once", {.limit = 1000}},
    {"by sums", {.limit = 1000, .at_once_bytes = -1}},
    {"by sums, in pieces", {.limit = 1000, .at_once_bytes = -1, .stream_pages = 1, .bag_bytes = 500, .jobs = 3}},
    {"by the servers' hashes", {.limit = 1000, .at_once_bytes = -1, .quick = true}},
    {"by the servers' hashes, in pieces", {.limit = 1000, .at_once_bytes = -1, .quick = true, .stream_pages = 1, .jobs = 3}},
};

static keel_scratch *cluster;

static const char types_sql[] =
    "CREATE TYPE mood AS ENUM ('sad', 'glad');"
    "CREATE TYPE pair AS (n numeric, t text);"
    "CREATE DOMAIN percent AS numeric CHECK (VALUE <= 100);"
    "CREATE DOMAIN word AS text;";

typedef struct kind {
    const char *name, *type;
    const char *source, *target; /* as SQL */
    const char *shown[2];        /* in the finding; NULL = NULL */
} kind;

static const kind kinds[] = {
    {"int", "int", "1", "2", {"1", "2"}},
    {"smallint", "smallint", "-1", "1", {"-1", "1"}},
    {"bigint", "bigint", "9007199254740993", "9007199254740992", {"9007199254740993", "9007199254740992"}},
    {"bool", "bool", "true", "false", {"t", "f"}},
    {"bool_null", "bool", "false", "NULL", {"f", NULL}},
    {"text_case", "text", "'a'", "'A'", {"a", "A"}},
    {"text_null", "text", "NULL", "''", {NULL, ""}},
    {"text_empty", "text", "''", "NULL", {"", NULL}},
    {"text_blank", "text", "'a'", "'a '", {"a", "a "}},
    {"text_form", "text", "U&'\\00e9'", "U&'e\\0301'", {"\xc3\xa9", "e\xcc\x81"}},
    {"varchar", "varchar(9)", "'ab'", "'ba'", {"ab", "ba"}},
    {"char", "char(5)", "'ab'", "'ac'", {"ab   ", "ac   "}},
    {"bytea", "bytea", "'\\x00'", "'\\x0000'", {"\\x00", "\\x0000"}},
    {"float8", "float8", "0.1", "0.1000000000000001", {"0.1", "0.1000000000000001"}},
    {"float8_nan", "float8", "'NaN'", "1", {"NaN", "1"}},
    {"float8_infinity", "float8", "'Infinity'", "'-Infinity'", {"Infinity", "-Infinity"}},
    {"float4", "float4", "1.5", "1.5000001", {"1.5", "1.5000001"}},
    {"numeric", "numeric", "1.5", "1.50000000000000000000000001", {"1.5", "1.50000000000000000000000001"}},
    {"numeric_nan", "numeric", "'NaN'", "0", {"NaN", "0"}},
    {"numeric_zero", "numeric(8,2)", "0", "NULL", {"0.00", NULL}},
    {"date", "date", "'2024-02-29'", "'2024-03-01'", {"2024-02-29", "2024-03-01"}},
    {"date_infinity", "date", "'infinity'", "'-infinity'", {"infinity", "-infinity"}},
    {"time", "time", "'12:00'", "'12:00:00.000001'", {"12:00:00", "12:00:00.000001"}},
    {"timetz", "timetz", "'12:00+01'", "'12:00+02'", {"12:00:00+01", "12:00:00+02"}},
    {"timestamp", "timestamp", "'2024-01-01 00:00:00.000001'", "'2024-01-01'",
     {"2024-01-01 00:00:00.000001", "2024-01-01 00:00:00"}},
    {"timestamp_infinity", "timestamp", "'infinity'", "'-infinity'", {"infinity", "-infinity"}},
    {"timestamptz", "timestamptz", "'2024-01-01 00:00+01'", "'2024-01-01 00:00+02'",
     {"2023-12-31 23:00:00+00", "2023-12-31 22:00:00+00"}},
    {"interval", "interval", "'1 day'", "'24 hours'", {"1 day", "24:00:00"}},
    {"uuid", "uuid", "'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'",
     {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"}},
    {"json_text", "json", "'{\"a\": 1}'", "'{\"a\":1}'", {"{\"a\": 1}", "{\"a\":1}"}},
    {"jsonb_value", "jsonb", "'{\"a\": 1}'", "'{\"a\": \"1\"}'", {"{\"a\": 1}", "{\"a\": \"1\"}"}},
    {"jsonb_number", "jsonb", "'[1]'", "'[1.00000000000000000001]'", {"[1]", "[1.00000000000000000001]"}},
    {"jsonb_null", "jsonb", "'{\"a\": null}'", "'{}'", {"{\"a\": null}", "{}"}},
    {"jsonb_order", "jsonb", "'[1, 2]'", "'[2, 1]'", {"[1, 2]", "[2, 1]"}},
    {"jsonb_sql_null", "jsonb", "'null'", "NULL", {"null", NULL}},
    {"int_array", "int[]", "'{1,2,3}'", "'{1,2,4}'", {"{1,2,3}", "{1,2,4}"}},
    {"text_array", "text[]", "'{NULL}'", "'{\"NULL\"}'", {"{NULL}", "{\"NULL\"}"}},
    {"array_length", "int[]", "'{1}'", "'{1,1}'", {"{1}", "{1,1}"}},
    {"range", "int4range", "'[1,5)'", "'[1,6)'", {"[1,5)", "[1,6)"}},
    {"range_bound", "numrange", "'[1,5)'", "'[1,5]'", {"[1,5)", "[1,5]"}},
    {"composite", "pair", "'(1,a)'", "'(2,a)'", {"(1,a)", "(2,a)"}},
    {"enum", "mood", "'sad'", "'glad'", {"sad", "glad"}},
    {"domain", "percent", "99.5", "99.4", {"99.5", "99.4"}},
    {"enum_array", "mood[]", "'{sad}'", "'{glad}'", {"{sad}", "{glad}"}},
    {"inet", "inet", "'10.0.0.1/8'", "'10.0.0.1'", {"10.0.0.1/8", "10.0.0.1"}},
    {"cidr", "cidr", "'10.0.0.0/8'", "'10.0.0.0/9'", {"10.0.0.0/8", "10.0.0.0/9"}},
    {"point", "point", "'(1,2)'", "'(1,3)'", {"(1,2)", "(1,3)"}},
    {"bit", "varbit", "B'101'", "B'1010'", {"101", "1010"}},
    {"tsvector", "tsvector", "'a b'", "'a c'", {"'a' 'b'", "'a' 'c'"}},
    {"money", "money", "'1.50'", "'1.51'", {"$1.50", "$1.51"}},
};

/* Twenty rows of one value; row 7 of the target has the other. */
static void make_kind(const diff_scene *s, const kind *k)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "CREATE TABLE k_%s (id int PRIMARY KEY, v %s); INSERT INTO k_%s SELECT i, %s FROM generate_series(1, 20) i;",
                  k->name, k->type, k->name, k->source);
    cluster_exec(s->source, sql.data);
    keel_str_addf(&sql, "UPDATE k_%s SET v = %s WHERE id = 7", k->name, k->target);
    cluster_exec(s->target, sql.data);
}

static void check_kind(const diff_scene *s, const kind *k)
{
    KEEL_CLEANUP(keel_str_free) keel_str wanted = {0};
    char table[64], object[72];
    keel_json json;

    snprintf(table, sizeof table, "public.k_%s", k->name);
    snprintf(object, sizeof object, "%s(v)", table);
    keel_json_start(&json, &wanted, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", table);
    keel_json_kv_text(&json, "key", "7");
    keel_json_kv_text(&json, "column", "v");
    keel_json_kv_text(&json, "source", k->shown[0]);
    keel_json_kv_text(&json, "target", k->shown[1]);
    keel_json_end_object(&json);
    is_str(diff_finding(s, "diff.different", object)->evidence, wanted.data, "%s", k->name);
}

static void test_kinds(void)
{
    diff_scene *s = diff_open(cluster, "kinds", types_sql, NULL, NULL);
    int64_t count = (int64_t)KEEL_COUNT_OF(kinds);

    for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
        make_kind(s, &kinds[i]);
    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++) {
        printf("# %s\n", ways[way].name);
        if (!ok(diff_run(s, ways[way].options), "%s: compared", ways[way].name)) {
            diff_show(s);
            continue;
        }
        for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
            check_kind(s, &kinds[i]);
        is_int(s->result->differences, count, "%s: one row of each table, and no other", ways[way].name);
        is_int(diff_count(s, "diff.different"), count, "%s: a finding for each", ways[way].name);
        is_int(s->result->rows, 40 * count, "%s: every row was read", ways[way].name);
        is_int(keel_report_exit_code(s->report), 1, "%s: exit code 1", ways[way].name);
    }
    diff_close(s);
}

typedef struct likeness {
    const char *name;
    const char *types[2];
    const char *values[2];
} likeness;

static const likeness likenesses[] = {
    {"numeric_scale", {"numeric", "numeric"}, {"1.0", "1.00"}},
    {"numeric_types", {"numeric(10,2)", "numeric(12,4)"}, {"1.50", "1.5000"}},
    {"numeric_infinity", {"numeric", "numeric"}, {"'Infinity'", "'Infinity'"}},
    {"float_zero", {"float8", "float8"}, {"'-0'", "0"}},
    {"float4_zero", {"float4", "float4"}, {"'-0'", "0"}},
    {"float_nan", {"float8", "float8"}, {"'NaN'", "'Infinity'::float8 - 'Infinity'::float8"}},
    {"float_widths", {"float4", "float8"}, {"0.5", "0.5"}},
    {"int_widths", {"smallint", "bigint"}, {"-7", "-7"}},
    {"int_numeric", {"int", "numeric(12,3)"}, {"42", "42"}},
    {"float_numeric", {"float8", "numeric(20,2)"}, {"12345.67", "12345.67"}},
    {"char_widths", {"char(3)", "char(8)"}, {"'ab'", "'ab'"}},
    {"char_text", {"char(4)", "text"}, {"'ab'", "'ab'"}},
    {"varchar_text", {"varchar(5)", "text"}, {"'ab '", "'ab '"}},
    {"name_text", {"name", "text"}, {"'ab'", "'ab'"}},
    {"jsonb_keys", {"jsonb", "jsonb"}, {"'{\"b\":2, \"a\":1}'", "'{\"a\":1,\"b\":2}'"}},
    {"jsonb_numbers", {"jsonb", "jsonb"}, {"'[1.0, 1e2]'", "'[1.00, 100]'"}},
    {"json_jsonb", {"json", "jsonb"}, {"'{\"b\": [1 , 2], \"a\":1}'", "'{\"a\":1,\"b\":[1,2]}'"}},
    {"date_timestamp", {"date", "timestamp"}, {"'2024-02-29'", "'2024-02-29'"}},
    {"timestamps", {"timestamp", "timestamptz"}, {"'2024-02-29 12:00'", "'2024-02-29 13:00+01'"}},
    {"infinities", {"date", "timestamptz"}, {"'infinity'", "'infinity'"}},
    {"uuid_text", {"uuid", "text"}, {"'00000000-0000-0000-0000-00000000000a'", "'00000000-0000-0000-0000-00000000000a'"}},
    {"enum_text", {"mood", "text"}, {"'sad'", "'sad'"}},
    {"enum", {"mood", "mood"}, {"'sad'", "'sad'"}},
    {"domain_base", {"percent", "numeric(5,3)"}, {"99.5", "99.5"}},
    {"domain_text", {"word", "varchar(9)"}, {"'x'", "'x'"}},
    {"inet_cidr", {"inet", "cidr"}, {"'10.0.0.0/8'", "'10.0.0.0/8'"}},
    {"numeric_array", {"numeric[]", "numeric(8,4)[]"}, {"'{1.0,2}'", "'{1,2.000}'"}},
    {"float_array", {"float8[]", "float8[]"}, {"'{-0}'", "'{0}'"}},
    {"int_arrays", {"int[]", "bigint[]"}, {"'{{1,2},{3,4}}'", "'{{1,2},{3,4}}'"}},
    {"enum_array", {"mood[]", "mood[]"}, {"'{sad,glad}'", "'{sad,glad}'"}},
    {"enum_text_array", {"mood[]", "text[]"}, {"'{sad,NULL}'", "'{sad,NULL}'"}},
    {"domain_array", {"percent[]", "numeric[]"}, {"'{1.5}'", "'{1.50}'"}},
    {"composite", {"pair", "pair"}, {"'(1.0,a)'", "'(1.00,a)'"}},
    {"composite_array", {"pair[]", "pair[]"}, {"'{\"(1.0,a)\"}'", "'{\"(1.00,a)\"}'"}},
    {"range_numbers", {"numrange", "numrange"}, {"'[1.0,2)'", "'[1.00,2.0)'"}},
    {"range_bounds", {"int4range", "int4range"}, {"'[1,4]'", "'[1,5)'"}},
    {"multirange", {"int4multirange", "int4multirange"}, {"'{[1,3),[3,5)}'", "'{[1,5)}'"}},
    {"xml", {"xml", "xml"}, {"'<a/>'", "'<a/>'"}},
    {"nulls", {"jsonb", "json"}, {"NULL", "NULL"}},
    {"bytea", {"bytea", "bytea"}, {"'\\xdead'", "E'\\\\336\\\\255'::bytea"}},
};

static void make_likeness(const diff_scene *s, const likeness *l)
{
    keel_pg *const sides[] = {s->source, s->target};

    for (int i = 0; i < 2; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        keel_str_addf(&sql,
                      "CREATE TABLE l_%s (id int PRIMARY KEY, v %s); INSERT INTO l_%s SELECT i, %s FROM generate_series(1, 9) i;",
                      l->name, l->types[i], l->name, l->values[i]);
        cluster_exec(sides[i], sql.data);
    }
}

static void test_likenesses(void)
{
    diff_scene *s = diff_open(cluster, "likenesses", types_sql, NULL, NULL);

    cluster_exec(s->source, "CREATE TYPE apart AS ENUM ('x')"); /* oids of later types differ */
    for (size_t i = 0; i < KEEL_COUNT_OF(likenesses); i++)
        make_likeness(s, &likenesses[i]);
    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++) {
        ok(diff_is_clean(s, ways[way].options), "%s: no difference", ways[way].name);
        is_int(s->result != NULL ? (int64_t)s->result->table_count : 0, (int64_t)KEEL_COUNT_OF(likenesses),
               "%s: of all tables", ways[way].name);
    }
    diff_close(s);
}

static const char keys_sql[] =
    "CREATE TABLE k_int (id bigint PRIMARY KEY, v text);"
    "INSERT INTO k_int SELECT i, 'v' || i FROM generate_series(1, 3000) i;"
    "CREATE TABLE k_wide (id bigint PRIMARY KEY, v text);"
    "INSERT INTO k_wide SELECT i, 'v' FROM unnest('{-9223372036854775808,-5,0,5,9223372036854775807}'::bigint[]) i;"
    "CREATE TABLE k_small (id smallint PRIMARY KEY, v int);"
    "INSERT INTO k_small SELECT i, i FROM generate_series(-30, 30) i;"
    "CREATE TABLE k_uuid (id uuid PRIMARY KEY, v int);"
    "INSERT INTO k_uuid SELECT md5(i::text)::uuid, i FROM generate_series(1, 900) i;"
    "CREATE TABLE k_two (a text, b int, v text, PRIMARY KEY (b, a));"
    "INSERT INTO k_two SELECT 'a' || i % 30, i, 'v' || i FROM generate_series(1, 900) i;"
    "CREATE TABLE k_number (id numeric PRIMARY KEY, v text);"
    "INSERT INTO k_number SELECT i / 4.0, 'v' FROM generate_series(1, 200) i;"
    "CREATE TABLE k_unique (id int NOT NULL UNIQUE, v text);"
    "INSERT INTO k_unique SELECT i, 'v' FROM generate_series(1, 200) i;"
    "CREATE TABLE k_loose (id int UNIQUE, v text);"
    "INSERT INTO k_loose SELECT CASE WHEN i > 3 THEN i END, 'v' FROM generate_series(1, 200) i;";

static const char keys_changes_sql[] =
    "DELETE FROM k_int WHERE id IN (1, 1500, 3000);"
    "INSERT INTO k_int VALUES (-5, 'low'), (0, 'below'), (9000, 'high');"
    "UPDATE k_int SET v = 'changed' WHERE id = 2;"
    "DELETE FROM k_wide WHERE id = 9223372036854775807; UPDATE k_wide SET v = 'w' WHERE id < -5;"
    "UPDATE k_small SET id = 31 WHERE id = -30;"
    "UPDATE k_uuid SET v = -1 WHERE v = 77; DELETE FROM k_uuid WHERE v = 78;"
    "UPDATE k_two SET v = 'x' WHERE a = 'a7' AND b = 37; UPDATE k_two SET a = 'moved' WHERE b = 40;"
    "UPDATE k_number SET id = 1.000 WHERE id = 1; UPDATE k_number SET v = 'w' WHERE id = 2.5;"
    "UPDATE k_unique SET v = 'w' WHERE id = 3;"
    "DELETE FROM k_loose WHERE ctid = '(0,1)'; UPDATE k_loose SET v = 'w' WHERE id = 50;";

static void is_counts(const diff_scene *s, const char *table, int64_t missing, int64_t extra, int64_t different)
{
    const keel_diff_table *t = diff_table(s, table);

    ok(t->compared && t->missing == missing && t->extra == extra && t->different == different,
       "%s: %lld missing, %lld extra, %lld different", table, (long long)t->missing, (long long)t->extra,
       (long long)t->different);
}

static void has_row(const diff_scene *s, const char *check, const char *message)
{
    bool found = false;

    for (size_t i = 0; i < keel_report_count(s->report); i++) {
        const keel_finding *finding = keel_report_at(s->report, i);
        found = found || (strcmp(finding->check, check) == 0 && strcmp(finding->message, message) == 0);
    }
    if (!ok(found, "%s: %s", check, message))
        diff_show(s);
}

static void test_keys(void)
{
    diff_scene *s = diff_open(cluster, "keys", keys_sql, NULL, keys_changes_sql);

    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++) {
        printf("# %s\n", ways[way].name);
        if (!ok(diff_run(s, ways[way].options), "%s: compared", ways[way].name))
            diff_show(s);
        is_counts(s, "public.k_int", 3, 3, 1);
        has_row(s, "diff.missing", "row 1 is missing in the target");
        has_row(s, "diff.missing", "row 1500 is missing in the target");
        has_row(s, "diff.missing", "row 3000 is missing in the target");
        has_row(s, "diff.extra", "row -5 has no counterpart in the source");
        has_row(s, "diff.extra", "row 0 has no counterpart in the source");
        has_row(s, "diff.extra", "row 9000 has no counterpart in the source");
        is_counts(s, "public.k_wide", 1, 0, 1);
        has_row(s, "diff.missing", "row 9223372036854775807 is missing in the target");
        has_row(s, "diff.different", "row -9223372036854775808 differs: 'v' in the source, 'w' in the target");
        is_counts(s, "public.k_small", 1, 1, 0);
        is_counts(s, "public.k_uuid", 1, 0, 1);
        has_row(s, "diff.missing", "row 35f4a8d4-65e6-e1ed-c05f-3d8ab658c551 is missing in the target");
        is_counts(s, "public.k_two", 1, 1, 1);
        has_row(s, "diff.different", "row 37, a7 differs: 'v37' in the source, 'x' in the target");
        has_row(s, "diff.extra", "row 40, moved has no counterpart in the source");
        is_counts(s, "public.k_number", 0, 0, 1);
        is_counts(s, "public.k_unique", 0, 0, 1);
        is_str(diff_table(s, "public.k_unique")->key, "id", "a unique NOT NULL column is a key");
        is_str(diff_table(s, "public.k_loose")->key, NULL, "a unique column that may be NULL is none");
        is_counts(s, "public.k_loose", 2, 1, 0);
        has_row(s, "diff.missing", "row NULL, v stands 3 times in the source, 2 times in the target");
    }
    diff_close(s);
}

/* Orders differ, bytes do not; and the other way round. */
static void test_collations(void)
{
    diff_scene *s = diff_open(cluster, "collations", NULL,
                              "CREATE TABLE word (w text COLLATE \"C\" PRIMARY KEY, n int)",
                              "CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');"
                              "CREATE TABLE word (w text COLLATE german PRIMARY KEY, n int)");
    static const char rows[] = "INSERT INTO word SELECT w || i, i FROM generate_series(1, 50) i,"
                               " unnest('{a,A,ae,\xc3\xa4,z,Z,_,-,\"\",\"\xc3\x9f\",ss}'::text[]) w";

    cluster_exec(s->source, rows);
    cluster_exec(s->target, rows);
    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++)
        ok(diff_is_clean(s, ways[way].options), "%s: no difference", ways[way].name);
    cluster_exec(s->target, "DELETE FROM word WHERE w = '\xc3\xa4" "5'; UPDATE word SET n = 0 WHERE w = 'Z7'");
    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++) {
        ok(diff_run(s, ways[way].options), "%s: compared", ways[way].name);
        is_counts(s, "public.word", 1, 0, 1);
        has_row(s, "diff.missing", "row \xc3\xa4" "5 is missing in the target");
        has_row(s, "diff.different", "row Z7 differs: '7' in the source, '0' in the target");
    }
    diff_close(s);
}

static void test_no_key(void)
{
    diff_scene *s = diff_open(cluster, "no_key",
                              "CREATE TABLE event (device int, at date, value numeric);"
                              "INSERT INTO event SELECT i % 5, '2024-01-01', 1.0 FROM generate_series(1, 100) i;"
                              "INSERT INTO event VALUES (9, NULL, 2), (9, NULL, 2), (9, NULL, 2), (8, NULL, NULL);"
                              "CREATE TABLE nothing ()",
                              NULL,
                              "DELETE FROM event WHERE ctid = (SELECT min(ctid) FROM event WHERE device = 9);"
                              "UPDATE event SET value = 1.00 WHERE device = 1;"
                              "UPDATE event SET value = 3 WHERE device = 8;"
                              "INSERT INTO event VALUES (7, '2024-05-05', 7)");

    for (size_t way = 0; way < KEEL_COUNT_OF(ways); way++) {
        if (!ok(diff_run(s, ways[way].options), "%s: compared", ways[way].name))
            diff_show(s);
        is_counts(s, "public.event", 2, 2, 0);
        is_str(diff_table(s, "public.event")->key, NULL, "no key");
        is_int(diff_count(s, "diff.no_key"), 2, "and that is said");
        has_row(s, "diff.missing", "row 9, NULL, 2 stands 3 times in the source, 2 times in the target");
        has_row(s, "diff.missing", "row 8, NULL, NULL is missing in the target");
        has_row(s, "diff.extra", "row 8, NULL, 3 has no counterpart in the source");
        has_row(s, "diff.extra", "row 7, 2024-05-05, 7 has no counterpart in the source");
        is_str(diff_finding(s, "diff.missing", "public.event")->evidence != NULL ? "evidence" : NULL, "evidence",
               "with evidence");
    }
    keel_diff_options keyed = ways[1].options;
    keyed.keys = "event=device";
    ok(diff_run(s, keyed), "with a key that is not unique");
    is_counts(s, "public.event", 1, 1, 1);
    is_int(diff_count(s, "diff.key"), 1, "which is said");
    diff_close(s);
}

int main(void)
{
    cluster = cluster_start(NULL);
    test_kinds();
    test_likenesses();
    test_keys();
    test_collations();
    test_no_key();
    return done_testing();
}
