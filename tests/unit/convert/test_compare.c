#include "convert/compare.h"

#include <math.h>

#include "base/arena.h"
#include "convert/zone.h"
#include "samples.h"

/* What random cells of a family look like. `text` is room for them. */
typedef keel_cell make_cell(dice *d, char text[128]);

static keel_cell text_cell(const char *text)
{
    return (keel_cell){KEEL_CELL_TEXT, .bytes = (const unsigned char *)text, .size = strlen(text)};
}

static keel_cell real_cell(double value)
{
    return (keel_cell){KEEL_CELL_REAL, .real = value};
}

static keel_cell int_cell(int64_t value)
{
    return (keel_cell){KEEL_CELL_INTEGER, .integer = value};
}

static keel_cell make_number(dice *d, char text[128])
{
    switch (roll_below(d, 8)) {
    case 0:
        return int_cell((int64_t)roll_below(d, 3) - 1);
    case 1:
        return int_cell((int64_t)roll(d) >> roll_below(d, 60));
    case 2:
        return real_cell((double)(int64_t)roll_below(d, 1000000) / 100.0 - 3000);
    case 3:
        return real_cell((double)((int64_t)roll(d) >> roll_below(d, 60)) / 1024.0);
    case 4:
        return real_cell((double)(int64_t)roll_below(d, 2000) / 2.0 - 500);
    case 5:
        snprintf(text, 128, "%lld", (long long)((int64_t)roll(d) >> roll_below(d, 60)));
        return text_cell(text);
    case 6:
        snprintf(text, 128, "%s%d.%0*d", roll_below(d, 2) == 0 ? "-" : "",
                 (int)roll_below(d, 100000), 1 + (int)roll_below(d, 6), (int)roll_below(d, 10));
        return text_cell(text);
    default:
        snprintf(text, 128, "%.*f", (int)roll_below(d, 12), (double)(int64_t)roll(d) / 1e12);
        return text_cell(text);
    }
}

static void make_offset(dice *d, char *out, size_t size)
{
    static const char *const offsets[] = {"",       "Z",         "+00:00",  "+02:00", "-08",
                                          "+05:30", "-03:30:15", " +01:00", "+0200",  "z"};

    snprintf(out, size, "%s", offsets[roll_below(d, KEEL_COUNT_OF(offsets))]);
}

static keel_cell make_moment(dice *d, char text[128])
{
    char offset[16];
    int year = 1 + (int)roll_below(d, 9999), month = 1 + (int)roll_below(d, 12),
        day = 1 + (int)roll_below(d, 28);
    int hour = (int)roll_below(d, 24), minute = (int)roll_below(d, 60),
        second = (int)roll_below(d, 60);
    int digits = (int)roll_below(d, 9);
    char separator = roll_below(d, 2) == 0 ? 'T' : ' ';

    make_offset(d, offset, sizeof offset);
    switch (roll_below(d, 6)) {
    case 0:
        snprintf(text, 128, "%04d-%02d-%02d", year, month, day);
        break;
    case 1:
        snprintf(text, 128, "%04d-%02d-%02d%c%02d:%02d%s", year, month, day, separator, hour,
                 minute, offset);
        break;
    case 2:
        snprintf(text, 128, "%04d-%02d-%02d%c%02d:%02d:%02d%s", year, month, day, separator, hour,
                 minute, second, offset);
        break;
    case 3:
        return int_cell((int64_t)roll_below(d, UINT64_C(300000000000)) - 50000000000);
    case 4:
        return real_cell((double)(int64_t)roll_below(d, UINT64_C(3000000000000000)) / 1e6);
    default:
        snprintf(text, 128, "%04d-%02d-%02d%c%02d:%02d:%02d.%0*d%s", year, month, day, separator,
                 hour, minute, second, digits + 1, (int)roll_below(d, 10), offset);
    }
    return text_cell(text);
}

static keel_cell make_clock(dice *d, char text[128])
{
    if (roll_below(d, 4) == 0)
        return int_cell((int64_t)roll_below(d, 90000));
    snprintf(text, 128, "%02d:%02d:%02d.%0*d", (int)roll_below(d, 24), (int)roll_below(d, 60),
             (int)roll_below(d, 60), 1 + (int)roll_below(d, 8), (int)roll_below(d, 10));
    if (roll_below(d, 3) == 0)
        text[8] = '\0';
    return text_cell(text);
}

static keel_cell make_date(dice *d, char text[128])
{
    snprintf(text, 128, "%04d-%02d-%02d%s", 1 + (int)roll_below(d, 9999),
             1 + (int)roll_below(d, 12), 1 + (int)roll_below(d, 31),
             roll_below(d, 4) == 0 ? " 00:00:00" : "");
    return text_cell(text);
}

static keel_cell make_text(dice *d, char text[128])
{
    static const char *const pieces[] = {
        "a", "B", " ", "0", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x8c\x8a", "\\", "\n", "'"};
    size_t size = 0;

    for (uint64_t i = roll_below(d, 20); i > 0; i--)
        size += (size_t)snprintf(text + size, 128 - size, "%s",
                                 pieces[roll_below(d, KEEL_COUNT_OF(pieces))]);
    text[size] = '\0';
    return roll_below(d, 8) == 0 ? real_cell((double)(int64_t)roll_below(d, 10000) / 8.0)
                                 : text_cell(text);
}

static keel_cell make_uuid(dice *d, char text[128])
{
    uint64_t a = roll(d), b = roll(d);
    static const char *const forms[] = {"%08x-%04x-%04x-%04x-%04x%08x", "%08x%04x%04x%04x%04x%08x",
                                        "{%08X-%04X-%04X-%04X-%04X%08X}"};
    uint64_t form = roll_below(d, 3);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, 128, forms[form], (unsigned)a, (unsigned)(a >> 32 & 0xffff), (unsigned)(a >> 48),
             (unsigned)(b & 0xffff), (unsigned)(b >> 16 & 0xffff), (unsigned)(b >> 32));
#pragma GCC diagnostic pop
    return text_cell(text);
}

static keel_cell make_json(dice *d, char text[128])
{
    static const char *const values[] = {
        "1", "\"x\"", "null", "true", "[1, 2.50]", "{\"k\": \"\\u00e4\"}", "-0.5e-3", "[]"};

    snprintf(text, 128, "{\"a\" : %s,\"b\":%s ,\"c\":[%s]}", values[roll_below(d, 8)],
             values[roll_below(d, 8)], values[roll_below(d, 8)]);
    return text_cell(text);
}

static keel_cell make_bool(dice *d, char text[128])
{
    static const char *const words[] = {"t",  "F",   "true", "False", "yes", "NO",
                                        "on", "off", "0",    "1",     "y",   "n"};

    (void)text;
    return roll_below(d, 2) == 0 ? int_cell((int64_t)roll_below(d, 2))
                                 : text_cell(words[roll_below(d, 12)]);
}

static keel_cell make_network(dice *d, char text[128])
{
    if (roll_below(d, 2) == 0)
        snprintf(text, 128, "%d.%d.%d.%d/%d", (int)roll_below(d, 256), (int)roll_below(d, 256),
                 (int)roll_below(d, 256), (int)roll_below(d, 256), (int)roll_below(d, 33));
    else
        snprintf(text, 128, "2001:db8::%x:%x", (unsigned)roll_below(d, 65536),
                 (unsigned)roll_below(d, 65536));
    return text_cell(text);
}

static keel_cell make_list(dice *d, char text[128])
{
    snprintf(text, 128, "[%d, null,%d , %d.50]", (int)roll_below(d, 100),
             (int)roll_below(d, 100000), (int)roll_below(d, 100));
    return text_cell(text);
}

/* Bits whose change is no change of value: the sign of a float's zero, spelling in jsonb, the head
 * of an array. */
static bool is_neutral(const keel_rule *rule, keel_field field, size_t bit)
{
    bool is_float = rule->type->kind == KEEL_PG_FLOAT4 || rule->type->kind == KEEL_PG_FLOAT8,
         zero = true;

    for (int32_t i = 0; i < field.size; i++)
        zero = zero && field.bytes[i] == 0;
    return (is_float && zero && bit == 7) || rule->type->kind == KEEL_PG_JSONB ||
           (rule->type->kind == KEEL_PG_ARRAY && bit < 96);
}

/* Encodes random cells: what fits compares equal, and with any one bit changed it does not. */
static void
check_family(const char *name, const keel_rule *rule, make_cell *make, int least_fitting)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    dice d = {2026};
    int fitting = 0, unequal = 0, blind = 0;
    char text[128], shown[256] = "";

    for (int i = 0; i < 20000; i++) {
        keel_cell cell = make(&d, text);
        keel_rule_counts counts = {0};
        keel_field field = {0};
        if (encode_into(rule, &cell, &counts, &out, &field) != KEEL_FITS)
            continue;
        fitting++;
        if (!keel_compare(rule, &cell, field) && unequal++ == 0) {
            KEEL_CLEANUP(keel_str_free) keel_str title = {0};
            KEEL_CLEANUP(keel_str_free) keel_str arrived = {0};
            keel_field_text(rule->type, field, &arrived);
            snprintf(shown, sizeof shown, "%s arrived as %s", cell_name(&cell, &title),
                     keel_str_text(&arrived));
        }
        if (field.size <= 0 || i % 4 != 0)
            continue;
        size_t bit = roll_below(&d, (uint64_t)field.size * 8);
        if (is_neutral(rule, field, bit))
            continue;
        out.data[4 + bit / 8] = (char)(out.data[4 + bit / 8] ^ 1 << bit % 8);
        if (keel_compare(rule, &cell, field) && blind++ == 0)
            snprintf(shown, sizeof shown, "%s with bit %zu changed",
                     cell_name(&cell, &(keel_str){0}), bit);
    }
    ok(fitting >= least_fitting, "%s: %d of 20,000 cells fit", name, fitting);
    is_int(unequal, 0, "%s: what was sent compares equal %s", name, unequal > 0 ? shown : "");
    is_int(blind, 0, "%s: a changed bit is seen %s", name, unequal == 0 && blind > 0 ? shown : "");
}

static void test_families(void)
{
    const keel_pg_type floats = {
        .kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_FLOAT8), .oid = 1};
    const keel_pg_type char20 = {.kind = KEEL_PG_CHAR, .length = 20};

    check_family("bool", &(keel_rule){.type = simple_type(KEEL_PG_BOOL)}, make_bool, 20000);
    check_family("int2", &(keel_rule){.type = simple_type(KEEL_PG_INT2)}, make_number, 4000);
    check_family("int4", &(keel_rule){.type = simple_type(KEEL_PG_INT4)}, make_number, 4000);
    check_family("int8", &(keel_rule){.type = simple_type(KEEL_PG_INT8)}, make_number, 7000);
    check_family("float8", &(keel_rule){.type = simple_type(KEEL_PG_FLOAT8)}, make_number, 15000);
    check_family("float4", &(keel_rule){.type = simple_type(KEEL_PG_FLOAT4)}, make_number, 5000);
    check_family("text", &(keel_rule){.type = simple_type(KEEL_PG_TEXT)}, make_text, 20000);
    check_family("char(20)", &(keel_rule){.type = &char20}, make_text, 10000);
    check_family("bytea", &(keel_rule){.type = simple_type(KEEL_PG_BYTEA), .text_is_bytes = true},
                 make_text, 15000);
    check_family("date", &(keel_rule){.type = simple_type(KEEL_PG_DATE)}, make_date, 15000);
    check_family(
        "time",
        &(keel_rule){.type = simple_type(KEEL_PG_TIME), .epoch_integer = KEEL_EPOCH_SECONDS},
        make_clock, 10000);
    check_family("uuid", &(keel_rule){.type = simple_type(KEEL_PG_UUID)}, make_uuid, 20000);
    check_family("jsonb", &(keel_rule){.type = simple_type(KEEL_PG_JSONB)}, make_json, 20000);
    check_family("json", &(keel_rule){.type = simple_type(KEEL_PG_JSON)}, make_json, 20000);
    check_family("inet", &(keel_rule){.type = simple_type(KEEL_PG_INET)}, make_network, 20000);
    check_family("float8[]", &(keel_rule){.type = &floats}, make_list, 20000);
}

/* Of a numeric, the display scale is no part of the value: only digits, weight and sign are flipped
 * by hand. */
static void test_numerics(void)
{
    static const int scales[] = {0, 2, 6, 12};

    for (size_t i = 0; i <= KEEL_COUNT_OF(scales); i++) {
        const keel_pg_type type = {.kind = KEEL_PG_NUMERIC,
                                   .precision = i < KEEL_COUNT_OF(scales) ? 30 : 0,
                                   .scale = i < KEEL_COUNT_OF(scales) ? scales[i] : 0};
        for (int round = 0; round < 2; round++) {
            const keel_rule rule = {.type = &type, .round = round == 1};
            KEEL_CLEANUP(keel_str_free) keel_str out = {0};
            dice d = {77};
            int unequal = 0, blind = 0, fitting = 0;
            char text[128];
            for (int n = 0; n < 20000; n++) {
                keel_cell cell = make_number(&d, text);
                keel_field field = {0};
                if (encode_into(&rule, &cell, NULL, &out, &field) != KEEL_FITS)
                    continue;
                fitting++;
                unequal += !keel_compare(&rule, &cell, field);
                if (field.size <= 8)
                    continue;
                out.data[13] =
                    (char)(out.data[13] ^
                           1); /* the first group: the seventeenth digit of a double is its own */
                blind += keel_compare(&rule, &cell, field);
                out.data[13] = (char)(out.data[13] ^ 1);
                out.data[8] = (char)(out.data[8] ^ 0x40);
                blind += keel_compare(&rule, &cell, field);
            }
            ok(fitting > 5000, "numeric %zu round %d: %d cells fit", i, round, fitting);
            is_int(unequal, 0, "numeric %zu round %d: equal", i, round);
            is_int(blind, 0, "numeric %zu round %d: a changed digit or sign is seen", i, round);
        }
    }
}

static void test_moments(void)
{
    for (int digits = 0; digits <= 6; digits += 3) {
        for (int round = 0; round < 2; round++) {
            const keel_pg_type plain = {.kind = KEEL_PG_TIMESTAMP, .fraction_digits = digits},
                               zoned = {.kind = KEEL_PG_TIMESTAMPTZ, .fraction_digits = digits};
            keel_rule rule = {.type = &plain,
                              .round = round == 1,
                              .epoch_integer = KEEL_EPOCH_SECONDS,
                              .epoch_real = KEEL_EPOCH_SECONDS};
            char name[64];
            snprintf(name, sizeof name, "timestamp(%d) round %d", digits, round);
            check_family(name, &rule, make_moment, 5000);
            rule.type = &zoned;
            rule.epoch_integer = rule.epoch_real = KEEL_EPOCH_MILLISECONDS;
            snprintf(name, sizeof name, "timestamptz(%d) round %d", digits, round);
            check_family(name, &rule, make_moment, 3000);
        }
    }
}

static void test_zoned_families(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_error err = {0};
    keel_rule rule = {.type = simple_type(KEEL_PG_TIMESTAMPTZ),
                      .epoch_integer = KEEL_EPOCH_SECONDS,
                      .epoch_real = KEEL_EPOCH_SECONDS};

    if (!ok(keel_zone_load(arena, "America/New_York", &rule.zone, &err), "a zone"))
        return;
    check_family("timestamptz in New York", &rule, make_moment, 10000);
    rule.type = simple_type(KEEL_PG_TIMESTAMP);
    check_family("timestamp in New York", &rule, make_moment, 10000);
    rule.epoch_real = rule.epoch_integer = KEEL_EPOCH_JULIAN;
    check_family("timestamp of Julian days", &rule, make_moment, 5000);
}

static void test_fields(void)
{
    const unsigned char zero[8] = {0}, minus[8] = {0x80}, nan1[8] = {0x7f, 0xf8},
                        nan2[8] = {0xff, 0xf8, 0, 0, 0, 0, 0, 1};
    const unsigned char one[10] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 1},
                        one_scaled[10] = {0, 1, 0, 0, 0, 0, 0, 2, 0, 1},
                        two[10] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 2};
    const keel_field null = {NULL, -1};

#define F(bytes) ((keel_field){(const unsigned char *)(bytes), (int32_t)sizeof(bytes)})
#define S(text)  ((keel_field){(const unsigned char *)(text), (int32_t)sizeof(text) - 1})
    ok(keel_compare_fields(simple_type(KEEL_PG_FLOAT8), F(zero), F(minus)), "0 and -0");
    ok(keel_compare_fields(simple_type(KEEL_PG_FLOAT8), F(nan1), F(nan2)), "NaN and NaN");
    ok(!keel_compare_fields(simple_type(KEEL_PG_FLOAT8), F(nan1), F(zero)), "NaN and 0");
    ok(keel_compare_fields(simple_type(KEEL_PG_NUMERIC), F(one), F(one_scaled)), "1 and 1.00");
    ok(!keel_compare_fields(simple_type(KEEL_PG_NUMERIC), F(one), F(two)), "1 and 2");
    ok(keel_compare_fields(simple_type(KEEL_PG_JSONB), S("\1{\"a\":1,\"b\":2}"),
                           S("\1{\"b\": 2, \"a\": 1.0}")),
       "jsonb by value");
    ok(!keel_compare_fields(simple_type(KEEL_PG_JSON), S("[1, 2]"), S("[1,2]")),
       "json by its text");
    ok(keel_compare_fields(simple_type(KEEL_PG_CHAR), S("a  "), S("a")), "char without padding");
    ok(!keel_compare_fields(simple_type(KEEL_PG_TEXT), S("a  "), S("a")), "text with its blanks");
    ok(keel_compare_fields(simple_type(KEEL_PG_TEXT), null, null), "NULL and NULL");
    ok(!keel_compare_fields(simple_type(KEEL_PG_TEXT), null, S("")), "NULL and ''");
}

static void test_tuple(void)
{
    static const unsigned char tuple[] = {0, 2, 0, 0, 0, 1, 'a', 0xff, 0xff, 0xff, 0xff};
    keel_field fields[2];

    ok(keel_tuple_fields(tuple, sizeof tuple, fields, 2), "a tuple of two");
    ok(fields[0].size == 1 && fields[0].bytes[0] == 'a' && fields[1].size == -1, "its fields");
    ok(!keel_tuple_fields(tuple, sizeof tuple, fields, 3), "another count");
    for (size_t cut = 0; cut < sizeof tuple; cut++)
        ok(!keel_tuple_fields(tuple, cut, fields, 2), "cut after %zu bytes", cut);
}

static void test_tuple_field(void)
{
    static const unsigned char tuple[] = {0, 3, 0, 0, 0, 1, 'a', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 'b', 'c'};
    keel_field field = {0};

    ok(keel_tuple_field(tuple, sizeof tuple, 0, &field) && field.size == 1 && field.bytes[0] == 'a', "the first field");
    ok(keel_tuple_field(tuple, sizeof tuple, 1, &field) && field.size == -1, "NULL");
    ok(keel_tuple_field(tuple, sizeof tuple, 2, &field) && field.size == 2 && field.bytes[1] == 'c', "the last one");
    ok(!keel_tuple_field(tuple, sizeof tuple, 3, &field), "there is no fourth");
    ok(keel_tuple_field(tuple, 7, 0, &field), "what follows is not looked at");
    for (size_t cut = 0; cut < sizeof tuple; cut++)
        ok(!keel_tuple_field(tuple, cut, 2, &field), "cut after %zu bytes", cut);
}

/* Fields of any bytes must do no harm. */
static void test_garbage(void)
{
    dice d = {13};
    char text[128];
    const keel_pg_type floats = {
        .kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_NUMERIC), .oid = 1};

    for (int kind = 0; kind < KEEL_PG_OTHER; kind++) {
        const keel_pg_type *type =
            kind == KEEL_PG_ARRAY ? &floats : simple_type((keel_pg_kind)kind);
        const keel_rule rule = {.type = type,
                                .epoch_integer = KEEL_EPOCH_SECONDS,
                                .epoch_real = KEEL_EPOCH_JULIAN,
                                .round = true};
        make_cell *const makers[] = {make_number, make_moment, make_text,
                                     make_json,   make_list,   make_network};
        for (int i = 0; i < 3000; i++) {
            unsigned char bytes[40];
            KEEL_CLEANUP(keel_str_free) keel_str out = {0};
            for (size_t j = 0; j < sizeof bytes; j++)
                bytes[j] = (unsigned char)(roll_below(&d, 3) == 0 ? roll(&d) : roll_below(&d, 3));
            keel_field field = {bytes, (int32_t)roll_below(&d, sizeof bytes)};
            keel_cell cell = makers[roll_below(&d, KEEL_COUNT_OF(makers))](&d, text);
            keel_compare(&rule, &cell, field);
            keel_field_text(type, field, &out);
            keel_compare_fields(type, field, (keel_field){bytes + 1, field.size});
        }
    }
    ok(true, "fields of any bytes are compared and printed");
}

int main(void)
{
    test_families();
    test_numerics();
    test_moments();
    test_zoned_families();
    test_fields();
    test_tuple();
    test_tuple_field();
    test_garbage();
    return done_testing();
}
