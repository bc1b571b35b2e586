/* Tables of cells and what they become: the field as PostgreSQL prints it, or the id of the misfit.
 * Every value that fits is also read back by keel_compare, which must agree. */
#ifndef KEEL_TESTS_CONVERT_SAMPLES_H
#define KEEL_TESTS_CONVERT_SAMPLES_H

#include "convert/compare.h"
#include "convert/encode.h"
#include "tap.h"

#define T(text)                                                                                    \
    {                                                                                              \
        .class = KEEL_CELL_TEXT, .bytes = (const unsigned char *)(text), .size = sizeof(text) - 1  \
    }
#define B(text)                                                                                    \
    {                                                                                              \
        .class = KEEL_CELL_BLOB, .bytes = (const unsigned char *)(text), .size = sizeof(text) - 1  \
    }
#define I(value)                                                                                   \
    {                                                                                              \
        .class = KEEL_CELL_INTEGER, .integer = (value)                                             \
    }
#define R(value)                                                                                   \
    {                                                                                              \
        .class = KEEL_CELL_REAL, .real = (value)                                                   \
    }
#define N                                                                                          \
    {                                                                                              \
        .class = KEEL_CELL_NULL                                                                    \
    }

typedef struct sample {
    keel_cell cell;
    const char *wanted;
} sample;

static inline const char *cell_name(const keel_cell *cell, keel_str *out)
{
    bool hex;

    keel_str_clear(out);
    keel_str_addf(out, "class %d ", (int)cell->class);
    keel_cell_text(cell, 60, out, &hex);
    for (size_t i = 0; i < out->size; i++) {
        if (out->data[i] == '#' || out->data[i] == '\n' || out->data[i] == '\r')
            out->data[i] = '.';
    }
    return out->data;
}

/* Encodes into `out` (cleared first); the field behind the length. */
static inline keel_misfit_code encode_into(const keel_rule *rule,
                                           const keel_cell *cell,
                                           keel_rule_counts *counts,
                                           keel_str *out,
                                           keel_field *ret_field)
{
    keel_str_clear(out);
    keel_misfit_code code = keel_encode(rule, cell, out, counts, NULL);
    if (code == KEEL_FITS) {
        int32_t size = keel_get_i32(out->data);
        *ret_field = (keel_field){size < 0 ? NULL : (unsigned char *)out->data + 4, size};
    }
    return code;
}

static inline void
check_samples(const char *name, const keel_rule *rule, const sample *samples, size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    KEEL_CLEANUP(keel_str_free) keel_str title = {0};

    for (size_t i = 0; i < count; i++) {
        const keel_cell *cell = &samples[i].cell;
        keel_rule_counts counts = {0};
        keel_field field = {0};
        keel_misfit_code code = encode_into(rule, cell, &counts, &out, &field);
        cell_name(cell, &title);
        keel_str_clear(&text);
        if (code == KEEL_FITS)
            keel_field_text(rule->type, field, &text);
        is_str(code == KEEL_FITS ? keel_str_text(&text) : keel_misfit_id(code), samples[i].wanted,
               "%s: %s", name, title.data);
        if (code == KEEL_FITS)
            ok(keel_compare(rule, cell, field), "%s: %s compares equal", name, title.data);
        else
            is_int((int64_t)out.size, 0, "%s: %s leaves nothing behind", name, title.data);
    }
}

#define CHECK(name, rule, ...)                                                                     \
    do {                                                                                           \
        static const sample samples_[] = {__VA_ARGS__};                                            \
        check_samples((name), (rule), samples_, sizeof samples_ / sizeof *samples_);               \
    } while (0)

/* A generator with a fixed seed: every run sees the same values. */
typedef struct dice {
    uint64_t state;
} dice;

static inline uint64_t roll(dice *d)
{
    d->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint64_t roll_below(dice *d, uint64_t limit)
{
    return roll(d) % limit;
}

static inline const keel_pg_type *simple_type(keel_pg_kind kind)
{
    static const keel_pg_type types[KEEL_PG_OTHER + 1] = {
#define TYPE(name) [KEEL_PG_##name] = {.kind = KEEL_PG_##name, .oid = 25, .fraction_digits = 6}
        TYPE(BOOL),    TYPE(INT2),      TYPE(INT4),        TYPE(INT8),  TYPE(FLOAT4), TYPE(FLOAT8),
        TYPE(NUMERIC), TYPE(TEXT),      TYPE(VARCHAR),     TYPE(CHAR),  TYPE(BYTEA),  TYPE(DATE),
        TYPE(TIME),    TYPE(TIMESTAMP), TYPE(TIMESTAMPTZ), TYPE(UUID),  TYPE(JSON),   TYPE(JSONB),
        TYPE(INET),    TYPE(CIDR),      TYPE(ENUM),        TYPE(ARRAY), TYPE(OTHER),
#undef TYPE
    };

    return &types[kind];
}

#endif
