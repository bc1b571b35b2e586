#include "transfer/keymap.h"

#include <stdlib.h>
#include <tap.h>

#include "base/macros.h"
#include "base/memory.h"

static keel_old_key integer_key(int64_t key)
{
    return (keel_old_key){.is_integer = true, .integer = key};
}

static void put(keel_keymap *map, int64_t key, int64_t value)
{
    keel_old_key old = integer_key(key);
    keel_new_key new = {.integer = value};

    keel_keymap_lock(map);
    keel_keymap_put(map, &old, KEEL_KEY_PRESENT, &new);
    keel_keymap_unlock(map);
}

static void reject(keel_keymap *map, int64_t key)
{
    keel_old_key old = integer_key(key);

    keel_keymap_lock(map);
    keel_keymap_put(map, &old, KEEL_KEY_REJECTED, NULL);
    keel_keymap_unlock(map);
}

static keel_key_state state_of(const keel_keymap *map, int64_t key)
{
    keel_old_key old = integer_key(key);

    return keel_keymap_get(map, &old, NULL);
}

static int64_t value_of(const keel_keymap *map, int64_t key)
{
    keel_old_key old = integer_key(key);
    keel_new_key new = {.integer = -424242};

    keel_keymap_get(map, &old, &new);
    return new.integer;
}

static void test_dense(void)
{
    keel_keymap *map = keel_keymap_create(true, true, false, -5, 500, 300);

    put(map, -5, 1);
    put(map, 500, 2);
    put(map, 7, 3);
    reject(map, 8);
    is_int(value_of(map, -5), 1, "dense: the lowest key");
    is_int(value_of(map, 500), 2, "dense: the highest key");
    is_int(value_of(map, 7), 3, "dense: one in between");
    is_int(state_of(map, 8), KEEL_KEY_REJECTED, "dense: rejected");
    is_int(value_of(map, 8), -424242, "a rejected key has no value");
    is_int(state_of(map, 9), KEEL_KEY_ABSENT, "dense: absent");
    is_int(state_of(map, INT64_MIN), KEEL_KEY_ABSENT, "far below is absent");
    is_int(state_of(map, INT64_MAX), KEEL_KEY_ABSENT, "far above is absent");
    put(map, 100000, 4);
    is_int(value_of(map, 100000), 4, "a key outside the bounds is kept all the same");
    is_int(keel_keymap_count(map), 4, "rejected keys are not counted");
    reject(map, 7);
    put(map, 8, 9);
    put(map, 8, 10);
    is_int(state_of(map, 7), KEEL_KEY_REJECTED, "present becomes rejected");
    is_int(value_of(map, 8), 10, "rejected becomes present, and is replaced");
    is_int(keel_keymap_count(map), 4, "the count follows replaced states");
    keel_keymap_free(map);
}

/* Asking ahead changes nothing, whatever is asked for. */
static void test_fetch(void)
{
    static const int64_t keys[] = {INT64_MIN, -6, -5, 7, 500, 501, 100000, INT64_MAX};
    const keel_cell others[] = {{.class = KEEL_CELL_NULL}, {.class = KEEL_CELL_REAL, .real = 7},
                                {.class = KEEL_CELL_TEXT, .bytes = (const unsigned char *)"7", .size = 1}};
    keel_keymap *maps[] = {keel_keymap_create(true, true, false, -5, 500, 300), keel_keymap_create(true, true, true, -5, 500, 300),
                           keel_keymap_create(true, false, false, -5, 500, 300),
                           keel_keymap_create(true, true, false, 0, -1, 0), keel_keymap_create(false, true, false, 0, 0, 3)};

    for (size_t i = 0; i < KEEL_COUNT_OF(maps); i++) {
        for (int round = 0; round < 2; round++) {
            for (size_t j = 0; j < KEEL_COUNT_OF(keys); j++)
                keel_keymap_fetch(maps[i], &(keel_cell){.class = KEEL_CELL_INTEGER, .integer = keys[j]});
            for (size_t j = 0; j < KEEL_COUNT_OF(others); j++)
                keel_keymap_fetch(maps[i], &others[j]);
            if (round == 0)
                put(maps[i], 100000, 4);
        }
        is_int(state_of(maps[i], 100000), KEEL_KEY_PRESENT, "map %zu is as it was", i);
        is_int(keel_keymap_count(maps[i]), 1, "and holds one key");
        keel_keymap_free(maps[i]);
    }
}

static void test_extremes(void)
{
    static const int64_t keys[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    keel_keymap *map = keel_keymap_create(true, true, false, INT64_MIN, INT64_MAX, 7);

    for (size_t i = 0; i < KEEL_COUNT_OF(keys); i++)
        put(map, keys[i], keys[KEEL_COUNT_OF(keys) - 1 - i]);
    for (size_t i = 0; i < KEEL_COUNT_OF(keys); i++)
        is_int(value_of(map, keys[i]), keys[KEEL_COUNT_OF(keys) - 1 - i], "sparse: extreme key %zu",
               i);
    is_int(state_of(map, 2), KEEL_KEY_ABSENT, "sparse: absent");
    is_int(state_of(map, INT64_MIN + 2), KEEL_KEY_ABSENT, "sparse: absent beside an extreme one");
    keel_keymap_free(map);

    map = keel_keymap_create(true, true, false, 1, 10, 10);
    for (int64_t i = 0; i < 5; i++)
        put(map, 1 + i, INT64_MIN + i);
    for (int64_t i = 0; i < 5; i++)
        is_int(value_of(map, 1 + i), INT64_MIN + i, "dense: the new key may be extreme, %d",
               (int)i);
    put(map, 1, INT64_MIN + 2);
    is_int(value_of(map, 1), INT64_MIN + 2, "and may be replaced by another extreme one");
    keel_keymap_free(map);
}

static void test_presence(void)
{
    keel_keymap *map = keel_keymap_create(true, false, false, 1, 4000, 10);
    keel_old_key key = integer_key(0);

    put(map, 1, 0);
    put(map, 32, 0);
    put(map, 33, 0);
    reject(map, 34);
    reject(map, 5000000);
    put(map, 6000000, 0);
    is_int(state_of(map, 1), KEEL_KEY_PRESENT, "presence: the first bit");
    is_int(state_of(map, 2), KEEL_KEY_ABSENT, "presence: its neighbour");
    is_int(state_of(map, 32), KEEL_KEY_PRESENT, "presence: the end of a word");
    is_int(state_of(map, 33), KEEL_KEY_PRESENT, "presence: the next word");
    is_int(state_of(map, 34), KEEL_KEY_REJECTED, "presence: rejected");
    is_int(state_of(map, 5000000), KEEL_KEY_REJECTED, "presence: rejected far away");
    is_int(state_of(map, 6000000), KEEL_KEY_PRESENT, "presence: present far away");
    reject(map, 1);
    is_int(state_of(map, 1), KEEL_KEY_REJECTED, "presence: replaced");
    is_int(keel_keymap_count(map), 3, "presence: counted");
    key.integer = 40;
    keel_keymap_put(map, &key, KEEL_KEY_PRESENT, NULL);
    is_int(state_of(map, 40), KEEL_KEY_PRESENT, "presence needs no new key");
    keel_keymap_free(map);
}

static keel_cell text_cell(const char *text)
{
    return (keel_cell){
        .class = KEEL_CELL_TEXT, .bytes = (const unsigned char *)text, .size = strlen(text)};
}

static keel_cell real_cell(double real)
{
    return (keel_cell){.class = KEEL_CELL_REAL, .real = real};
}

static bool reads_as(const keel_keymap *map, keel_cell cell, int64_t wanted)
{
    const keel_cell *cells[] = {&cell};
    keel_old_key key = {0};

    return keel_keymap_key(map, cells, 1, &key) && key.is_integer && key.integer == wanted;
}

static bool reads_as_hash(const keel_keymap *map, keel_cell cell)
{
    const keel_cell *cells[] = {&cell};
    keel_old_key key = {0};

    return keel_keymap_key(map, cells, 1, &key) && !key.is_integer;
}

static void test_integer_cells(void)
{
    static const char *const odd[] = {"",
                                      "-",
                                      "-0",
                                      "07",
                                      "+7",
                                      "7 ",
                                      " 7",
                                      "7.0",
                                      "0x7",
                                      "1e3",
                                      "abc",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999",
                                      "18446744073709551616"};
    keel_keymap *map = keel_keymap_create(true, true, false, 1, 9, 9);
    keel_cell blob = {.class = KEEL_CELL_BLOB, .bytes = (const unsigned char *)"7", .size = 1};
    keel_cell null = {.class = KEEL_CELL_NULL};
    const keel_cell *cells[] = {&null};
    keel_old_key key;

    ok(reads_as(map, (keel_cell){.class = KEEL_CELL_INTEGER, .integer = 7}, 7), "INTEGER 7");
    ok(reads_as(map, real_cell(7.0), 7), "REAL 7.0 is 7");
    ok(reads_as(map, real_cell(-0.0), 0), "REAL -0.0 is 0");
    ok(reads_as(map, real_cell(-0x1p63), INT64_MIN), "REAL -2^63 is the least integer");
    ok(reads_as_hash(map, real_cell(0x1p63)), "REAL 2^63 is no integer");
    ok(reads_as_hash(map, real_cell(7.5)), "REAL 7.5 is no integer");
    ok(reads_as(map, text_cell("7"), 7), "TEXT '7' is 7");
    ok(reads_as(map, text_cell("0"), 0), "TEXT '0' is 0");
    ok(reads_as(map, text_cell("-12"), -12), "TEXT '-12' is -12");
    ok(reads_as(map, text_cell("9223372036854775807"), INT64_MAX), "TEXT of the greatest integer");
    ok(reads_as(map, text_cell("-9223372036854775808"), INT64_MIN), "TEXT of the least integer");
    for (size_t i = 0; i < KEEL_COUNT_OF(odd); i++)
        ok(reads_as_hash(map, text_cell(odd[i])), "TEXT '%s' is not canonical", odd[i]);
    ok(reads_as_hash(map, blob), "a BLOB is no integer");
    ok(!keel_keymap_key(map, cells, 1, &key), "NULL is no key");

    keel_cell word = text_cell("abc");
    cells[0] = &word;
    keel_keymap_key(map, cells, 1, &key);
    is_int(keel_keymap_get(map, &key, NULL), KEEL_KEY_ABSENT, "text in a map of integers: absent");
    keel_keymap_put(map, &key, KEEL_KEY_REJECTED, NULL);
    is_int(keel_keymap_get(map, &key, NULL), KEEL_KEY_REJECTED, "and can be rejected");
    keel_keymap_free(map);
}

static keel_old_key pair_key(const keel_keymap *map, keel_cell first, keel_cell second)
{
    const keel_cell *cells[] = {&first, &second};
    keel_old_key key = {0};

    keel_keymap_key(map, cells, 2, &key);
    return key;
}

static bool same(keel_old_key a, keel_old_key b)
{
    return a.hash[0] == b.hash[0] && a.hash[1] == b.hash[1];
}

static void test_composite(void)
{
    keel_keymap *map = keel_keymap_create(false, true, false, 0, 0, 100);
    keel_cell one = {.class = KEEL_CELL_INTEGER, .integer = 1};
    keel_cell blob = {.class = KEEL_CELL_BLOB, .bytes = (const unsigned char *)"a", .size = 1};
    keel_cell null = {.class = KEEL_CELL_NULL};
    const keel_cell *with_null[] = {&one, &null};
    keel_old_key key = pair_key(map, one, text_cell("a"));
    keel_new_key value = {.integer = 77};

    ok(!same(key, pair_key(map, text_cell("a"), one)), "the order of cells matters");
    ok(!same(key, pair_key(map, one, blob)), "text and blob of the same bytes differ");
    ok(same(key, pair_key(map, real_cell(1.0), text_cell("a"))), "REAL 1.0 equals INTEGER 1");
    ok(!same(key, pair_key(map, real_cell(1.5), text_cell("a"))), "REAL 1.5 does not");
    ok(!same(pair_key(map, text_cell("ab"), text_cell("c")),
             pair_key(map, text_cell("a"), text_cell("bc"))),
       "the border between cells matters");
    ok(!keel_keymap_key(map, with_null, 2, &key), "a NULL in any cell: no key at all");
    key = pair_key(map, one, text_cell("a"));
    keel_keymap_put(map, &key, KEEL_KEY_PRESENT, &value);
    value.integer = 0;
    is_int(keel_keymap_get(map, &key, &value), KEEL_KEY_PRESENT, "composite: present");
    is_int(value.integer, 77, "composite: its new key");
    key = pair_key(map, one, text_cell("b"));
    is_int(keel_keymap_get(map, &key, &value), KEEL_KEY_ABSENT, "composite: absent");
    keel_keymap_put(map, &key, KEEL_KEY_REJECTED, NULL);
    is_int(keel_keymap_get(map, &key, &value), KEEL_KEY_REJECTED, "composite: rejected");
    is_int(value.integer, 77, "a rejected key leaves the new key alone");
    is_int(keel_keymap_count(map), 1, "composite: counted");
    keel_keymap_free(map);
}

static void test_text_growth(bool remap)
{
    enum { KEYS = 5000 };
    keel_keymap *map = keel_keymap_create(false, remap, false, 0, 0, 0);
    int wrong = 0;

    for (int i = 0; i < 2 * KEYS; i++) {
        char text[32];
        snprintf(text, sizeof text, "key-%d", i);
        keel_cell cell = text_cell(text);
        const keel_cell *cells[] = {&cell};
        keel_old_key key;
        keel_new_key value = {.integer = i * 3};
        keel_keymap_key(map, cells, 1, &key);
        if (i < KEYS)
            keel_keymap_put(map, &key, KEEL_KEY_PRESENT, &value);
        else
            wrong += keel_keymap_get(map, &key, &value) != KEEL_KEY_ABSENT;
    }
    for (int i = 0; i < KEYS; i++) {
        char text[32];
        snprintf(text, sizeof text, "key-%d", i);
        keel_cell cell = text_cell(text);
        const keel_cell *cells[] = {&cell};
        keel_old_key key;
        keel_new_key value = {.integer = i * 3};
        keel_keymap_key(map, cells, 1, &key);
        value.integer = remap ? -1 : i * 3;
        wrong += keel_keymap_get(map, &key, &value) != KEEL_KEY_PRESENT || value.integer != i * 3;
    }
    is_int(wrong, 0, "%d text keys from an expectation of 0, remap %d", KEYS, remap);
    is_int(keel_keymap_count(map), KEYS, "all counted");
    keel_keymap_free(map);
}

static void test_uuid(bool dense)
{
    keel_keymap *map = keel_keymap_create(true, true, true, 1, dense ? 100 : INT64_MAX, 100);
    int wrong = 0;

    for (int64_t i = 1; i <= 100; i++) {
        keel_old_key key = integer_key(i);
        keel_new_key value = {0};
        memset(value.uuid, (int)i, sizeof value.uuid);
        keel_keymap_put(map, &key, i % 10 == 0 ? KEEL_KEY_REJECTED : KEEL_KEY_PRESENT, &value);
    }
    for (int64_t i = 1; i <= 101; i++) {
        keel_old_key key = integer_key(i);
        keel_new_key value = {0};
        keel_key_state wanted = i == 101      ? KEEL_KEY_ABSENT
                                : i % 10 == 0 ? KEEL_KEY_REJECTED
                                              : KEEL_KEY_PRESENT;
        wrong += keel_keymap_get(map, &key, &value) != wanted;
        wrong += wanted == KEEL_KEY_PRESENT && (value.uuid[0] != i || value.uuid[15] != i);
    }
    is_int(wrong, 0, "integer to uuid, %s", dense ? "dense" : "sparse");
    keel_keymap_free(map);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The map against a plain array: any order of puts and rejects, keys of [low, low + span * stride).
 */
static void
test_against_array(const char *name, bool remap, int64_t low, int64_t stride, int64_t expected)
{
    enum { SPAN = 3000, OPERATIONS = 40000 };
    keel_key_state *states = keel_alloc_zero(SPAN, sizeof *states);
    int64_t *values = keel_alloc_zero(SPAN, sizeof *values);
    keel_keymap *map =
        keel_keymap_create(true, remap, false, low, low + (SPAN - 1) * stride, expected);
    uint64_t random = 88172645463325252u;
    int64_t present = 0;
    int wrong = 0;

    for (int i = 0; i < OPERATIONS; i++) {
        size_t at = (size_t)(next_random(&random) % SPAN);
        int64_t key = low + (int64_t)at * stride;
        unsigned what = (unsigned)(next_random(&random) % 8);
        if (what == 0) {
            reject(map, key);
            states[at] = KEEL_KEY_REJECTED;
        } else if (what < 4) {
            values[at] = (int64_t)next_random(&random);
            put(map, key, values[at]);
            states[at] = KEEL_KEY_PRESENT;
        } else {
            wrong += state_of(map, key) != states[at];
            wrong += remap && states[at] == KEEL_KEY_PRESENT && value_of(map, key) != values[at];
        }
    }
    for (size_t at = 0; at < SPAN; at++) {
        wrong += state_of(map, low + (int64_t)at * stride) != states[at];
        present += states[at] == KEEL_KEY_PRESENT;
    }
    is_int(wrong, 0, "%s: like an array", name);
    is_int(keel_keymap_count(map), present, "%s: counted like an array", name);
    keel_keymap_free(map);
    free(states);
    free(values);
}

int main(void)
{
    test_dense();
    test_fetch();
    test_extremes();
    test_presence();
    test_integer_cells();
    test_composite();
    test_text_growth(true);
    test_text_growth(false);
    test_uuid(true);
    test_uuid(false);
    test_against_array("dense remap", true, -100, 1, 3000);
    test_against_array("sparse remap", true, -1000000000, 1000003, 3000);
    test_against_array("sparse remap that grows", true, INT64_MIN, INT64_C(3000000000000000), 1);
    test_against_array("dense presence", false, 1, 17, 1000);
    test_against_array("sparse presence", false, -5, INT64_C(1) << 40, 10);
    keel_keymap_free(NULL);
    return done_testing();
}
