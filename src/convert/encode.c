/* Dispatch by family, NULL, and what becomes of a misfit. */
#include "convert/encode.h"

#include <sys/random.h>

#include "convert/decimal.h"
#include "convert/encoder.h"
#include "convert/utf8.h"

static keel_encoder *const encoders[] = {
    [KEEL_PG_BOOL] = keel_encode_bool,
    [KEEL_PG_INT2] = keel_encode_int2,
    [KEEL_PG_INT4] = keel_encode_int4,
    [KEEL_PG_INT8] = keel_encode_int8,
    [KEEL_PG_FLOAT4] = keel_encode_float4,
    [KEEL_PG_FLOAT8] = keel_encode_float8,
    [KEEL_PG_NUMERIC] = keel_encode_numeric,
    [KEEL_PG_TEXT] = keel_encode_text,
    [KEEL_PG_VARCHAR] = keel_encode_text,
    [KEEL_PG_CHAR] = keel_encode_char,
    [KEEL_PG_BYTEA] = keel_encode_bytea,
    [KEEL_PG_DATE] = keel_encode_date,
    [KEEL_PG_TIME] = keel_encode_time,
    [KEEL_PG_TIMESTAMP] = keel_encode_timestamp,
    [KEEL_PG_TIMESTAMPTZ] = keel_encode_timestamptz,
    [KEEL_PG_UUID] = keel_encode_uuid,
    [KEEL_PG_JSON] = keel_encode_json,
    [KEEL_PG_JSONB] = keel_encode_jsonb,
    [KEEL_PG_INET] = keel_encode_inet,
    [KEEL_PG_CIDR] = keel_encode_cidr,
    [KEEL_PG_ENUM] = keel_encode_enum,
    [KEEL_PG_ARRAY] = keel_encode_array,
    [KEEL_PG_OTHER] = NULL,
};

bool keel_encode_supports(const keel_pg_type *type)
{
    if (type->kind == KEEL_PG_ARRAY)
        return type->element != NULL && type->element->kind != KEEL_PG_ARRAY &&
               keel_encode_supports(type->element);
    return (size_t)type->kind < KEEL_COUNT_OF(encoders) && encoders[type->kind] != NULL;
}

static bool refuses_null(const keel_rule *rule)
{
    return rule->not_null || rule->type->domain_not_null;
}

static void put_null(keel_str *out)
{
    keel_put_i32(out, -1);
    out->data[out->size] = '\0';
}

static keel_misfit_code encode_null(const keel_encoding *encoding)
{
    if (refuses_null(encoding->rule))
        return KEEL_MISFIT_NULL_VALUE_;
    put_null(encoding->out);
    return KEEL_FITS;
}

/* One field, or a misfit and nothing. */
static keel_misfit_code encode_field(const keel_encoding *encoding)
{
    keel_str *out = encoding->out;
    size_t start = out->size;
    keel_encoder *encoder = encoders[encoding->type->kind];

    if (encoding->cell->class == KEEL_CELL_NULL)
        return encode_null(encoding);
    if (encoder == NULL)
        return KEEL_MISFIT_CLASS_;
    out->size += 4;
    keel_misfit_code code = encoder(encoding);
    if (code != KEEL_FITS) {
        out->size = start;
        *encoding->json_hash = 0;
    } else {
        keel_str_set_i32(out, start, (int32_t)(out->size - start - 4));
    }
    out->data[out->size] = '\0';
    return code;
}

static size_t room_for(const keel_cell *cell)
{
    bool sized = cell->class == KEEL_CELL_TEXT || cell->class == KEEL_CELL_BLOB;

    return KEEL_ENCODE_ROOM + (sized ? cell->size : 0);
}

static bool become_null(const keel_encoding *encoding)
{
    if (refuses_null(encoding->rule))
        return false;
    put_null(encoding->out);
    encoding->counts->nulled++;
    return true;
}

static bool become_default(const keel_encoding *encoding)
{
    keel_encoding other = *encoding;

    if (encoding->rule->default_cell == NULL)
        return false;
    other.cell = encoding->rule->default_cell;
    keel_str_reserve(other.out, room_for(other.cell));
    if (encode_field(&other) != KEEL_FITS)
        return false;
    encoding->counts->defaulted++;
    return true;
}

static bool become_new_uuid(const keel_encoding *encoding)
{
    unsigned char uuid[16];

    if (encoding->type->kind != KEEL_PG_UUID ||
        getrandom(uuid, sizeof uuid, 0) != (ssize_t)sizeof uuid)
        return false;
    uuid[6] = (unsigned char)((uuid[6] & 0x0f) | 0x40); /* version 4, variant 1 */
    uuid[8] = (unsigned char)((uuid[8] & 0x3f) | 0x80);
    keel_put_i32(encoding->out, sizeof uuid);
    keel_put_bytes(encoding->out, uuid, sizeof uuid);
    encoding->out->data[encoding->out->size] = '\0';
    encoding->counts->new_uuids++;
    return true;
}

static keel_misfit_code apply_policy(const keel_encoding *encoding, keel_misfit_code code)
{
    bool settled = false;

    switch (encoding->rule->misfit) {
    case KEEL_MISFIT_REJECT:
        break;
    case KEEL_MISFIT_NULL:
        settled = become_null(encoding);
        break;
    case KEEL_MISFIT_DEFAULT:
        settled = become_default(encoding);
        break;
    case KEEL_MISFIT_NEW_UUID:
        settled = become_new_uuid(encoding);
        break;
    }
    return settled ? KEEL_FITS : code;
}

keel_misfit_code keel_encode(const keel_rule *rule,
                             const keel_cell *cell,
                             keel_str *out,
                             keel_rule_counts *counts,
                             uint64_t *json_hash)
{
    keel_rule_counts ignored_counts;
    uint64_t ignored_hash;
    const keel_cell null_cell = {.class = KEEL_CELL_NULL};
    keel_encoding encoding = {.rule = rule, .type = rule->type, .cell = cell, .out = out};

    encoding.counts = counts != NULL ? counts : &ignored_counts;
    if (counts == NULL)
        ignored_counts = (keel_rule_counts){0};
    encoding.json_hash = json_hash != NULL ? json_hash : &ignored_hash;
    *encoding.json_hash = 0;
    keel_str_reserve(out, room_for(cell));
    bool emptied = rule->empty_is_null && cell->class == KEEL_CELL_TEXT && cell->size == 0;
    if (emptied)
        encoding.cell = &null_cell;
    keel_misfit_code code = encode_field(&encoding);
    if (code == KEEL_FITS) {
        encoding.counts->empty_as_null += emptied;
        return KEEL_FITS;
    }
    return apply_policy(&encoding, code);
}

void keel_cell_text(const keel_cell *cell, size_t limit, keel_str *out, bool *ret_hex)
{
    char number[KEEL_NUMBER_TEXT];
    bool hex = cell->class == KEEL_CELL_BLOB;

    if (cell->class == KEEL_CELL_INTEGER)
        keel_str_addn(out, number, keel_int_text(cell->integer, number));
    if (cell->class == KEEL_CELL_REAL)
        keel_str_addn(out, number, keel_real_text(cell->real, number));
    if (cell->class == KEEL_CELL_TEXT) {
        size_t cut = limit > 0 ? keel_utf8_cut(cell->bytes, cell->size, limit) : cell->size;
        hex = keel_utf8_check(cell->bytes, cut, NULL) != KEEL_UTF8_VALID;
        if (!hex)
            keel_str_addn(out, cell->bytes, cut);
    }
    if (hex)
        keel_str_add_hex(out, cell->bytes, limit > 0 ? KEEL_MIN(limit, cell->size) : cell->size);
    *ret_hex = hex;
}
