/* Which keys of a table have arrived, and what they are called now: old key -> new key, in memory while a run
 * works (the journal holds the same for good). One keymap per (table, list of columns that foreign keys point at).
 *
 * Integer keys: a direct array while the keys are dense (8 bytes per possible key), else open addressing with 16-byte
 * entries at a load of at most 2/3 (24 bytes per key). Other keys (text, blobs, several columns) by the 128-bit
 * XXH3 hash of their cells (two keys collide with probability 2^-128 per pair), value 16 bytes.
 *
 * Thread-safe: lookups take no lock and must not run while somebody puts into the same map, except for
 * keys put by the same thread; the scheduler gives that (parents are complete before children start), and maps of
 * cyclic tables are complete before the data phase. put and reject take the map's own lock. */
#ifndef KEEL_TRANSFER_KEYMAP_H
#define KEEL_TRANSFER_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "sqlite/cell.h"

typedef struct keel_keymap keel_keymap;

/* A key as the source has it: an integer, or the hash of whatever it is. */
typedef struct keel_old_key {
    bool is_integer;
    int64_t integer;
    uint64_t hash[2];
} keel_old_key;
/* A key as the target has it: an int8, or the 16 bytes of a uuid. */
typedef struct keel_new_key {
    int64_t integer;
    unsigned char uuid[16];
} keel_new_key;

typedef enum keel_key_state { KEEL_KEY_ABSENT, KEEL_KEY_PRESENT, KEEL_KEY_REJECTED } keel_key_state;

/* integer: keys are single INTEGER cells; low and high bound them, expected is about how many there will be.
 * remap: a value stands with each key; false = presence only (bits while dense). uuid: values are uuids. */
keel_keymap *keel_keymap_create(bool integer, bool remap, bool uuid, int64_t low, int64_t high, int64_t expected);
void keel_keymap_free(keel_keymap *map);

/* The key of one or several cells. A REAL with an integral value and TEXT that is a canonical integer are read as that
 * integer where the map is of integers (SQLite compares them so). false if any cell is NULL (no key at all). */
bool keel_keymap_key(const keel_keymap *map, const keel_cell *const *cells, size_t count, keel_old_key *ret_key);

/* Asks the processor for the entry that a get for this cell will read. */
void keel_keymap_fetch(const keel_keymap *map, const keel_cell *cell);
keel_key_state keel_keymap_get(const keel_keymap *map, const keel_old_key *key, keel_new_key *ret_new);
void keel_keymap_lock(keel_keymap *map);
void keel_keymap_unlock(keel_keymap *map);
/* Puts a key, or replaces its state; the caller holds the lock. */
void keel_keymap_put(keel_keymap *map, const keel_old_key *key, keel_key_state state, const keel_new_key *value);
int64_t keel_keymap_count(const keel_keymap *map); /* present ones */

#endif
