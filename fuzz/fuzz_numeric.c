/* Any text and any eight bytes as a number of every type: what fits compares equal. The first two
 * bytes choose type and rounding. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "convert/compare.h"
#include "convert/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const keel_rule *rule, const keel_cell *cell)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    if (keel_encode(rule, cell, &out, NULL, NULL) != KEEL_FITS)
        return;
    const keel_field field = {(unsigned char *)out.data + 4, keel_get_i32(out.data)};
    assert(keel_compare(rule, cell, field));
    keel_field_text(rule->type, field, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const keel_pg_kind kinds[] = {KEEL_PG_NUMERIC, KEEL_PG_NUMERIC, KEEL_PG_INT2,
                                         KEEL_PG_INT4,    KEEL_PG_INT8,    KEEL_PG_FLOAT4,
                                         KEEL_PG_FLOAT8,  KEEL_PG_TEXT};
    keel_cell text = {.class = KEEL_CELL_TEXT}, number = {.class = KEEL_CELL_INTEGER},
              real = {.class = KEEL_CELL_REAL};

    if (size < 10)
        return 0;
    text.bytes = bytes + 2;
    text.size = size - 2;
    memcpy(&number.integer, bytes + 2, sizeof number.integer);
    memcpy(&real.real, bytes + 2, sizeof real.real);
    const keel_pg_type type = {.kind = kinds[bytes[0] % 8],
                               .precision = bytes[0] % 8 == 0 ? 0 : 1 + bytes[1] % 40,
                               .scale = bytes[1] / 8 - 8};
    const keel_rule rule = {
        .type = &type, .round = bytes[0] >= 128, .allow_nan = bytes[0] % 128 >= 64};
    check(&rule, &text);
    check(&rule, &number);
    check(&rule, &real);
    return 0;
}
