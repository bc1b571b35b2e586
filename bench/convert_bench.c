/* Nanoseconds per cell of the conversion, per family: encode, compare, and the JSON scan in MB/s.
 * CPU time: build/bench/convert_bench [ROUNDS]. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "convert/compare.h"
#include "convert/encode.h"
#include "convert/json.h"
#include "convert/json_tree.h"
#include "convert/rowhash.h"
#include "convert/zone.h"

enum { CELLS = 512 };

typedef struct family {
    const char *name;
    keel_rule rule;
    keel_cell cells[CELLS];
    char texts[CELLS][192];
} family;

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void set_text(family *f, int i)
{
    f->cells[i] = (keel_cell){KEEL_CELL_TEXT, .bytes = (unsigned char *)f->texts[i],
                              .size = strlen(f->texts[i])};
}

static void fill(family *f, int i, const char *form)
{
    char *text = f->texts[i];
    size_t room = sizeof f->texts[i];
    int a = i * 7919 % 100000, b = i % 28 + 1;

    if (strcmp(form, "int") == 0) {
        f->cells[i] = (keel_cell){KEEL_CELL_INTEGER, .integer = a};
    } else if (strcmp(form, "bool") == 0) {
        f->cells[i] = (keel_cell){KEEL_CELL_INTEGER, .integer = a % 2};
    } else if (strcmp(form, "money") == 0) {
        f->cells[i] = (keel_cell){KEEL_CELL_REAL, .real = (double)a * 37 / 100.0};
    } else if (strcmp(form, "real") == 0) {
        f->cells[i] = (keel_cell){KEEL_CELL_REAL, .real = (double)a / 7.0};
    } else {
        if (strcmp(form, "time") == 0)
            snprintf(text, room, "2024-%02d-%02d %02d:%02d:%02d", b % 12 + 1, b, b % 24, b, b);
        else if (strcmp(form, "micros") == 0)
            snprintf(text, room, "2024-%02d-%02dT%02d:%02d:%02d.%06d+00:00", b % 12 + 1, b, b % 24,
                     b, b, a);
        else if (strcmp(form, "hash") == 0)
            snprintf(text, room, "0x%060d%04x", a, (unsigned)b);
        else if (strcmp(form, "prose") == 0)
            snprintf(text, room,
                     "Flash loan attack no. %d drained the p\xc3\xb6\xc3\xb6l of a lending "
                     "protocol through a price oracle \xf0\x9f\x8c\x8a %d",
                     a, b);
        else if (strcmp(form, "uuid") == 0)
            snprintf(text, room, "a0eebc99-9c0b-4ef8-bb6d-%012d", a);
        else if (strcmp(form, "decimal") == 0)
            snprintf(text, room, "%d.%02d", a, b);
        else
            snprintf(text, room,
                     "{\"source\": \"feed%d\", \"tags\": [\"defi\", \"bridge\"], \"confidence\": "
                     "0.%d, \"verified\": true, \"block\": %d}",
                     b, b, a);
        set_text(f, i);
    }
}

static void measure(family *f, int rounds)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_rule_counts counts = {0};
    static keel_field fields[CELLS];
    uint64_t hash;
    int different = 0;

    double start = cpu_seconds();
    for (int round = 0; round < rounds; round++) {
        keel_str_clear(&out);
        for (int i = 0; i < CELLS; i++)
            keel_encode(&f->rule, &f->cells[i], &out, &counts, &hash);
    }
    double encoded = cpu_seconds();
    size_t at = 0;
    for (int i = 0; i < CELLS; i++) {
        fields[i] = (keel_field){(unsigned char *)out.data + at + 4, keel_get_i32(out.data + at)};
        at += 4 + (size_t)fields[i].size;
    }
    double before = cpu_seconds();
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < CELLS; i++)
            different += !keel_compare(&f->rule, &f->cells[i], fields[i]);
    }
    double compared = cpu_seconds();
    double cells = (double)rounds * CELLS / 1e9;
    printf("%-34s %8.1f %8.1f%s\n", f->name, (encoded - start) / cells, (compared - before) / cells,
           different > 0 ? "  DIFFERENT" : "");
}

static void measure_json(int rounds)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    uint64_t sum = 0;

    keel_str_add(&text, "[");
    for (int i = 0; i < 2000; i++)
        keel_str_addf(&text,
                      "%s{\"id\": %d, \"name\": \"exploit number %d\", \"amount\": %d.25, "
                      "\"chain\": \"ethereum\", \"tags\": [\"a\", \"b\"], \"ok\": true}",
                      i > 0 ? ", " : "", i, i, i);
    keel_str_add(&text, "]");
    double start = cpu_seconds();
    for (int round = 0; round < rounds; round++)
        sum += keel_json_hash(text.data, text.size);
    double scanned = cpu_seconds();
    for (int round = 0; round < rounds; round++)
        sum += keel_json_scan(text.data, text.size).duplicate_keys;
    printf("JSON scan %.0f MB/s (%d)\n", (double)text.size * rounds / (scanned - start) / 1e6,
           (int)(sum & 1));
}

/* A document against what jsonb makes of it: other white space, keys by length. */
static void measure_jsonb_compare(int rounds)
{
    static const char source[] = "{\"source\":\"feed7\",\"tags\":[\"defi\",\"bridge\"],"
                                 "\"confidence\":0.50,\"verified\":true,\"block\":12345}";
    static const char arrived[] =
        "{\"tags\": [\"defi\", \"bridge\"], \"block\": 12345, \"source\": \"feed7\", \"verified\": "
        "true, \"confidence\": 0.50}";
    int equal = 0;

    double start = cpu_seconds();
    for (int i = 0; i < rounds * 100; i++)
        equal += keel_json_equal(source, sizeof source - 1, arrived, sizeof arrived - 1);
    printf("jsonb compare, reordered: %.0f ns (%s)\n",
           (cpu_seconds() - start) * 1e9 / (rounds * 100), equal > 0 ? "equal" : "DIFFERENT");
}

static void measure_rows(family *families, size_t count, int rounds, keel_arena *arena)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    const keel_pg_type *types[16];
    uint64_t hashes[16], sum = 0;
    keel_rule_counts counts = {0};

    for (size_t i = 0; i < count; i++)
        types[i] = families[i].rule.type;
    keel_row_hasher *hasher = keel_row_hasher_create(arena, types, count);
    for (int with_hash = 0; with_hash < 2; with_hash++) {
        double start = cpu_seconds();
        for (int round = 0; round < rounds; round++) {
            for (int row = 0; row < CELLS; row++) {
                keel_str_clear(&out);
                for (size_t i = 0; i < count; i++)
                    keel_encode(&families[i].rule, &families[i].cells[row], &out, &counts,
                                &hashes[i]);
                if (with_hash == 1)
                    sum += keel_row_hash(hasher, (unsigned char *)out.data, out.size, hashes);
            }
        }
        printf("row of %zu mixed cells%s: %.0f ns (%d)\n", count,
               with_hash == 1 ? " and its hash" : "",
               (cpu_seconds() - start) / ((double)rounds * CELLS / 1e9), (int)(sum & 1));
    }
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2000;
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    static const keel_pg_type money = {.kind = KEEL_PG_NUMERIC, .precision = 20, .scale = 2},
                              any = {.kind = KEEL_PG_NUMERIC};
    static const keel_pg_type types[] = {
        [KEEL_PG_BOOL] = {.kind = KEEL_PG_BOOL},
        [KEEL_PG_INT4] = {.kind = KEEL_PG_INT4},
        [KEEL_PG_INT8] = {.kind = KEEL_PG_INT8},
        [KEEL_PG_FLOAT8] = {.kind = KEEL_PG_FLOAT8},
        [KEEL_PG_TEXT] = {.kind = KEEL_PG_TEXT},
        [KEEL_PG_VARCHAR] = {.kind = KEEL_PG_VARCHAR, .length = 66},
        [KEEL_PG_TIMESTAMPTZ] = {.kind = KEEL_PG_TIMESTAMPTZ, .fraction_digits = 6},
        [KEEL_PG_UUID] = {.kind = KEEL_PG_UUID},
        [KEEL_PG_JSONB] = {.kind = KEEL_PG_JSONB}};
    static family families[] = {
        {.name = "int8 of INTEGER", .rule = {.type = &types[KEEL_PG_INT8]}},
        {.name = "bool of INTEGER", .rule = {.type = &types[KEEL_PG_BOOL]}},
        {.name = "varchar(66), 66 bytes", .rule = {.type = &types[KEEL_PG_VARCHAR]}},
        {.name = "text, 110 bytes, not all ASCII", .rule = {.type = &types[KEEL_PG_TEXT]}},
        {.name = "numeric(20,2) of cents", .rule = {.type = &money}},
        {.name = "timestamptz, seconds", .rule = {.type = &types[KEEL_PG_TIMESTAMPTZ]}},
        {.name = "timestamptz, micros, offset", .rule = {.type = &types[KEEL_PG_TIMESTAMPTZ]}},
        {.name = "float8 of REAL", .rule = {.type = &types[KEEL_PG_FLOAT8]}},
        {.name = "int4 of INTEGER", .rule = {.type = &types[KEEL_PG_INT4]}},
        {.name = "jsonb, 105 bytes", .rule = {.type = &types[KEEL_PG_JSONB]}},
        {.name = "uuid", .rule = {.type = &types[KEEL_PG_UUID]}},
        {.name = "numeric of 16-digit reals", .rule = {.type = &any}},
        {.name = "numeric(20,2) of reals, rounded", .rule = {.type = &money, .round = true}},
        {.name = "numeric of TEXT", .rule = {.type = &any}},
        {.name = "timestamptz in a zone", .rule = {.type = &types[KEEL_PG_TIMESTAMPTZ]}},
    };
    static const char *const forms[] = {"int",  "bool",   "hash", "prose",   "money",
                                        "time", "micros", "real", "int",     "json",
                                        "uuid", "real",   "real", "decimal", "time"};
    keel_error err;

    keel_zone_load(arena, "Europe/Copenhagen", &families[KEEL_COUNT_OF(families) - 1].rule.zone,
                   &err);
    printf("%-34s %8s %8s   ns per cell\n", "", "encode", "compare");
    for (size_t f = 0; f < KEEL_COUNT_OF(families); f++) {
        for (int i = 0; i < CELLS; i++)
            fill(&families[f], i, forms[f]);
        measure(&families[f], rounds);
    }
    measure_rows(families, 10, rounds, arena);
    measure_json(rounds / 20 + 1);
    measure_jsonb_compare(rounds);
    return 0;
}
