/* Any bytes as JSON: scan and tree agree about validity, hash and canonical text follow the value,
 * and what jsonb takes compares equal to itself. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "convert/compare.h"
#include "convert/encode.h"
#include "convert/json.h"
#include "convert/json_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_value(const uint8_t *bytes, size_t size, const keel_str *canonical)
{
    assert(keel_json_hash(bytes, size) == keel_json_hash(canonical->data, canonical->size));
    assert(keel_json_equal(bytes, size, canonical->data, canonical->size));
    assert(keel_json_equal(canonical->data, canonical->size, bytes, size));
}

static void check_encoding(const uint8_t *bytes, size_t size, keel_pg_kind kind)
{
    const keel_pg_type item = {.kind = KEEL_PG_TEXT, .oid = 25};
    const keel_pg_type type = {.kind = kind, .element = &item};
    const keel_rule rule = {.type = &type, .allow_duplicate_keys = true};
    const keel_cell cell = {.class = KEEL_CELL_TEXT, .bytes = bytes, .size = size};
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};

    if (keel_encode(&rule, &cell, &out, NULL, NULL) != KEEL_FITS)
        return;
    const keel_field field = {(unsigned char *)out.data + 4, keel_get_i32(out.data)};
    assert(keel_compare(&rule, &cell, field));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    KEEL_CLEANUP(keel_str_free) keel_str canonical = {0};
    keel_json_facts facts = keel_json_scan(bytes, size);
    bool valid = facts.verdict == KEEL_JSON_VALID;

    assert(valid == keel_json_canonical(bytes, size, &canonical));
    if (valid && !facts.lone_surrogate) /* with one, the canonical text is no UTF-8 */
        check_value(bytes, size, &canonical);
    check_encoding(bytes, size, KEEL_PG_JSON);
    check_encoding(bytes, size, KEEL_PG_JSONB);
    check_encoding(bytes, size, KEEL_PG_ARRAY);
    return 0;
}
