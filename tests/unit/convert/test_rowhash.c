#include "convert/rowhash.h"

#include <math.h>

#include "base/arena.h"
#include "samples.h"

/* A numeric field with the given groups. */
static void add_numeric(
    keel_str *row, int16_t weight, int sign, int16_t scale, const int16_t *groups, int16_t count)
{
    keel_str_add_i32(row, 8 + 2 * count);
    keel_str_add_i16(row, count);
    keel_str_add_i16(row, weight);
    keel_str_add_i16(row, (int16_t)sign);
    keel_str_add_i16(row, scale);
    for (int i = 0; i < count; i++)
        keel_str_add_i16(row, groups[i]);
}

static void add_field(keel_str *row, const void *bytes, int32_t size)
{
    keel_str_add_i32(row, size);
    if (size > 0)
        keel_str_addn(row, bytes, (size_t)size);
}

static uint64_t hash_one(const keel_row_hasher *hasher, const keel_str *row)
{
    return keel_row_hash(hasher, (const unsigned char *)row->data, row->size, NULL);
}

/* Both fields, alone in a row behind an integer, have the same hash or not. */
static void check_pair(keel_arena *arena,
                       keel_pg_kind kind,
                       const void *left,
                       int32_t left_size,
                       const void *right,
                       int32_t right_size,
                       bool same,
                       const char *name)
{
    const keel_pg_type *types[] = {simple_type(KEEL_PG_INT4), simple_type(kind),
                                   simple_type(KEEL_PG_TEXT)};
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, 3);
    KEEL_CLEANUP(keel_str_free) keel_str a = {0};
    KEEL_CLEANUP(keel_str_free) keel_str b = {0};

    add_field(&a, "\0\0\0\1", 4);
    add_field(&a, left, left_size);
    add_field(&a, "tail", 4);
    add_field(&b, "\0\0\0\1", 4);
    add_field(&b, right, right_size);
    add_field(&b, "tail", 4);
    ok((hash_one(hasher, &a) == hash_one(hasher, &b)) == same, "%s", name);
}

static void test_reductions(keel_arena *arena)
{
    check_pair(arena, KEEL_PG_CHAR, "ab ", 3, "ab", 2, true, "char: padding does not count");
    check_pair(arena, KEEL_PG_CHAR, " ab", 3, "ab", 2, false, "char: blanks in front do");
    check_pair(arena, KEEL_PG_VARCHAR, "ab ", 3, "ab", 2, false, "varchar: blanks count");
    check_pair(arena, KEEL_PG_CHAR, "", 0, NULL, -1, false, "char: '' is not NULL");
    check_pair(arena, KEEL_PG_FLOAT8, "\x80\0\0\0\0\0\0\0", 8, "\0\0\0\0\0\0\0\0", 8, true,
               "float8: -0 is 0");
    check_pair(arena, KEEL_PG_FLOAT8, "\x7f\xf8\0\0\0\0\0\0", 8, "\xff\xf8\0\0\0\0\0\1", 8, true,
               "float8: NaN is NaN");
    check_pair(arena, KEEL_PG_FLOAT8, "\x7f\xf0\0\0\0\0\0\0", 8, "\xff\xf0\0\0\0\0\0\0", 8, false,
               "float8: the infinities differ");
    check_pair(arena, KEEL_PG_FLOAT4, "\x80\0\0\0", 4, "\0\0\0\0", 4, true, "float4: -0 is 0");
    check_pair(arena, KEEL_PG_JSONB, "\1{\"b\": 1, \"a\": 2}", 17, "\1{\"a\":2.0,\"b\":1}", 16,
               true, "jsonb: by value");
    check_pair(arena, KEEL_PG_JSONB, "\1{\"b\": 1, \"a\": 2}", 17, "\1{\"b\": 2, \"a\": 1}", 17,
               false, "jsonb: another value");
    check_pair(arena, KEEL_PG_JSON, "[1, 2]", 6, "[1,2]", 5, true, "json: by value");
    check_pair(arena, KEEL_PG_TEXT, "[1, 2]", 6, "[1,2]", 5, false, "text: by bytes");
    check_pair(arena, KEEL_PG_JSON, NULL, -1, "null", 4, false, "json: null is not NULL");
}

static void test_numeric(keel_arena *arena)
{
    static const struct {
        int16_t groups[3];
        int16_t count, weight, scale;
        int sign, value;
    } forms[] = {{{1}, 1, 0, 0, 0, 1},      {{1}, 1, 0, 2, 0, 1},      {{1, 0}, 2, 0, 4, 0, 1},
                 {{1}, 1, 0, 0, 0x4000, 2}, {{1}, 1, 1, 0, 0, 3},      {{1, 0, 0}, 3, 1, 0, 0, 3},
                 {{1, 1}, 2, 0, 4, 0, 4},   {{0}, 0, 0, 0, 0, 5},      {{0}, 0, 0, 5, 0, 5},
                 {{0}, 0, 0, 0, 0xC000, 6}, {{0}, 0, 0, 0, 0xD000, 7}, {{0}, 0, 0, 0, 0xF000, 8},
                 {{10}, 1, 0, 0, 0, 9},     {{0, 0}, 2, 1, 2, 0, 5}};
    const keel_pg_type *types[] = {simple_type(KEEL_PG_NUMERIC)};
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, 1);

    for (size_t i = 0; i < KEEL_COUNT_OF(forms); i++) {
        for (size_t j = 0; j < i; j++) {
            KEEL_CLEANUP(keel_str_free) keel_str a = {0};
            KEEL_CLEANUP(keel_str_free) keel_str b = {0};
            add_numeric(&a, forms[i].weight, forms[i].sign, forms[i].scale, forms[i].groups,
                        forms[i].count);
            add_numeric(&b, forms[j].weight, forms[j].sign, forms[j].scale, forms[j].groups,
                        forms[j].count);
            ok((hash_one(hasher, &a) == hash_one(hasher, &b)) == (forms[i].value == forms[j].value),
               "numeric forms %zu and %zu", i, j);
        }
    }
}

static void test_json_hashes(keel_arena *arena)
{
    const keel_pg_type *types[] = {simple_type(KEEL_PG_JSONB), simple_type(KEEL_PG_INT4),
                                   simple_type(KEEL_PG_JSON)};
    const keel_cell cells[] = {T("{\"k\":[1,2,3],\"a\":null}"), I(7), N};
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, 3);
    KEEL_CLEANUP(keel_str_free) keel_str row = {0};
    uint64_t hashes[3];

    for (size_t i = 0; i < 3; i++) {
        keel_rule rule = {.type = types[i]};
        keel_encode(&rule, &cells[i], &row, NULL, &hashes[i]);
    }
    ok(keel_row_hash(hasher, (unsigned char *)row.data, row.size, hashes) == hash_one(hasher, &row),
       "the encoder's JSON hashes serve as well as the bytes");
}

static void test_wide_rows(keel_arena *arena)
{
    enum { WIDTH = 300 };
    const keel_pg_type *types[WIDTH];
    KEEL_CLEANUP(keel_str_free) keel_str row = {0};
    int same = 0;

    for (int i = 0; i < WIDTH; i++) {
        types[i] = simple_type(i % 2 == 0 ? KEEL_PG_CHAR : KEEL_PG_INT2);
        add_field(&row, "xy", 2);
    }
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, WIDTH);
    uint64_t before = hash_one(hasher, &row);
    for (int i = 0; i < WIDTH; i++) {
        row.data[i * 6 + 4] = 'z';
        same += hash_one(hasher, &row) == before;
        row.data[i * 6 + 4] = 'x';
    }
    is_int(same, 0, "each of 300 fields counts");
    ok(hash_one(hasher, &row) == before, "and the hash is stable");
}

static void test_arrays(keel_arena *arena)
{
    const keel_pg_type floats = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_FLOAT8)};
    const keel_pg_type *types[] = {&floats};
    const keel_rule rule = {.type = &floats};
    const keel_cell zeros = T("[0,1.5,null]"), minus = T("[-0.0,1.5,null]"),
                    other = T("[1.5,0,null]"), shorter = T("[0,1.5]");
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, 1);
    KEEL_CLEANUP(keel_str_free) keel_str a = {0};
    KEEL_CLEANUP(keel_str_free) keel_str b = {0};
    KEEL_CLEANUP(keel_str_free) keel_str c = {0};
    KEEL_CLEANUP(keel_str_free) keel_str e = {0};

    keel_encode(&rule, &zeros, &a, NULL, NULL);
    keel_encode(&rule, &minus, &b, NULL, NULL);
    keel_encode(&rule, &other, &c, NULL, NULL);
    keel_encode(&rule, &shorter, &e, NULL, NULL);
    ok(hash_one(hasher, &a) == hash_one(hasher, &b), "items of arrays are reduced");
    ok(hash_one(hasher, &a) != hash_one(hasher, &c), "their order counts");
    ok(hash_one(hasher, &a) != hash_one(hasher, &e), "their number too");
}

static void test_damage(keel_arena *arena)
{
    const keel_pg_type floats = {.kind = KEEL_PG_ARRAY, .element = simple_type(KEEL_PG_NUMERIC)};
    const keel_pg_type *types[] = {simple_type(KEEL_PG_NUMERIC), &floats,
                                   simple_type(KEEL_PG_JSONB), simple_type(KEEL_PG_FLOAT8)};
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, 4);
    dice d = {9};

    for (int i = 0; i < 20000; i++) {
        unsigned char row[64];
        size_t size = roll_below(&d, sizeof row);
        for (size_t j = 0; j < size; j++)
            row[j] = (unsigned char)(roll_below(&d, 3) == 0 ? roll(&d) : 0);
        keel_row_hash(hasher, row, size, NULL);
    }
    ok(true, "malformed rows have a hash, too");
}

int main(void)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    test_reductions(arena);
    test_numeric(arena);
    test_json_hashes(arena);
    test_wide_rows(arena);
    test_arrays(arena);
    test_damage(arena);
    return done_testing();
}
