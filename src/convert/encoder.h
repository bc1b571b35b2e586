/* What the encoders of one family each share: the cell at hand, and big-endian writing into room
 * that the dispatcher has reserved. An encoder appends the value only (the length stands in front
 * already); on a misfit whatever it appended is cut off again. Counting happens only when the value
 * fits. */
#ifndef KEEL_CONVERT_ENCODER_H
#define KEEL_CONVERT_ENCODER_H

#include "convert/encode.h"

#define KEEL_ENCODE_ROOM 256 /* bytes reserved beyond the size of a TEXT or BLOB cell */

typedef struct keel_encoding {
    const keel_rule *rule;
    const keel_pg_type *type;
    const keel_cell *cell;
    keel_str *out;
    keel_rule_counts *counts;
    uint64_t *json_hash; /* never NULL */
} keel_encoding;

typedef keel_misfit_code keel_encoder(const keel_encoding *encoding);

keel_encoder keel_encode_bool, keel_encode_int2, keel_encode_int4, keel_encode_int8,
    keel_encode_float4, keel_encode_float8, keel_encode_numeric, keel_encode_text, keel_encode_char,
    keel_encode_bytea, keel_encode_date, keel_encode_time, keel_encode_timestamp,
    keel_encode_timestamptz, keel_encode_uuid, keel_encode_json, keel_encode_jsonb,
    keel_encode_inet, keel_encode_cidr, keel_encode_enum, keel_encode_array;

/* TEXT that PostgreSQL can store at all: FITS, NUL_BYTE or UTF8. */
keel_misfit_code keel_check_text(const keel_cell *cell);

static inline void keel_put_i16(keel_str *out, int16_t value)
{
    uint16_t raw = __builtin_bswap16((uint16_t)value);
    memcpy(out->data + out->size, &raw, sizeof raw);
    out->size += sizeof raw;
}

static inline void keel_put_i32(keel_str *out, int32_t value)
{
    uint32_t raw = __builtin_bswap32((uint32_t)value);
    memcpy(out->data + out->size, &raw, sizeof raw);
    out->size += sizeof raw;
}

static inline void keel_put_i64(keel_str *out, int64_t value)
{
    uint64_t raw = __builtin_bswap64((uint64_t)value);
    memcpy(out->data + out->size, &raw, sizeof raw);
    out->size += sizeof raw;
}

static inline void keel_put_bytes(keel_str *out, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(out->data + out->size, bytes, size);
    out->size += size;
}

#endif
