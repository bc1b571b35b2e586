/* Dispatch by family, NULL and policies. */
#include "convert/compare.h"

#include "convert/comparer.h"
#include "convert/encode.h"

static keel_comparer *const comparers[] = {
    [KEEL_PG_BOOL] = keel_compare_bool,
    [KEEL_PG_INT2] = keel_compare_int,
    [KEEL_PG_INT4] = keel_compare_int,
    [KEEL_PG_INT8] = keel_compare_int,
    [KEEL_PG_FLOAT4] = keel_compare_float4,
    [KEEL_PG_FLOAT8] = keel_compare_float8,
    [KEEL_PG_NUMERIC] = keel_compare_numeric,
    [KEEL_PG_TEXT] = keel_compare_text,
    [KEEL_PG_VARCHAR] = keel_compare_text,
    [KEEL_PG_CHAR] = keel_compare_char,
    [KEEL_PG_BYTEA] = keel_compare_bytea,
    [KEEL_PG_DATE] = keel_compare_date,
    [KEEL_PG_TIME] = keel_compare_time,
    [KEEL_PG_TIMESTAMP] = keel_compare_timestamp,
    [KEEL_PG_TIMESTAMPTZ] = keel_compare_timestamptz,
    [KEEL_PG_UUID] = keel_compare_uuid,
    [KEEL_PG_JSON] = keel_compare_json,
    [KEEL_PG_JSONB] = keel_compare_jsonb,
    [KEEL_PG_INET] = keel_compare_network,
    [KEEL_PG_CIDR] = keel_compare_network,
    [KEEL_PG_ENUM] = keel_compare_enum,
    [KEEL_PG_ARRAY] = keel_compare_array,
    [KEEL_PG_OTHER] = NULL,
};

bool keel_tuple_fields(const unsigned char *tuple, size_t size, keel_field *fields, size_t count)
{
    const unsigned char *at = tuple + 2, *end = tuple + size;

    if (size < 2 || keel_get_i16(tuple) != (int64_t)count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (end - at < 4)
            return false;
        int32_t length = keel_get_i32(at);
        at += 4;
        if (length < -1 || length > end - at)
            return false;
        fields[i] = (keel_field){length < 0 ? NULL : at, length};
        at += length < 0 ? 0 : length;
    }
    return at == end;
}

bool keel_tuple_field(const unsigned char *tuple, size_t size, size_t index, keel_field *ret_field)
{
    const unsigned char *at = tuple + 2, *end = tuple + size;

    if (size < 2 || keel_get_i16(tuple) <= (int64_t)index)
        return false;
    for (size_t i = 0;; i++) {
        if (end - at < 4)
            return false;
        int32_t length = keel_get_i32(at);
        at += 4;
        if (length < -1 || length > end - at)
            return false;
        if (i == index) {
            *ret_field = (keel_field){length < 0 ? NULL : at, length};
            return true;
        }
        at += length < 0 ? 0 : length;
    }
}

bool keel_bytes_equal(const void *left, size_t left_size, const void *right, size_t right_size)
{
    return left_size == right_size && (left_size == 0 || memcmp(left, right, left_size) == 0);
}

static bool says_null(const keel_rule *rule, const keel_cell *cell)
{
    return cell->class == KEEL_CELL_NULL ||
           (rule->empty_is_null && cell->class == KEEL_CELL_TEXT && cell->size == 0);
}

/* The cell itself, without policies. */
static bool compare_value(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    keel_comparer *comparer = comparers[rule->type->kind];

    if (says_null(rule, cell))
        return field.size < 0;
    return field.size >= 0 && comparer != NULL && comparer(rule, cell, field);
}

/* A policy speaks only for cells that do not fit. Whether one fits is the encoder's verdict; that
 * what it takes is also what arrived has been seen by then. */
static bool is_misfit(const keel_rule *rule, const keel_cell *cell)
{
    keel_rule strict = *rule;
    KEEL_CLEANUP(keel_str_free) keel_str ignored = {0};

    strict.misfit = KEEL_MISFIT_REJECT;
    return keel_encode(&strict, cell, &ignored, NULL, NULL) != KEEL_FITS;
}

static bool allowed_by_policy(const keel_rule *rule, keel_field field)
{
    switch (rule->misfit) {
    case KEEL_MISFIT_REJECT:
        break;
    case KEEL_MISFIT_NULL:
        return field.size < 0;
    case KEEL_MISFIT_DEFAULT:
        return rule->default_cell != NULL && compare_value(rule, rule->default_cell, field);
    case KEEL_MISFIT_NEW_UUID:
        return rule->type->kind == KEEL_PG_UUID && field.size == 16;
    }
    return false;
}

bool keel_compare(const keel_rule *rule, const keel_cell *cell, keel_field field)
{
    if (compare_value(rule, cell, field))
        return true;
    return rule->misfit != KEEL_MISFIT_REJECT && allowed_by_policy(rule, field) &&
           is_misfit(rule, cell);
}
