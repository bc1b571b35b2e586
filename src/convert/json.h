/* JSON text judged in one pass, without building a tree: valid by RFC 8259, nothing behind it, nesting at most
 * 6,400; whether an object repeats a key, whether a string holds \u0000; a number that numeric cannot hold. The hash is of the value,
 * not of the text: the same for any order of keys, any white space, any spelling of strings and numbers (1.0 = 1e0), the last of
 * repeated keys winning, so it is equal before and after jsonb. */
#ifndef KEEL_CONVERT_JSON_H
#define KEEL_CONVERT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef enum keel_json_verdict { KEEL_JSON_VALID, KEEL_JSON_INVALID } keel_json_verdict;
typedef struct keel_json_facts {
    keel_json_verdict verdict;
    size_t error_offset;      /* INVALID: byte offset of the first offence */
    bool duplicate_keys, has_u0000, number_out_of_range, lone_surrogate;
    uint64_t hash;
} keel_json_facts;
keel_json_facts keel_json_scan(const void *text, size_t size);
uint64_t keel_json_hash(const void *text, size_t size);
/* Canonical text of a valid JSON value (sorted keys, no white space, minimal escapes, normal numbers): the slow,
 * independent form that comparison uses. false if not valid. */
bool keel_json_canonical(const void *text, size_t size, keel_str *out);

#endif
