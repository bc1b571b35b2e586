/* The edges of every type against a real server: binary COPY takes what the encoder made, what
 * comes back compares and hashes equal, and prints as the same text put in by INSERT would. */
#include <math.h>

#include "cluster.h"
#include "convert/compare.h"
#include "convert/encode.h"
#include "convert/rowhash.h"
#include "tests/unit/convert/samples.h"

typedef struct table {
    const char *sql_type;
    bool by_text; /* the cell's own text, cast by the server, must give the same value */
    const keel_cell *cells;
    size_t count;
} table;

#define CELLS(...)                                                                                 \
    (const keel_cell[]){__VA_ARGS__}, KEEL_COUNT_OF(((const keel_cell[]){__VA_ARGS__}))

static bool load_cells(keel_pg *pg,
                       const keel_rule *rule,
                       const table *t,
                       keel_str *rows,
                       size_t *starts,
                       keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str stream = {0};
    int64_t loaded = 0;

    keel_str_addn(&stream, KEEL_PG_COPY_HEADER, sizeof KEEL_PG_COPY_HEADER);
    for (size_t i = 0; i < t->count; i++) {
        starts[i] = rows->size;
        keel_misfit_code code = keel_encode(rule, &t->cells[i], rows, NULL, NULL);
        if (!ok(code == KEEL_FITS, "%s: cell %zu fits (%s)", t->sql_type, i, keel_misfit_id(code)))
            return keel_fail(err, KEEL_ERR_DATA, "a cell does not fit");
        keel_str_add_i16(&stream, 2);
        keel_str_add_i32(&stream, 4);
        keel_str_add_i32(&stream, (int32_t)i);
        keel_str_addn(&stream, rows->data + starts[i], rows->size - starts[i]);
    }
    starts[t->count] = rows->size;
    keel_str_addn(&stream, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER);
    return keel_pg_copy_in_begin(pg, err, "COPY cells FROM STDIN (FORMAT binary)") &&
           keel_pg_copy_in_send(pg, err, stream.data, stream.size) &&
           keel_pg_copy_in_end(pg, &loaded, err) && loaded == (int64_t)t->count;
}

/* What the server prints, against what we say it prints. */
static void check_text(
    keel_pg *pg, const keel_pg_type *type, const char *sql_type, size_t row, keel_field field)
{
    KEEL_CLEANUP(keel_str_free) keel_str printed = {0};
    KEEL_CLEANUP(keel_str_free) keel_str wanted = {0};
    char number[24];
    const char *params[] = {number};
    keel_error err = {0};

    snprintf(number, sizeof number, "%zu", row);
    if (field.size < 0)
        return;
    ok(keel_pg_query_value(pg, &wanted, NULL, &err,
                           "SELECT format('%s', v) FROM cells WHERE id = $1::int", 1, params),
       "%s: cell %zu read as text %s", sql_type, row, err.message);
    keel_field_text(type, field, &printed);
    is_str(keel_str_text(&printed), keel_str_text(&wanted),
           "%s: cell %zu prints as the server prints it", sql_type, row);
}

/* What an INSERT of the cell's own text gives. */
static void check_insert(keel_pg *pg, const table *t, size_t row)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    KEEL_CLEANUP(keel_str_free) keel_str same = {0};
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    char number[24];
    bool hex;
    keel_error err = {0};

    if (t->cells[row].class == KEEL_CELL_NULL)
        return;
    keel_cell_text(&t->cells[row], 0, &text, &hex);
    snprintf(number, sizeof number, "%zu", row);
    const char *params[] = {number, keel_str_text(&text)};
    /* numerics by value: "1.0e-07" has one more digit than the real that it stands for */
    const char *form = strncmp(t->sql_type, "numeric", 7) == 0 ? "" : "::text";
    keel_str_addf(&sql, "SELECT v%s = ($2::text::%s)%s FROM cells WHERE id = $1::int", form,
                  t->sql_type, form);
    ok(keel_pg_query_value(pg, &same, NULL, &err, keel_str_text(&sql), 2, params),
       "%s: cell %zu cast by the server %s", t->sql_type, row, err.message);
    is_str(keel_str_text(&same), "t", "%s: cell %zu is what its text gives", t->sql_type, row);
}

static void check_back(keel_pg *pg,
                       const keel_rule *rule,
                       const table *t,
                       const keel_str *rows,
                       const size_t *starts,
                       const keel_row_hasher *hasher)
{
    const unsigned char *tuple;
    size_t size, row = 0;
    keel_error err = {0};
    KEEL_CLEANUP(keel_str_free) keel_str kept = {0};
    size_t at[64] = {0};

    bool reading = keel_pg_copy_out_begin(
        pg, &err, "COPY (SELECT v FROM cells ORDER BY id) TO STDOUT (FORMAT binary)");
    while (reading && keel_pg_copy_out_next(pg, &tuple, &size, &err) && tuple != NULL) {
        at[row++] = kept.size;
        keel_str_addn(&kept, tuple, size);
    }
    at[row] = kept.size;
    is_int((int64_t)row, (int64_t)t->count, "%s: all rows come back %s", t->sql_type, err.message);
    for (size_t i = 0; i < row; i++) {
        const unsigned char *back = (const unsigned char *)kept.data + at[i];
        const unsigned char *sent = (const unsigned char *)rows->data + starts[i];
        keel_field field, own = {sent + 4, keel_get_i32(sent)};
        ok(keel_tuple_fields(back, at[i + 1] - at[i], &field, 1), "%s: row %zu is a tuple",
           t->sql_type, i);
        ok(keel_compare(rule, &t->cells[i], field), "%s: row %zu compares equal", t->sql_type, i);
        ok(keel_compare_fields(rule->type, own, field), "%s: row %zu equals what was sent",
           t->sql_type, i);
        ok(keel_row_hash(hasher, back + 2, at[i + 1] - at[i] - 2, NULL) ==
               keel_row_hash(hasher, sent, starts[i + 1] - starts[i], NULL),
           "%s: row %zu hashes equal", t->sql_type, i);
        check_text(pg, rule->type, t->sql_type, i, field);
        if (t->by_text)
            check_insert(pg, t, i);
    }
}

static void check_table(keel_pg *pg, const table *t)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str rows = {0};
    keel_rule rule = {.epoch_integer = KEEL_EPOCH_SECONDS,
                      .epoch_real = KEEL_EPOCH_SECONDS,
                      .allow_nan = true,
                      .allow_duplicate_keys = true,
                      .zone_stated = true};
    size_t starts[64];
    keel_error err = {0};

    if (!ok(keel_pg_type_by_name(pg, arena, t->sql_type, &rule.type, &err), "type %s %s",
            t->sql_type, err.message))
        return;
    ok(keel_pg_execf(pg, &err,
                     "DROP TABLE IF EXISTS cells; CREATE TABLE cells (id int PRIMARY KEY, v %s)",
                     t->sql_type),
       "a table for it %s", err.message);
    keel_row_hasher *hasher = keel_row_hasher_create(arena, &rule.type, 1);
    if (ok(load_cells(pg, &rule, t, &rows, starts, &err), "%s: COPY takes all cells %s",
           t->sql_type, err.message))
        check_back(pg, &rule, t, &rows, starts, hasher);
}

static void test_numbers(keel_pg *pg)
{
    const table tables[] = {
        {"bool", false, CELLS(I(0), I(1), T("yes"), T("F"), R(1.0), N)},
        {"int2", true, CELLS(I(-32768), I(32767), T("-7"), N)},
        {"int4", true, CELLS(I(INT32_MIN), I(INT32_MAX), I(0))},
        {"int8", true, CELLS(I(INT64_MIN), I(INT64_MAX), T("9223372036854775807"))},
        {"float8", true,
         CELLS(R(0.1), R(5e-324), R(1.7976931348623157e308), R(-0.0), R(123456789.12345679),
               R(1e15), R(1e-5), R(INFINITY), T("NaN"), I(1), T("1.5e10"), R(1e22),
               R(9007199254740993.0), R(2.2250738585072014e-308))},
        {"float4", true,
         CELLS(R(0.5), R(16777216.0), R(0x1.fffffep127), R(-0.25), R(1e6), R(1.0 / 8388608),
               R(INFINITY))},
        {"numeric", true,
         CELLS(I(0), I(1), I(10000), I(-99999999), I(INT64_MIN), R(0.1), R(1e20), R(1e300), R(1e-7),
               R(123456789.12345679), R(-0.0), R(0.30000000000000004), R(5e-324), T("1.50"),
               T("0.000"), T("10000.0001"), T("-0.00000001"),
               T("12345678901234567890.123456789012345678901"), T("NaN"), R(-INFINITY),
               T("100000000000000000000000000000000000000000"))},
        {"numeric(20,2)", true,
         CELLS(R(12.34), R(99999999999999.98), I(999999999999999999), T("999999999999999999.99"),
               T("-1.5"), I(0), R(0.01), R(1234567890123456.0))},
        {"numeric(3,-2)", true, CELLS(I(1200), I(99900), I(0), I(-100))},
        {"numeric(3,5)", true, CELLS(R(0.00123), R(-0.00999), I(0))},
        {"numeric(1000,900)", true,
         CELLS(R(1.5), R(5e-324), T("1.000000000000000000000000000000000001"))},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        check_table(pg, &tables[i]);
}

static void test_texts(keel_pg *pg)
{
    const table tables[] = {
        {"text", true,
         CELLS(T(""), T("a\\b\t\n\\N"),
               T("Gr\xc3\xb6\xc3\x9f"
                 "e \xf0\x9f\x8c\x8a"),
               T("\xef\xbf\xbf\xf4\x8f\xbf\xbf"), I(-5), R(3.0), R(1e20), N)},
        {"varchar(3)", true, CELLS(T("\xc3\xa4\xc3\xb6\xc3\xbc"), T("ab "), T(""))},
        {"char(3)", false, CELLS(T("a"), T(""), T("abc"), T(" b"), T("\xc3\xa4"))},
        {"bpchar", false, CELLS(T("a"), T(""))},
        {"bytea", false, CELLS(B(""), B("\0\xff\x80"), B("\\x"))},
        {"uuid", true,
         CELLS(T("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), T("{a0eebc999c0b4ef8bb6d6bb9bd380a11}"),
               T("00000000-0000-0000-0000-000000000000"))},
        {"inet", true,
         CELLS(T("10.0.0.1"), T("10.0.0.1/8"), T("2001:DB8::1/64"), T("::ffff:1.2.3.4"), T("::"),
               T("0.0.0.0/0"), T("::1"), T("1:0:0:2::3"))},
        {"cidr", true, CELLS(T("10.0.0.0/8"), T("10.0.0.1"), T("2001:db8::/32"), T("::/0"))},
        {"mood", true, CELLS(T("sad"), T("very happy"), N)},
        {"amount", true, CELLS(R(1.5), I(2), T("3.25"))},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        check_table(pg, &tables[i]);
}

static void test_times(keel_pg *pg)
{
    const table tables[] = {
        {"date", true,
         CELLS(T("0001-01-01"), T("9999-12-31"), T("2024-02-29"), T("1970-01-01"), T("2000-01-01"),
               T("1999-12-31"), T("2024-02-29 00:00:00"))},
        {"time", true, CELLS(T("00:00"), T("23:59:59.999999"), T("12:34:56.5"))},
        {"time(0)", true, CELLS(T("12:34:56"), T("12:34:56.000"))},
        {"timestamp", true,
         CELLS(T("0001-01-01 00:00:00"), T("9999-12-31T23:59:59.999999"), T("2025-10-13 12:00"),
               T("1999-12-31 23:59:59.999999"), T("2024-02-29"))},
        {"timestamptz", true,
         CELLS(T("0001-01-01 00:00:00"), T("9999-12-31T23:59:59.999999Z"),
               T("2025-10-13 12:00:00.5+02:00"), T("2025-10-13 12:00:00-03:30:15"),
               T("2025-10-13 12:00:00 +0530"), T("2025-10-13T12:00:00.123456-08"),
               T("1969-12-31 23:59:59.9"), T("0001-01-01 00:00:00+15:59:59"), T("2024-02-29"))},
        {"timestamptz(3)", true,
         CELLS(T("2025-10-13 12:00:00.123"), T("2025-10-13 12:00:00.5+02:00"))},
        {"timestamptz", false, CELLS(I(0), I(-1), I(253402300799), R(1704164645.123456), R(-0.5))},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        check_table(pg, &tables[i]);
}

static void test_documents(keel_pg *pg)
{
    const table tables[] = {
        {"json", true,
         CELLS(T(" {\"b\" : 1, \"a\":[1,2 ]}"), T("\"\\u0000\""), T("\"\\ud800\""),
               T("{\"a\":1,\"a\":2}"), T("1e999999"), I(5), R(3.0), R(1e300))},
        {"jsonb", true,
         CELLS(T(" {\"bb\" : 1.0, \"a\":[1,2 ], \"c\": {\"y\":null,\"x\":true}}"),
               T("\"\\ud83c\\udf0a \\u00e4 \\\" \\\\ \\/ \\b\""), T("{\"a\":1,\"b\":2,\"a\":3}"),
               T("1e131071"), T("1e-16383"), T("-0"), T("-0.0"), T("1.50"),
               T("12345678901234567890.5e-3"), T("[]"), T("{}"), T("\"\""), T("null"),
               T("[[[[]]]]"), I(5), R(3.0), R(1e300), R(0.1), T("{\"\":1}"), T("0.1e1"),
               T("0e100"))},
        {"int4[]", false, CELLS(T("[]"), T("[1,null,-3]"), T("[2147483647]"), N)},
        {"text[]", false,
         CELLS(T("[\"a\",\"b c\",\"\",\"null\",null,\"q\\\"\\\\\",\"{}\",\"\\u00e4\"]"))},
        {"numeric(6,2)[]", false, CELLS(T("[1.5,-2,\"3.25\"]"))},
        {"mood[]", false, CELLS(T("[\"sad\",\"very happy\"]"))},
        {"timestamptz[]", false, CELLS(T("[\"2024-01-02 03:04:05+02:00\",null,\"2024-01-02\"]"))},
        {"jsonb[]", false, CELLS(T("[\"a\",1.50,true,null]"))},
        {"bool[]", false, CELLS(T("[true,false,null]"))},
        {"float8[]", false, CELLS(T("[0.1,-0.0,1e300]"))},
        {"uuid[]", false, CELLS(T("[\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"]"))},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(tables); i++)
        check_table(pg, &tables[i]);
}

/* Many random numbers and moments at once: the server's own cast is the judge. */
static void check_random(keel_pg *pg, const char *sql_type, bool moments)
{
    enum { ROWS = 5000 };
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str stream = {0};
    KEEL_CLEANUP(keel_str_free) keel_str wrong = {0};
    keel_rule rule = {.round = true, .zone_stated = true};
    keel_error err = {0};
    dice d = {99};
    int64_t rows = 0;

    if (!ok(keel_pg_type_by_name(pg, arena, sql_type, &rule.type, &err), "type %s", sql_type))
        return;
    keel_pg_execf(pg, &err, "DROP TABLE IF EXISTS cells; CREATE TABLE cells (source text, v %s)",
                  sql_type);
    keel_str_addn(&stream, KEEL_PG_COPY_HEADER, sizeof KEEL_PG_COPY_HEADER);
    for (int i = 0; i < ROWS; i++) {
        char text[64];
        if (moments)
            snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%0*d%+03d",
                     2000 + (int)roll_below(&d, 400), 1 + (int)roll_below(&d, 12),
                     1 + (int)roll_below(&d, 28), (int)roll_below(&d, 24), (int)roll_below(&d, 60),
                     (int)roll_below(&d, 60), 1 + (int)roll_below(&d, 6), (int)roll_below(&d, 10),
                     (int)roll_below(&d, 26) - 12);
        else
            snprintf(text, sizeof text, "%.*f", (int)roll_below(&d, 14),
                     (double)(int64_t)roll(&d) / pow(10, (double)(4 + roll_below(&d, 20))));
        keel_cell cell = {KEEL_CELL_TEXT, .bytes = (unsigned char *)text, .size = strlen(text)};
        KEEL_CLEANUP(keel_str_free) keel_str field = {0};
        if (keel_encode(&rule, &cell, &field, NULL, NULL) != KEEL_FITS)
            continue;
        keel_str_add_i16(&stream, 2);
        keel_str_add_i32(&stream, (int32_t)cell.size);
        keel_str_add(&stream, text);
        keel_str_addn(&stream, field.data, field.size);
    }
    keel_str_addn(&stream, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER);
    bool loaded = keel_pg_copy_in_begin(pg, &err, "COPY cells FROM STDIN (FORMAT binary)") &&
                  keel_pg_copy_in_send(pg, &err, stream.data, stream.size) &&
                  keel_pg_copy_in_end(pg, &rows, &err);
    ok(loaded && rows > ROWS / 2, "%s: %d random values loaded %s", sql_type, (int)rows,
       err.message);
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM cells WHERE v::text <> source::%s::text",
             sql_type);
    is_str(cluster_value(pg, sql), "0", "%s: as the server's own cast gives them", sql_type);
}

static void test_jsonb_depth(keel_pg *pg)
{
    KEEL_CLEANUP(keel_str_free) keel_str deep = {0};
    const keel_rule rule = {.type = simple_type(KEEL_PG_JSONB)};
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_error err = {0};

    for (int i = 0; i < 6400; i++)
        keel_str_addc(&deep, '[');
    for (int i = 0; i < 6400; i++)
        keel_str_addc(&deep, ']');
    const keel_cell cell = {KEEL_CELL_TEXT, .bytes = (unsigned char *)deep.data, .size = deep.size};
    is_int(keel_encode(&rule, &cell, &out, NULL, NULL), KEEL_FITS, "6400 levels fit");
    const char *params[] = {deep.data};
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    ok(keel_pg_query_value(pg, &answer, NULL, &err, "SELECT jsonb_typeof($1::jsonb)", 1, params),
       "and the server takes them %s", err.message);
}

int main(void)
{
    keel_scratch *cluster = cluster_start(NULL);
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = cluster_database(cluster, "convert", NULL);

    cluster_exec(pg, "CREATE TYPE mood AS ENUM ('sad', 'very happy'); CREATE DOMAIN amount AS "
                     "numeric(12,2) CHECK (VALUE >= 0)");
    test_numbers(pg);
    test_texts(pg);
    test_times(pg);
    test_documents(pg);
    check_random(pg, "numeric", false);
    check_random(pg, "numeric(20,4)", false);
    check_random(pg, "numeric(9,-1)", false);
    check_random(pg, "timestamptz", true);
    check_random(pg, "timestamptz(2)", true);
    test_jsonb_depth(pg);
    return done_testing();
}
