/* Hashes of rows by what they mean, so that 1.0 and 1.00 fall together. */
#include "diff/inside.h"

/* Where the first `count` fields end. */
static size_t fields_end(const unsigned char *tuple, size_t size, size_t count)
{
    size_t at = 2;

    for (size_t i = 0; i < count && size - at >= 4; i++) {
        int32_t length = keel_get_i32(tuple + at);
        at += 4;
        if (length > 0)
            at += KEEL_MIN((size_t)length, size - at);
    }
    return at;
}

uint64_t keel_diff_key_hash(const keel_diff_pair *pair, const unsigned char *tuple, size_t size)
{
    if (size < 2)
        return 0;
    return keel_row_hash(pair->key_hasher, tuple + 2, fields_end(tuple, size, pair->key_count) - 2, NULL);
}

uint64_t keel_diff_row_hash(const keel_diff_pair *pair, const unsigned char *tuple, size_t size)
{
    return size < 2 ? 0 : keel_row_hash(pair->row_hasher, tuple + 2, size - 2, NULL);
}

int64_t keel_diff_int_key(const unsigned char *tuple, size_t size)
{
    int32_t length = size >= 6 ? keel_get_i32(tuple + 2) : -1;

    if (length < 0 || (size_t)length > size - 6)
        return 0;
    switch (length) {
    case 2:
        return keel_get_i16(tuple + 6);
    case 4:
        return keel_get_i32(tuple + 6);
    case 8:
        return keel_get_i64(tuple + 6);
    default:
        return 0;
    }
}
