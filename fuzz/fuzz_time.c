/* Any text as date, time and timestamp, under every number of digits, with rounding and without:
 * what fits compares equal. The first byte chooses the form. */
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
    static const keel_pg_kind kinds[] = {KEEL_PG_DATE, KEEL_PG_TIME, KEEL_PG_TIMESTAMP,
                                         KEEL_PG_TIMESTAMPTZ};
    static const keel_epoch epochs[] = {KEEL_EPOCH_SECONDS, KEEL_EPOCH_MILLISECONDS,
                                        KEEL_EPOCH_JULIAN};
    keel_cell text = {.class = KEEL_CELL_TEXT}, number = {.class = KEEL_CELL_INTEGER},
              real = {.class = KEEL_CELL_REAL};

    if (size < 9)
        return 0;
    text.bytes = bytes + 1;
    text.size = size - 1;
    memcpy(&number.integer, bytes + 1, sizeof number.integer);
    memcpy(&real.real, bytes + 1, sizeof real.real);
    const keel_pg_type type = {.kind = kinds[bytes[0] % 4], .fraction_digits = bytes[0] / 4 % 7};
    keel_rule rule = {.type = &type, .round = bytes[0] >= 128};
    rule.epoch_integer = rule.epoch_real = epochs[bytes[0] / 28 % 3];
    check(&rule, &text);
    check(&rule, &number);
    check(&rule, &real);
    return 0;
}
