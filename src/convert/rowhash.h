/* A 64-bit hash of a row in its binary COPY form that is the same for the bytes we send and for the bytes that
 * the server returns: fields whose server form may differ from ours are reduced first (numeric without trailing
 * zeros and display scale, char(n) without padding, json and jsonb by keel_json_hash, float -0.0). XXH3-64; two different rows
 * collide with probability 2^-64. The journal keeps one per inserted row; undo and resume decide by them where
 * transaction ids no longer tell. */
#ifndef KEEL_CONVERT_ROWHASH_H
#define KEEL_CONVERT_ROWHASH_H

#include "convert/compare.h"

typedef struct keel_row_hasher keel_row_hasher; /* immutable after creation; thread-safe */

/* `types`: of each field in order. Lives in the arena. */
keel_row_hasher *keel_row_hasher_create(keel_arena *arena, const keel_pg_type *const *types, size_t count);
/* `row`: the fields only (each 4 bytes length + bytes), without the 2-byte count. `json_hashes`: one per column as
 * keel_encode gave them, or NULL to compute them from the bytes. */
uint64_t keel_row_hash(const keel_row_hasher *hasher, const unsigned char *row, size_t size,
                       const uint64_t *json_hashes);

#endif
