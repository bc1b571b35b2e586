#include "convert/rowhash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "convert/json.h"

enum { PARTS_AT_HAND = 64 };

/* How a field is hashed: as its bytes, or reduced to what survives the way through the server. */
typedef enum reduction { AS_IT_IS, FLOAT4, FLOAT8, NUMERIC, PADDED, JSON, JSONB, ITEMS } reduction;

typedef struct column {
    reduction how;
    reduction item; /* of ITEMS */
} column;

struct keel_row_hasher {
    size_t count;
    size_t
        last_reduced; /* columns behind it are as they are; 0 = none is reduced, else index + 1 */
    column columns[];
};

/* The parts of a row in order; a full set is folded into its first. */
typedef struct parts {
    uint64_t hashes[PARTS_AT_HAND];
    size_t count;
} parts;

static reduction reduction_of(const keel_pg_type *type)
{
    static const reduction reductions[KEEL_PG_OTHER + 1] = {
        [KEEL_PG_FLOAT4] = FLOAT4, [KEEL_PG_FLOAT8] = FLOAT8, [KEEL_PG_NUMERIC] = NUMERIC,
        [KEEL_PG_CHAR] = PADDED,   [KEEL_PG_JSON] = JSON,     [KEEL_PG_JSONB] = JSONB,
    };

    return reductions[type->kind];
}

static column column_of(const keel_pg_type *type)
{
    column plan = {reduction_of(type), AS_IT_IS};

    if (type->kind == KEEL_PG_ARRAY && type->element != NULL) {
        plan.item = reduction_of(type->element);
        plan.how = plan.item == AS_IT_IS ? AS_IT_IS : ITEMS;
    }
    return plan;
}

keel_row_hasher *
keel_row_hasher_create(keel_arena *arena, const keel_pg_type *const *types, size_t count)
{
    keel_row_hasher *hasher = keel_arena_alloc(arena, sizeof *hasher + count * sizeof(column));

    hasher->count = count;
    for (size_t i = 0; i < count; i++) {
        hasher->columns[i] = column_of(types[i]);
        if (hasher->columns[i].how != AS_IT_IS)
            hasher->last_reduced = i + 1;
    }
    return hasher;
}

static void add_part(parts *row, uint64_t hash)
{
    if (row->count == PARTS_AT_HAND) {
        row->hashes[0] = XXH3_64bits(row->hashes, sizeof row->hashes);
        row->count = 1;
    }
    row->hashes[row->count++] = hash;
}

static uint64_t hash_float4(const unsigned char *field, size_t size)
{
    uint32_t bits = 0;

    memcpy(&bits, field, KEEL_MIN(size, sizeof bits));
    bits = __builtin_bswap32(bits);
    if (bits == UINT32_C(0x80000000))
        bits = 0;
    if ((bits & UINT32_C(0x7fffffff)) > UINT32_C(0x7f800000))
        bits = UINT32_C(0x7fc00000); /* one NaN for all */
    return XXH3_64bits(&bits, sizeof bits);
}

static uint64_t hash_float8(const unsigned char *field, size_t size)
{
    uint64_t bits = 0;

    memcpy(&bits, field, KEEL_MIN(size, sizeof bits));
    bits = __builtin_bswap64(bits);
    if (bits == UINT64_C(0x8000000000000000))
        bits = 0;
    if ((bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000))
        bits = UINT64_C(0x7ff8000000000000);
    return XXH3_64bits(&bits, sizeof bits);
}

/* Weight, sign and digits, without the display scale and the zeros at the end. */
static uint64_t hash_numeric(const unsigned char *field, size_t size)
{
    uint32_t weight_and_sign;

    if (size < 8)
        return XXH3_64bits(field, size);
    while (size >= 10 && field[size - 1] == 0 && field[size - 2] == 0)
        size -= 2;
    memcpy(&weight_and_sign, field + 2, sizeof weight_and_sign);
    if (size == 8 && (field[4] & 0x80) == 0)
        weight_and_sign = 0; /* zero has neither */
    return XXH3_64bits(field + 8, size - 8) ^ (weight_and_sign * UINT64_C(0x9E3779B185EBCA87));
}

static uint64_t hash_padded(const unsigned char *field, size_t size)
{
    while (size > 0 && field[size - 1] == ' ')
        size--;
    return XXH3_64bits(field, size);
}

static uint64_t hash_reduced(reduction how, const unsigned char *field, size_t size)
{
    switch (how) {
    case FLOAT4:
        return hash_float4(field, size);
    case FLOAT8:
        return hash_float8(field, size);
    case NUMERIC:
        return hash_numeric(field, size);
    case PADDED:
        return hash_padded(field, size);
    case JSON:
        return keel_json_hash(field, size);
    case JSONB:
        return size > 0 ? keel_json_hash(field + 1, size - 1) : 0;
    case AS_IT_IS:
    case ITEMS:
        break;
    }
    return XXH3_64bits(field, size);
}

/* An array: its head as it is, then each item. */
static uint64_t hash_items(reduction how, const unsigned char *field, size_t size)
{
    parts items = {.count = 0};
    size_t dimensions = size >= 12 ? (size_t)(uint32_t)keel_get_i32(field) : 0;
    size_t at = dimensions <= 6 ? 12 + 8 * dimensions : size;

    if (at > size)
        return XXH3_64bits(field, size);
    add_part(&items, XXH3_64bits(field, at));
    while (size - at >= 4) {
        int32_t length = keel_get_i32(field + at);
        at += 4;
        if (length > (int64_t)(size - at))
            break;
        add_part(&items, length < 0 ? UINT64_MAX : hash_reduced(how, field + at, (size_t)length));
        at += length < 0 ? 0 : (size_t)length;
    }
    return XXH3_64bits(items.hashes, items.count * sizeof items.hashes[0]);
}

static uint64_t hash_field(const column *plan, const unsigned char *field, size_t size)
{
    return plan->how == ITEMS ? hash_items(plan->item, field, size)
                              : hash_reduced(plan->how, field, size);
}

/* Where the field at `at` ends, or NULL if the row ends before it does. */
static const unsigned char *
field_end(const unsigned char *at, const unsigned char *end, int32_t *ret_length)
{
    if (end - at < 4)
        return NULL;
    *ret_length = keel_get_i32(at);
    if (*ret_length < 0)
        return at + 4;
    return *ret_length <= end - at - 4 ? at + 4 + *ret_length : NULL;
}

uint64_t keel_row_hash(const keel_row_hasher *hasher,
                       const unsigned char *row,
                       size_t size,
                       const uint64_t *json_hashes)
{
    const unsigned char *at = row, *end = row + size, *unhashed = row;
    parts whole;

    if (hasher->last_reduced == 0)
        return XXH3_64bits(row, size);
    whole.count = 0;
    for (size_t i = 0; i < hasher->last_reduced; i++) {
        const column *plan = &hasher->columns[i];
        int32_t length;
        const unsigned char *behind = field_end(at, end, &length);
        if (behind == NULL)
            break;
        if (plan->how != AS_IT_IS && length >= 0) {
            if (at > unhashed)
                add_part(&whole, XXH3_64bits(unhashed, (size_t)(at - unhashed)));
            bool known = json_hashes != NULL && (plan->how == JSON || plan->how == JSONB);
            add_part(&whole, known ? json_hashes[i] : hash_field(plan, at + 4, (size_t)length));
            unhashed = behind;
        }
        at = behind;
    }
    add_part(&whole, XXH3_64bits(unhashed, (size_t)(end - unhashed)));
    return XXH3_64bits(whole.hashes, whole.count * sizeof whole.hashes[0]);
}
