/* The inside of a keymap: the two open-addressing tables and the hash of cells. Both tables grow by
 * half at a load of 2/3 and are spread by multiplication, so that their size need not be a power of
 * two. Nothing is ever removed. Zero-initialised, a table is empty and holds no memory. */
#ifndef KEEL_TRANSFER_KEYMAP_TABLE_H
#define KEEL_TRANSFER_KEYMAP_TABLE_H

#include "transfer/keymap.h"

/* Values of an integer table that are not new keys. */
#define KEEL_VALUE_ABSENT   INT64_MIN
#define KEEL_VALUE_REJECTED (INT64_MIN + 1)
#define KEEL_VALUE_APART    (INT64_MIN + 2) /* present, the new key is kept elsewhere */

typedef struct keel_integer_entry {
    int64_t key, value;
} keel_integer_entry;

typedef struct keel_integer_table {
    keel_integer_entry *entries;
    uint64_t count, capacity;
    uint64_t expected; /* how many keys the first allocation is made for */
} keel_integer_table;

int64_t keel_integer_table_get(const keel_integer_table *table,
                               int64_t key); /* KEEL_VALUE_ABSENT if not there */
void keel_integer_table_fetch(const keel_integer_table *table, int64_t key);
void keel_integer_table_put(keel_integer_table *table, int64_t key, int64_t value);
void keel_integer_table_free(keel_integer_table *table);

typedef struct keel_hash_table {
    uint64_t (*hashes)[2];
    unsigned char *states; /* keel_key_state; ABSENT = free place */
    unsigned char *values; /* value_size bytes each; NULL if that is 0 */
    size_t value_size;
    uint64_t count, capacity, expected;
} keel_hash_table;

/* *ret_value is set for PRESENT keys, borrowed until the next put. */
keel_key_state keel_hash_table_get(const keel_hash_table *table,
                                   const uint64_t hash[2],
                                   const unsigned char **ret_value);
/* value may be NULL: the place keeps what it has. */
void keel_hash_table_put(keel_hash_table *table,
                         const uint64_t hash[2],
                         keel_key_state state,
                         const void *value);
void keel_hash_table_free(keel_hash_table *table);

/* A one-to-one mix of 64 bits. */
static inline uint64_t keel_mix(uint64_t bits)
{
    bits ^= bits >> 33;
    bits *= 0xff51afd7ed558ccdu;
    bits ^= bits >> 33;
    bits *= 0xc4ceb9fe1a85ec53u;
    return bits ^ bits >> 33;
}

/* The cell as an integer where SQLite would compare it as one: INTEGER, integral REAL, TEXT in
 * canonical form. */
bool keel_cell_integer(const keel_cell *cell, int64_t *ret_integer);
/* The 128-bit hash of cells none of which is NULL; an integral REAL hashes as the INTEGER it is
 * equal to. */
void keel_hash_cells(const keel_cell *const *cells, size_t count, uint64_t ret_hash[2]);

#endif
