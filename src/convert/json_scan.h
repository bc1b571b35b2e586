/* What the parts of the JSON scan share: where it stands, what it has seen, and how hashes are
 * combined. */
#ifndef KEEL_CONVERT_JSON_SCAN_H
#define KEEL_CONVERT_JSON_SCAN_H

#include "convert/json.h"

#define KEEL_JSON_PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define KEEL_JSON_PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)

typedef struct keel_json_reader {
    const unsigned char *at, *end;
    keel_json_facts facts;
    keel_str scratch; /* an unescaped string, or the digits of a long number */
} keel_json_reader;

static inline uint64_t keel_json_mix(uint64_t left, uint64_t right)
{
    uint64_t hash = ((left << 27) | (left >> 37)) * KEEL_JSON_PRIME_1;

    right *= KEEL_JSON_PRIME_2;
    hash ^= right ^ (right >> 31);
    hash *= KEEL_JSON_PRIME_1;
    return hash ^ (hash >> 32);
}

static inline bool keel_json_take(keel_json_reader *s, unsigned char wanted)
{
    if (s->at == s->end || *s->at != wanted)
        return false;
    s->at++;
    return true;
}

/* Each stands at its first byte (a string behind its quote) and leaves behind its last; false where
 * it is not valid. */
bool keel_json_scan_string(keel_json_reader *s, uint64_t *ret_hash);
bool keel_json_scan_number(keel_json_reader *s, uint64_t *ret_hash);

#endif
