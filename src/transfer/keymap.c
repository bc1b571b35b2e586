#include "transfer/keymap.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "transfer/keymap_table.h"

/* A dense range of integer keys: remapped ones as int8 with three values set apart, else two bits
 * of state per key, and the uuids beside them. */
typedef struct dense {
    int64_t low;
    uint64_t span; /* number of possible keys; 0 = no dense part */
    int64_t *values;
    uint64_t *states;
    unsigned char (*uuids)[16];
} dense;

struct keel_keymap {
    pthread_mutex_t mutex;
    bool integer, remap, uuid;
    int64_t present;
    dense dense;
    keel_integer_table integers; /* integer keys outside the dense part */
    keel_hash_table hashes;      /* every other key; integer keys too where values are uuids */
    /* New keys that are equal to one of the values set apart: at most three, as new keys are
     * unique. */
    KEEL_VEC(keel_integer_entry) apart;
};

static const uint64_t KEYS_PER_WORD = 32;

static bool is_apart(int64_t value)
{
    return value <= KEEL_VALUE_APART;
}

static uint64_t dense_limit(bool remap, int64_t expected)
{
    uint64_t keys = expected < 0 ? 0 : (uint64_t)expected;
    uint64_t factor = remap ? 2 : 64;
    uint64_t floor = remap ? 1024 : 4096;

    return keys > (UINT64_MAX - floor) / factor ? UINT64_MAX : keys * factor + floor;
}

static void dense_create(keel_keymap *map, int64_t low, int64_t high, int64_t expected)
{
    uint64_t last = (uint64_t)high - (uint64_t)low;

    if (high < low || last >= dense_limit(map->remap, expected))
        return;
    dense *d = &map->dense;
    d->low = low;
    d->span = last + 1;
    if (!map->remap || map->uuid)
        d->states = keel_alloc_zero(d->span / KEYS_PER_WORD + 1, sizeof *d->states);
    if (map->remap && map->uuid)
        d->uuids = keel_alloc_zero(d->span, sizeof *d->uuids);
    if (map->remap && !map->uuid) {
        d->values = keel_alloc(d->span * sizeof *d->values);
        for (uint64_t at = 0; at < d->span; at++)
            d->values[at] = KEEL_VALUE_ABSENT;
    }
}

keel_keymap *
keel_keymap_create(bool integer, bool remap, bool uuid, int64_t low, int64_t high, int64_t expected)
{
    keel_keymap *map = keel_alloc_zero(1, sizeof *map);

    pthread_mutex_init(&map->mutex, NULL);
    map->integer = integer;
    map->remap = remap;
    map->uuid = uuid;
    if (integer)
        dense_create(map, low, high, expected);
    if (map->dense.span != 0)
        expected = 0; /* the tables are for strays only */
    map->integers.expected = map->hashes.expected = expected < 0 ? 0 : (uint64_t)expected;
    map->hashes.value_size = !remap ? 0 : uuid ? 16 : 8;
    return map;
}

void keel_keymap_free(keel_keymap *map)
{
    if (map == NULL)
        return;
    free(map->dense.values);
    free(map->dense.states);
    free(map->dense.uuids);
    keel_integer_table_free(&map->integers);
    keel_hash_table_free(&map->hashes);
    keel_vec_free(&map->apart);
    pthread_mutex_destroy(&map->mutex);
    free(map);
}

static bool dense_holds(const dense *d, int64_t key)
{
    return (uint64_t)key - (uint64_t)d->low < d->span;
}

static int64_t value_apart(const keel_keymap *map, int64_t key)
{
    for (size_t i = 0; i < map->apart.count; i++)
        if (map->apart.items[i].key == key)
            return map->apart.items[i].value;
    return KEEL_VALUE_ABSENT;
}

/* Reads a value that says its state by itself. */
static keel_key_state
open_value(const keel_keymap *map, int64_t key, int64_t value, keel_new_key *ret_new)
{
    if (value == KEEL_VALUE_ABSENT)
        return KEEL_KEY_ABSENT;
    if (value == KEEL_VALUE_REJECTED)
        return KEEL_KEY_REJECTED;
    if (ret_new != NULL && map->remap)
        ret_new->integer = value == KEEL_VALUE_APART ? value_apart(map, key) : value;
    return KEEL_KEY_PRESENT;
}

static keel_key_state dense_state(const dense *d, uint64_t at)
{
    return (keel_key_state)(d->states[at / KEYS_PER_WORD] >> (at % KEYS_PER_WORD * 2) & 3);
}

static keel_key_state dense_get(const keel_keymap *map, int64_t key, keel_new_key *ret_new)
{
    const dense *d = &map->dense;
    uint64_t at = (uint64_t)key - (uint64_t)d->low;

    if (d->values != NULL)
        return open_value(map, key, d->values[at], ret_new);
    keel_key_state state = dense_state(d, at);
    if (state == KEEL_KEY_PRESENT && ret_new != NULL && d->uuids != NULL)
        memcpy(ret_new->uuid, d->uuids[at], sizeof ret_new->uuid);
    return state;
}

/* An integer key among hashed ones: mixed one to one, so two integers never meet. */
static keel_old_key hashed_integer(int64_t key)
{
    return (keel_old_key){.hash = {keel_mix((uint64_t)key), 0}};
}

static keel_key_state
hashed_get(const keel_keymap *map, const keel_old_key *key, keel_new_key *ret_new)
{
    const unsigned char *value = NULL;
    keel_key_state state = keel_hash_table_get(&map->hashes, key->hash, &value);

    if (state != KEEL_KEY_PRESENT || ret_new == NULL || !map->remap)
        return state;
    if (map->uuid)
        memcpy(ret_new->uuid, value, sizeof ret_new->uuid);
    else
        memcpy(&ret_new->integer, value, sizeof ret_new->integer);
    return state;
}

keel_key_state
keel_keymap_get(const keel_keymap *map, const keel_old_key *key, keel_new_key *ret_new)
{
    if (!key->is_integer)
        return hashed_get(map, key, ret_new);
    if (dense_holds(&map->dense, key->integer))
        return dense_get(map, key->integer, ret_new);
    if (map->remap && map->uuid) {
        keel_old_key hashed = hashed_integer(key->integer);
        return hashed_get(map, &hashed, ret_new);
    }
    int64_t value = keel_integer_table_get(&map->integers, key->integer);
    return open_value(map, key->integer, value, ret_new);
}

void keel_keymap_fetch(const keel_keymap *map, const keel_cell *cell)
{
    const dense *d = &map->dense;

    if (cell->class != KEEL_CELL_INTEGER)
        return;
    uint64_t at = (uint64_t)cell->integer - (uint64_t)d->low;
    if (at >= d->span)
        keel_integer_table_fetch(&map->integers, cell->integer);
    else if (d->values != NULL)
        __builtin_prefetch(&d->values[at]);
    else if (d->uuids != NULL)
        __builtin_prefetch(d->uuids[at]);
}

void keel_keymap_lock(keel_keymap *map)
{
    pthread_mutex_lock(&map->mutex);
}

void keel_keymap_unlock(keel_keymap *map)
{
    pthread_mutex_unlock(&map->mutex);
}

/* The value that stands for a state and a new key; a new key equal to one set apart is kept aside.
 */
static int64_t
close_value(keel_keymap *map, int64_t key, keel_key_state state, const keel_new_key *value)
{
    if (state == KEEL_KEY_REJECTED)
        return KEEL_VALUE_REJECTED;
    if (!map->remap)
        return 0;
    if (!is_apart(value->integer))
        return value->integer;
    for (size_t i = 0; i < map->apart.count; i++) {
        if (map->apart.items[i].key == key) {
            map->apart.items[i].value = value->integer;
            return KEEL_VALUE_APART;
        }
    }
    keel_vec_push(&map->apart, ((keel_integer_entry){key, value->integer}));
    return KEEL_VALUE_APART;
}

static void
dense_put(keel_keymap *map, int64_t key, keel_key_state state, const keel_new_key *value)
{
    dense *d = &map->dense;
    uint64_t at = (uint64_t)key - (uint64_t)d->low;

    if (d->values != NULL) {
        d->values[at] = close_value(map, key, state, value);
        return;
    }
    uint64_t shift = at % KEYS_PER_WORD * 2;
    uint64_t *word = &d->states[at / KEYS_PER_WORD];
    *word = (*word & ~((uint64_t)3 << shift)) | (uint64_t)state << shift;
    if (d->uuids != NULL && value != NULL)
        memcpy(d->uuids[at], value->uuid, sizeof value->uuid);
}

static void hashed_put(keel_keymap *map,
                       const keel_old_key *key,
                       keel_key_state state,
                       const keel_new_key *value)
{
    const void *bytes = NULL;

    if (map->remap && state == KEEL_KEY_PRESENT)
        bytes = map->uuid ? (const void *)value->uuid : (const void *)&value->integer;
    keel_hash_table_put(&map->hashes, key->hash, state, bytes);
}

void keel_keymap_put(keel_keymap *map,
                     const keel_old_key *key,
                     keel_key_state state,
                     const keel_new_key *value)
{
    assert(state == KEEL_KEY_PRESENT || state == KEEL_KEY_REJECTED);
    assert(value != NULL || !map->remap || state == KEEL_KEY_REJECTED);
    map->present -= keel_keymap_get(map, key, NULL) == KEEL_KEY_PRESENT;
    map->present += state == KEEL_KEY_PRESENT;
    if (!key->is_integer) {
        hashed_put(map, key, state, value);
    } else if (dense_holds(&map->dense, key->integer)) {
        dense_put(map, key->integer, state, value);
    } else if (map->remap && map->uuid) {
        keel_old_key hashed = hashed_integer(key->integer);
        hashed_put(map, &hashed, state, value);
    } else {
        int64_t closed = close_value(map, key->integer, state, value);
        keel_integer_table_put(&map->integers, key->integer, closed);
    }
}

int64_t keel_keymap_count(const keel_keymap *map)
{
    return map->present;
}

bool keel_keymap_key(const keel_keymap *map,
                     const keel_cell *const *cells,
                     size_t count,
                     keel_old_key *ret_key)
{
    keel_old_key key = {0};

    for (size_t i = 0; i < count; i++)
        if (cells[i]->class == KEEL_CELL_NULL)
            return false;
    key.is_integer = map->integer && count == 1 && keel_cell_integer(cells[0], &key.integer);
    if (!key.is_integer)
        keel_hash_cells(cells, count, key.hash);
    *ret_key = key;
    return true;
}
