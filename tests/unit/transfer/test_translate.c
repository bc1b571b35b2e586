/* Every rule of the translation both ways: what is carried, and what next to it is not. */
#include "sqlite/ddl.h"
#include "tap.h"
#include "transfer/translate.h"

static const char *const moods[] = {"sad", "ok"};

static const keel_pg_type types[] = {
    [KEEL_PG_BOOL] = {.name = "boolean", .kind = KEEL_PG_BOOL},
    [KEEL_PG_INT2] = {.name = "smallint", .kind = KEEL_PG_INT2},
    [KEEL_PG_INT4] = {.name = "integer", .kind = KEEL_PG_INT4},
    [KEEL_PG_INT8] = {.name = "bigint", .kind = KEEL_PG_INT8},
    [KEEL_PG_FLOAT4] = {.name = "real", .kind = KEEL_PG_FLOAT4},
    [KEEL_PG_FLOAT8] = {.name = "double precision", .kind = KEEL_PG_FLOAT8},
    [KEEL_PG_NUMERIC] = {.name = "numeric(10,2)",
                         .kind = KEEL_PG_NUMERIC,
                         .precision = 10,
                         .scale = 2},
    [KEEL_PG_TEXT] = {.name = "text", .kind = KEEL_PG_TEXT},
    [KEEL_PG_VARCHAR] = {.name = "character varying(10)", .kind = KEEL_PG_VARCHAR, .length = 10},
    [KEEL_PG_CHAR] = {.name = "character(10)", .kind = KEEL_PG_CHAR, .length = 10},
    [KEEL_PG_BYTEA] = {.name = "bytea", .kind = KEEL_PG_BYTEA},
    [KEEL_PG_DATE] = {.name = "date", .kind = KEEL_PG_DATE},
    [KEEL_PG_TIME] = {.name = "time without time zone", .kind = KEEL_PG_TIME},
    [KEEL_PG_TIMESTAMP] = {.name = "timestamp without time zone", .kind = KEEL_PG_TIMESTAMP},
    [KEEL_PG_TIMESTAMPTZ] = {.name = "timestamp with time zone", .kind = KEEL_PG_TIMESTAMPTZ},
    [KEEL_PG_UUID] = {.name = "uuid", .kind = KEEL_PG_UUID},
    [KEEL_PG_JSONB] = {.name = "jsonb", .kind = KEEL_PG_JSONB},
    [KEEL_PG_ENUM] = {.name = "mood", .kind = KEEL_PG_ENUM, .labels = moods, .label_count = 2},
    [KEEL_PG_OTHER] = {.name = "point", .kind = KEEL_PG_OTHER},
};

#define COLUMN(name, kind, affinity, collation)                                                    \
    {                                                                                              \
        name, name, &types[KEEL_PG_##kind], KEEL_AFFINITY_##affinity, collation                    \
    }

static const keel_translate_column columns[] = {
    COLUMN("n", INT8, INTEGER, "BINARY"),
    COLUMN("i", INT4, INTEGER, "BINARY"),
    COLUMN("s", TEXT, TEXT, "BINARY"),
    COLUMN("v", VARCHAR, TEXT, "BINARY"),
    COLUMN("c", CHAR, TEXT, "BINARY"),
    COLUMN("nc", TEXT, TEXT, "NOCASE"),
    COLUMN("rt", TEXT, TEXT, "RTRIM"),
    COLUMN("flag", BOOL, NUMERIC, "BINARY"),
    COLUMN("r", FLOAT8, REAL, "BINARY"),
    COLUMN("f", FLOAT4, REAL, "BINARY"),
    COLUMN("d", NUMERIC, NUMERIC, "BINARY"),
    COLUMN("b", BYTEA, BLOB, "BINARY"),
    COLUMN("day", DATE, TEXT, "BINARY"),
    COLUMN("ts", TIMESTAMPTZ, TEXT, "BINARY"),
    COLUMN("j", JSONB, TEXT, "BINARY"),
    COLUMN("m", ENUM, TEXT, "BINARY"),
    COLUMN("loose", TEXT, NUMERIC, "BINARY"),
    COLUMN("odd", INT8, TEXT, "BINARY"),
    {"Order", "order no", &types[KEEL_PG_INT8], KEEL_AFFINITY_INTEGER, "BINARY"},
};

/* sql: what it becomes; "" implied; NULL differs, and `note` is part of the reason. */
typedef struct example {
    const char *expression;
    const char *sql, *note;
} example;

static const example checks[] = {
    /* comparisons of numbers */
    {"n > 0", "\"n\" > 0", NULL},
    {"n == 5 OR n != -1", "(\"n\" = 5) OR (\"n\" <> (-1))", NULL},
    {"order >= 1", NULL, "cannot be read"},
    {"[order] >= 1", "\"order no\" >= 1", NULL},
    {"d >= 0.5 AND r < 1e3", "(\"d\" >= 0.5) AND (\"r\" < 1e3)", NULL},
    {"f > 0.1", NULL, "\"f\" compares otherwise"},
    {"odd > 5", NULL, "\"odd\" compares otherwise"},
    {"odd IS NOT NULL", "\"odd\" IS NOT NULL", NULL},
    {"n = 'x'", NULL, "an integer is compared with text"},
    {"s = 5", NULL, "text is compared with an integer"},
    {"n = NULL", NULL, "comparison with NULL"},
    {"n IS 5", "\"n\" IS NOT DISTINCT FROM 5", NULL},
    {"n IS NOT i", "\"n\" IS DISTINCT FROM \"i\"", NULL},
    {"n IN (1, 2, 3)", "\"n\" IN (1, 2, 3)", NULL},
    {"n NOT IN (1, 2)", "\"n\" NOT IN (1, 2)", NULL},
    {"n IN (1, 'x')", NULL, "an integer is compared with text"},
    {"n IN ()", NULL, "empty IN list"},
    {"n BETWEEN 1 AND 10", "\"n\" BETWEEN 1 AND 10", NULL},
    {"n NOT BETWEEN i AND 10", "\"n\" NOT BETWEEN \"i\" AND 10", NULL},
    {"nowhere > 1", NULL, "\"nowhere\" is no column"},
    /* text */
    {"s = 'it''s'", "\"s\" = 'it''s'", NULL},
    {"s = 'back\\slash'", "\"s\" = E'back\\\\slash'", NULL},
    {"s = \"on\"", "\"s\" = 'on'", "\"on\" names no column"},
    {"s < 'm'", "\"s\" COLLATE \"C\" < 'm'", "ordered by its bytes"},
    {"'m' < s", "'m' < \"s\" COLLATE \"C\"", "ordered by its bytes"},
    {"s BETWEEN 'a' AND 'f'", "\"s\" COLLATE \"C\" >= 'a' AND \"s\" COLLATE \"C\" <= 'f'",
     "ordered"},
    {"s IN ('a', 'b')", "\"s\" IN ('a', 'b')", NULL},
    {"nc = 'A'", "lower(\"nc\" COLLATE \"C\") = lower('A' COLLATE \"C\")", "NOCASE"},
    {"s = 'A' COLLATE NOCASE", "lower(\"s\" COLLATE \"C\") = lower('A' COLLATE \"C\")", "NOCASE"},
    {"nc = 'A' COLLATE BINARY", "\"nc\" = 'A'", NULL},
    {"nc IN ('A', 'b')",
     "((lower(\"nc\" COLLATE \"C\") = lower('A' COLLATE \"C\")) OR "
     "(lower(\"nc\" COLLATE \"C\") = lower('b' COLLATE \"C\")))",
     "NOCASE"},
    {"rt = 'a'", NULL, "COLLATE RTRIM"},
    {"s = 'a' COLLATE unicode", NULL, "COLLATE unicode"},
    {"c = 'a'", NULL, "\"c\" compares otherwise"},
    {"loose IN ('a', 'b')", "\"loose\" IN ('a', 'b')", NULL},
    {"loose IN ('a', '5')", NULL, "without TEXT affinity"},
    {"loose < 'b'", NULL, "without TEXT affinity"},
    {"s", NULL, "text is used as a condition"},
    /* booleans */
    {"flag = 1", "\"flag\"", NULL},
    {"flag <> 1", "NOT \"flag\"", NULL},
    {"flag = 0", "NOT \"flag\"", NULL},
    {"0 = flag", "NOT \"flag\"", NULL},
    {"flag IS TRUE", "\"flag\" IS TRUE", NULL},
    {"flag IS NOT 1", "\"flag\" IS NOT TRUE", NULL},
    {"flag = FALSE", "NOT \"flag\"", NULL},
    {"flag = 2", NULL, "a boolean is compared with"},
    {"flag > 0", NULL, "a boolean is compared with >"},
    {"flag", "\"flag\"", NULL},
    {"NOT flag", "NOT \"flag\"", NULL},
    {"n", "\"n\" <> 0", NULL},
    {"n AND NOT i", "(\"n\" <> 0) AND (NOT (\"i\" <> 0))", NULL},
    {"n IS TRUE", "(\"n\" <> 0) IS TRUE", NULL},
    {"1", "true", NULL},
    {"(n IS NULL) <> (s IS NULL)", "(\"n\" IS NULL) <> (\"s\" IS NULL)", NULL},
    {"(n IS NULL) + flag = 1", "((\"n\" IS NULL)::integer::bigint + \"flag\"::integer) = 1", NULL},
    /* implied */
    {"flag IN (0, 1)", "", NULL},
    {"flag IN (1, 0, 2)", "", NULL},
    {"flag IN (1)", "(\"flag\")", NULL},
    {"flag BETWEEN 0 AND 1", "", NULL},
    {"json_valid(j)", "", "json_valid(NULL)"},
    {"json_valid(j) = 1", "", "json_valid(NULL)"},
    {"json_valid(s)", NULL, "json_valid()"},
    {"j IS NULL OR json_valid(j)", "", "json_valid(NULL)"},
    {"json_valid(j) AND n > 0", "\"n\" > 0", "json_valid(NULL)"},
    {"NOT json_valid(j)", NULL, "json_valid()"},
    {"length(v) <= 10", "", NULL},
    {"length(v) < 11", "", NULL},
    {"length(v) <= 9", "char_length(\"v\") <= 9", NULL},
    {"length(s) <= 10", "char_length(\"s\") <= 10", NULL},
    {"m IN ('ok', 'sad', 'x')", "", NULL},
    {"m IN ('ok')", "\"m\" IN ('ok')", NULL},
    {"m = 'glad'", NULL, "no label of mood"},
    {"m < 'ok'", NULL, "an enum"},
    {"typeof(n) IN ('integer', 'null')", "", NULL},
    {"typeof(n) = 'integer'", "\"n\" IS NOT NULL", NULL},
    {"typeof(d) = 'integer'", NULL, "typeof()"},
    {"typeof(d) IN ('integer', 'real')", "\"d\" IS NOT NULL", NULL},
    {"typeof(r) = 'real'", "\"r\" IS NOT NULL", NULL},
    {"typeof(s) = 'null'", "\"s\" IS NULL", NULL},
    {"typeof(n) = 'text'", NULL, "typeof()"},
    /* arithmetic */
    {"n + i * 2 > 0", "(\"n\" + (\"i\"::bigint * 2)) > 0", NULL},
    {"-n < 0", "(-\"n\") < 0", NULL},
    {"n - -1 > 0", "(\"n\" - (-1)) > 0", NULL},
    {"n / 2 = 1", "(\"n\" / 2) = 1", NULL},
    {"n % 7 = 0", "(\"n\" % 7) = 0", NULL},
    {"n / 0 = 1", NULL, "division by zero"},
    {"n / i = 1", NULL, "division by zero"},
    {"r / 2 > 1", "(\"r\" / 2::double precision) > 1", NULL},
    {"d / 2 > 1", NULL, "integer division"},
    {"d * n > 1.5", "(\"d\"::double precision * \"n\"::double precision) > 1.5",
     "double precision"},
    {"n & 4", "(\"n\" & 4) <> 0", NULL},
    {"~n = 0", "(~\"n\") = 0", NULL},
    {"n << 2 = 4", NULL, "<< is not carried"},
    {"r % 2 = 0", NULL, "not integers"},
    {"s + 1 > 0", NULL, "arithmetic on text"},
    {"s || v = 'ab'", "(\"s\" || \"v\") = 'ab'", NULL},
    {"s || n = 'a1'", "(\"s\" || \"n\"::text) = 'a1'", NULL},
    {"s || r = 'a1'", NULL, "|| on a number"},
    /* functions */
    {"coalesce(n, 0) > 0", "COALESCE(\"n\", 0) > 0", NULL},
    {"ifnull(s, '') <> ''", "COALESCE(\"s\", '') <> ''", NULL},
    {"coalesce(flag, 0) = 1", "COALESCE(\"flag\", false)", NULL},
    {"coalesce(s, 0) > 0", NULL, "a choice between text and an integer"},
    {"nullif(s, '') IS NOT NULL", "NULLIF(\"s\", '') IS NOT NULL", NULL},
    {"nullif(nc, '') IS NULL", NULL, "nullif() by COLLATE NOCASE"},
    {"abs(n) < 5", "abs(\"n\") < 5", NULL},
    {"abs(s) < 5", NULL, "abs() on something else"},
    {"lower(s) = s", "lower(\"s\" COLLATE \"C\") = \"s\"", "lower() folds ASCII only"},
    {"upper(s) = 'A'", "upper(\"s\" COLLATE \"C\") = 'A'", "upper() folds ASCII only"},
    {"lower(n) = '1'", NULL, "lower() on something else"},
    {"trim(s) = s", "btrim(\"s\") = \"s\"", NULL},
    {"trim(s, 'x') = s", NULL, "trim()"},
    {"substr(s, 1, 2) = 'ab'", "substr(\"s\", 1, 2) = 'ab'", NULL},
    {"substr(s, -1) = 'b'", NULL, "not a positive constant"},
    {"substr(s, 0, 2) = 'b'", NULL, "not a positive constant"},
    {"instr(s, '@') > 1", "strpos(\"s\", '@') > 1", NULL},
    {"replace(s, ' ', '') = s", "replace(\"s\", ' ', '') = \"s\"", NULL},
    {"length(b) = 16", "octet_length(\"b\") = 16", NULL},
    {"length(n) = 2", NULL, "length() on something else"},
    {"round(r) = 1", NULL, "round()"},
    {"max(n, i) > 1", NULL, "max()"},
    {"random() > 1", NULL, "random()"},
    {"iif(n > 0, s, '') = 'a'", "CASE WHEN \"n\" > 0 THEN \"s\" ELSE '' END = 'a'", NULL},
    {"CASE WHEN flag THEN n > 0 ELSE 1 END", "CASE WHEN \"flag\" THEN \"n\" > 0 ELSE true END",
     NULL},
    {"CASE n WHEN 1 THEN s WHEN 2 THEN v END = 'x'",
     "CASE WHEN \"n\" = 1 THEN \"s\" WHEN \"n\" = 2 THEN \"v\" END = 'x'", NULL},
    {"CASE WHEN n THEN 1 ELSE 'x' END = 1", NULL, "a choice between"},
    {"CAST(n AS INTEGER) = 1", "\"n\" = 1", NULL},
    {"CAST(n AS TEXT) = '1'", "\"n\"::text = '1'", NULL},
    {"CAST(r AS INTEGER) = 1", NULL, "CAST of a number AS INTEGER"},
    {"CAST(s AS INTEGER) = 1", NULL, "CAST of text AS INTEGER"},
    {"CURRENT_TIMESTAMP > s", NULL, "CURRENT_TIMESTAMP changes with time"},
    {"j ->> '$.a' = 'x'", NULL, "->> gives typed values"},
    {"json_extract(j, '$.a') = 1", NULL, "json_extract()"},
    /* patterns */
    {"s LIKE '%@%'", "\"s\" LIKE '%@%' ESCAPE ''", NULL},
    {"s LIKE 'Ab%'", "lower(\"s\" COLLATE \"C\") LIKE 'ab%' ESCAPE ''", "LIKE ignores the case"},
    {"s NOT LIKE 'a\\%'", "lower(\"s\" COLLATE \"C\") NOT LIKE E'a\\\\%' ESCAPE ''", "LIKE"},
    {"s LIKE '10!%' ESCAPE '!'", "\"s\" LIKE '10!%' ESCAPE '!'", NULL},
    {"s LIKE '10!' ESCAPE '!'", NULL, "this ESCAPE"},
    {"s LIKE v", NULL, "not a constant"},
    {"n LIKE '1%'", NULL, "LIKE on something else than text"},
    {"s GLOB 'a*.t?t'", "\"s\" COLLATE \"C\" ~ E'^a.*\\\\.t.t$'", "GLOB"},
    {"s NOT GLOB '*[^0-9a-f]*'", "\"s\" COLLATE \"C\" !~ '^.*[^0-9a-f].*$'", "GLOB"},
    {"s GLOB '[a-z_-]'", "\"s\" COLLATE \"C\" ~ '^[a-z_-]$'", "GLOB"},
    {"s GLOB '[]a]'", NULL, "not simple enough"},
    {"s GLOB '[z-a]'", NULL, "not simple enough"},
    {"s GLOB '[abc'", NULL, "not simple enough"},
    {"s REGEXP 'a'", NULL, "REGEXP is not carried"},
    /* dates and times */
    {"day >= '2020-01-01'", "\"day\" >= date '2020-01-01'", NULL},
    {"day >= '2020-02-30'", NULL, "constant of a day"},
    {"day >= 5", NULL, "constant of a day"},
    {"ts > '2020-01-01'", NULL, "\"ts\" compares otherwise"},
    {"ts IS NOT NULL", "\"ts\" IS NOT NULL", NULL},
    {"b = x'00ff'", "\"b\" = '\\x00ff'::bytea", NULL},
};

static bool holds(const char *note, const char *part)
{
    return part == NULL || (note != NULL && strstr(note, part) != NULL);
}

static void
check(keel_arena *arena, keel_translate_use use, const keel_pg_type *wanted, const example *of)
{
    const keel_expr *expr = NULL;
    const char *sql = "untouched", *note = NULL;
    keel_error err;

    if (use == KEEL_TRANSLATE_DEFAULT)
        expr = keel_ddl_parse_default(arena, of->expression);
    else if (!keel_expr_parse(arena, of->expression, &expr, &err))
        expr = NULL;
    keel_translate_outcome outcome =
        keel_translate(arena, use, expr, columns, KEEL_COUNT_OF(columns), wanted, &sql, &note);
    const char *got = outcome == KEEL_TRANSLATE_IMPLIED ? "" : sql;
    bool differs = outcome == KEEL_TRANSLATE_DIFFERS;
    is_str(got, of->sql, "%s%s%s", of->expression, wanted != NULL ? " for " : "",
           wanted != NULL ? wanted->name : "");
    if (!ok(holds(note, of->note) && (of->note != NULL || note == NULL) &&
                (!differs || note != NULL),
            "%s: the note", of->expression))
        printf("#      got: %s\n#   wanted: %s\n", note, of->note);
}

static void each_check(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(checks); i++)
        check(arena, KEEL_TRANSLATE_CHECK, NULL, &checks[i]);
}

typedef struct fitted {
    keel_pg_kind kind;
    example example;
} fitted;

#define NOW_UTC "now() AT TIME ZONE 'UTC'"

static const fitted defaults[] = {
    {KEEL_PG_BOOL, {"0", "false", NULL}},
    {KEEL_PG_BOOL, {"TRUE", "true", NULL}},
    {KEEL_PG_BOOL, {"'f'", "false", NULL}},
    {KEEL_PG_BOOL, {"2", NULL, "does not fit boolean"}},
    {KEEL_PG_INT4, {"-1", "-1", NULL}},
    {KEEL_PG_INT4, {"+7", "7", NULL}},
    {KEEL_PG_INT4, {"'42'", "42", NULL}},
    {KEEL_PG_INT4, {"1.0", "1", NULL}},
    {KEEL_PG_INT4, {"1.5", NULL, "does not fit integer"}},
    {KEEL_PG_INT4, {"2147483648", NULL, "does not fit integer"}},
    {KEEL_PG_INT2, {"-32768", "-32768", NULL}},
    {KEEL_PG_INT2, {"-32769", NULL, "does not fit smallint"}},
    {KEEL_PG_INT8, {"-9223372036854775808", "-9223372036854775808", NULL}},
    {KEEL_PG_INT8, {"'null'", NULL, "does not fit bigint"}},
    {KEEL_PG_INT8, {"(1 + 1)", "(1::bigint + 1)", NULL}},
    {KEEL_PG_INT8, {"null", "NULL", NULL}},
    {KEEL_PG_FLOAT8, {"0.5", "0.5", NULL}},
    {KEEL_PG_NUMERIC, {"12.50", "12.50", NULL}},
    {KEEL_PG_NUMERIC, {"12.505", NULL, "does not fit numeric(10,2)"}},
    {KEEL_PG_NUMERIC, {"123456789.0", NULL, "does not fit numeric(10,2)"}},
    {KEEL_PG_TEXT, {"'it''s'", "'it''s'", NULL}},
    {KEEL_PG_TEXT, {"word", "'word'", NULL}},
    {KEEL_PG_TEXT, {"\"quoted\"", "'quoted'", NULL}},
    {KEEL_PG_TEXT, {"0", NULL, "does not fit text"}},
    {KEEL_PG_VARCHAR, {"'12345678901'", NULL, "does not fit character varying(10)"}},
    {KEEL_PG_BYTEA, {"x'00FF'", "'\\x00ff'::bytea", NULL}},
    {KEEL_PG_BYTEA, {"'x'", NULL, "does not fit bytea"}},
    {KEEL_PG_JSONB, {"'[]'", "'[]'::jsonb", NULL}},
    {KEEL_PG_JSONB, {"'{'", NULL, "does not fit jsonb"}},
    {KEEL_PG_UUID,
     {"'00000000-0000-0000-0000-00000000000a'", "'00000000-0000-0000-0000-00000000000a'::uuid",
      NULL}},
    {KEEL_PG_UUID, {"''", NULL, "does not fit uuid"}},
    {KEEL_PG_UUID, {"(hex(randomblob(16)))", NULL, "hex()"}},
    {KEEL_PG_ENUM, {"'ok'", "'ok'::mood", NULL}},
    {KEEL_PG_ENUM, {"'glad'", NULL, "does not fit mood"}},
    {KEEL_PG_OTHER, {"'(1,2)'", NULL, "does not fit point"}},
    {KEEL_PG_DATE, {"'2020-02-29'", "'2020-02-29'::date", NULL}},
    {KEEL_PG_DATE, {"'2021-02-29'", NULL, "does not fit date"}},
    {KEEL_PG_TIMESTAMPTZ,
     {"'2020-01-01 10:00'", "'2020-01-01 10:00+00'::timestamptz", "read as UTC"}},
    {KEEL_PG_TIMESTAMPTZ, {"0", NULL, "does not fit timestamp"}},
    {KEEL_PG_TIMESTAMPTZ, {"CURRENT_TIMESTAMP", "date_trunc('second', now())", NULL}},
    {KEEL_PG_TIMESTAMPTZ, {"datetime('now')", "date_trunc('second', now())", NULL}},
    {KEEL_PG_TIMESTAMPTZ, {"datetime(CURRENT_TIMESTAMP)", "date_trunc('second', now())", NULL}},
    {KEEL_PG_TIMESTAMPTZ, {"datetime('now', 'localtime')", NULL, "present time in UTC"}},
    {KEEL_PG_TIMESTAMPTZ,
     {"strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "date_trunc('milliseconds', now())", NULL}},
    {KEEL_PG_TIMESTAMPTZ,
     {"date('now')", "(date_trunc('day', " NOW_UTC ") AT TIME ZONE 'UTC')", NULL}},
    {KEEL_PG_TIMESTAMPTZ, {"strftime('%H:%M:%S', 'now')", NULL, "does not fit timestamp"}},
    {KEEL_PG_TIMESTAMP, {"CURRENT_TIMESTAMP", "(date_trunc('second', " NOW_UTC "))", NULL}},
    {KEEL_PG_TEXT, {"CURRENT_TIMESTAMP", "to_char(" NOW_UTC ", 'YYYY-MM-DD HH24:MI:SS')", NULL}},
    {KEEL_PG_TEXT,
     {"strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
      "to_char(" NOW_UTC ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", NULL}},
    {KEEL_PG_TEXT, {"strftime('%j', 'now')", NULL, "strftime('%j')"}},
    {KEEL_PG_VARCHAR, {"CURRENT_TIMESTAMP", NULL, "does not fit character varying"}},
    {KEEL_PG_DATE, {"CURRENT_DATE", "((" NOW_UTC ")::date)", NULL}},
    {KEEL_PG_DATE, {"CURRENT_TIMESTAMP", NULL, "does not fit date"}},
    {KEEL_PG_TIME, {"time('now')", "(date_trunc('second', " NOW_UTC ")::time)", NULL}},
    {KEEL_PG_INT8, {"strftime('%s', 'now')", "floor(extract(epoch from now()))::bigint", NULL}},
    {KEEL_PG_INT4,
     {"(CAST(strftime('%s', 'now') AS INTEGER))", "floor(extract(epoch from now()))::integer",
      NULL}},
    {KEEL_PG_INT8, {"unixepoch()", "floor(extract(epoch from now()))::bigint", NULL}},
    {KEEL_PG_INT8, {"CURRENT_TIMESTAMP", NULL, "does not fit bigint"}},
};

static const fitted generated[] = {
    {KEEL_PG_INT8, {"n * 2", "\"n\" * 2", NULL}},
    {KEEL_PG_INT4, {"n > 0", "(\"n\" > 0)::integer", NULL}},
    {KEEL_PG_BOOL, {"n > 0", "\"n\" > 0", NULL}},
    {KEEL_PG_BOOL, {"n", NULL, "the expression gives an integer"}},
    {KEEL_PG_TEXT, {"s || ' ' || v", "(\"s\" || ' ') || \"v\"", NULL}},
    {KEEL_PG_TEXT, {"n", NULL, "the expression gives an integer"}},
    {KEEL_PG_TEXT, {"lower(s)", "lower(\"s\" COLLATE \"C\")", "lower()"}},
    {KEEL_PG_NUMERIC, {"d", "\"d\"", NULL}},
    {KEEL_PG_NUMERIC, {"d * 2", NULL, "the expression gives a number"}},
    {KEEL_PG_FLOAT8, {"r * 2", "\"r\" * 2::double precision", NULL}},
    {KEEL_PG_TEXT, {"datetime('now')", NULL, "datetime()"}},
    {KEEL_PG_TEXT, {"json_extract(j, '$.a')", NULL, "json_extract()"}},
};

static const example parts[] = {
    {"lower(s)", "lower(\"s\" COLLATE \"C\")", "lower()"},
    {"s COLLATE NOCASE", "lower(\"s\" COLLATE \"C\")", "NOCASE"},
    {"s COLLATE BINARY", "\"s\"", NULL},
    {"s COLLATE RTRIM", NULL, "COLLATE RTRIM"},
    {"n + 1", "\"n\" + 1", NULL},
    {"date(s)", NULL, "date()"},
};

static const example predicates[] = {
    {"s IS NOT NULL AND flag = 1", "(\"s\" IS NOT NULL) AND \"flag\"", NULL},
    {"flag IN (0, 1)", "((NOT \"flag\") OR \"flag\")", NULL},
    {"json_valid(j)", NULL, "json_valid()"},
    {"typeof(n) = 'integer'", "\"n\" IS NOT NULL", NULL},
    {"n", "\"n\" <> 0", NULL},
    {"ts < datetime('now')", NULL, "datetime()"},
};

static void each_other_use(keel_arena *arena)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(defaults); i++)
        check(arena, KEEL_TRANSLATE_DEFAULT, &types[defaults[i].kind], &defaults[i].example);
    for (size_t i = 0; i < KEEL_COUNT_OF(generated); i++)
        check(arena, KEEL_TRANSLATE_GENERATED, &types[generated[i].kind], &generated[i].example);
    for (size_t i = 0; i < KEEL_COUNT_OF(parts); i++)
        check(arena, KEEL_TRANSLATE_INDEX, NULL, &parts[i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(predicates); i++)
        check(arena, KEEL_TRANSLATE_PREDICATE, NULL, &predicates[i]);
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    each_check(arena);
    each_other_use(arena);
    return done_testing();
}
