#include "transfer/keymap_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const uint64_t SMALLEST_CAPACITY = 64;

/* Where a hash belongs among `capacity` places: the high half of the product. */
static uint64_t home(uint64_t hash, uint64_t capacity)
{
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)hash * capacity >> 64);
}

static uint64_t next_place(uint64_t at, uint64_t capacity)
{
    return at + 1 == capacity ? 0 : at + 1;
}

static bool is_full(uint64_t count, uint64_t capacity)
{
    return (count + 1) * 3 > capacity * 2;
}

static uint64_t next_capacity(uint64_t capacity, uint64_t expected)
{
    return capacity == 0 ? SMALLEST_CAPACITY + expected + expected / 2 : capacity + capacity / 2;
}

static keel_integer_entry *integer_place(const keel_integer_table *table, int64_t key)
{
    uint64_t at = home(keel_mix((uint64_t)key), table->capacity);

    for (;; at = next_place(at, table->capacity)) {
        keel_integer_entry *entry = &table->entries[at];
        if (entry->value == KEEL_VALUE_ABSENT || entry->key == key)
            return entry;
    }
}

int64_t keel_integer_table_get(const keel_integer_table *table, int64_t key)
{
    return table->count == 0 ? KEEL_VALUE_ABSENT : integer_place(table, key)->value;
}

void keel_integer_table_fetch(const keel_integer_table *table, int64_t key)
{
    if (table->count > 0)
        __builtin_prefetch(&table->entries[home(keel_mix((uint64_t)key), table->capacity)]);
}

static void integer_grow(keel_integer_table *table)
{
    keel_integer_table old = *table;

    table->capacity = next_capacity(old.capacity, table->expected);
    table->entries = keel_alloc(table->capacity * sizeof *table->entries);
    for (uint64_t at = 0; at < table->capacity; at++)
        table->entries[at] = (keel_integer_entry){0, KEEL_VALUE_ABSENT};
    for (uint64_t at = 0; at < old.capacity; at++)
        if (old.entries[at].value != KEEL_VALUE_ABSENT)
            *integer_place(table, old.entries[at].key) = old.entries[at];
    free(old.entries);
}

void keel_integer_table_put(keel_integer_table *table, int64_t key, int64_t value)
{
    if (is_full(table->count, table->capacity))
        integer_grow(table);
    keel_integer_entry *entry = integer_place(table, key);
    table->count += entry->value == KEEL_VALUE_ABSENT;
    *entry = (keel_integer_entry){key, value};
}

void keel_integer_table_free(keel_integer_table *table)
{
    free(table->entries);
    *table = (keel_integer_table){0};
}

static uint64_t hash_place(const keel_hash_table *table, const uint64_t hash[2])
{
    uint64_t at = home(hash[0], table->capacity);

    for (;; at = next_place(at, table->capacity)) {
        const uint64_t *held = table->hashes[at];
        if (table->states[at] == KEEL_KEY_ABSENT || (held[0] == hash[0] && held[1] == hash[1]))
            return at;
    }
}

keel_key_state keel_hash_table_get(const keel_hash_table *table,
                                   const uint64_t hash[2],
                                   const unsigned char **ret_value)
{
    if (table->count == 0)
        return KEEL_KEY_ABSENT;
    uint64_t at = hash_place(table, hash);
    if (table->values != NULL && table->states[at] == KEEL_KEY_PRESENT)
        *ret_value = table->values + at * table->value_size;
    return (keel_key_state)table->states[at];
}

static void hash_fill(keel_hash_table *table,
                      uint64_t at,
                      const uint64_t hash[2],
                      keel_key_state state,
                      const void *value)
{
    table->hashes[at][0] = hash[0];
    table->hashes[at][1] = hash[1];
    table->states[at] = (unsigned char)state;
    if (value != NULL && table->values != NULL)
        memcpy(table->values + at * table->value_size, value, table->value_size);
}

static void hash_grow(keel_hash_table *table)
{
    keel_hash_table old = *table;

    table->capacity = next_capacity(old.capacity, table->expected);
    table->hashes = keel_alloc(table->capacity * sizeof *table->hashes);
    table->states = keel_alloc_zero(table->capacity, 1);
    table->values = NULL;
    if (table->value_size > 0)
        table->values = keel_alloc_zero(table->capacity, table->value_size);
    for (uint64_t at = 0; at < old.capacity; at++) {
        if (old.states[at] == KEEL_KEY_ABSENT)
            continue;
        const unsigned char *value = old.values == NULL ? NULL : old.values + at * old.value_size;
        hash_fill(table, hash_place(table, old.hashes[at]), old.hashes[at],
                  (keel_key_state)old.states[at], value);
    }
    free(old.hashes);
    free(old.states);
    free(old.values);
}

void keel_hash_table_put(keel_hash_table *table,
                         const uint64_t hash[2],
                         keel_key_state state,
                         const void *value)
{
    if (is_full(table->count, table->capacity))
        hash_grow(table);
    uint64_t at = hash_place(table, hash);
    table->count += table->states[at] == KEEL_KEY_ABSENT;
    hash_fill(table, at, hash, state, value);
}

void keel_hash_table_free(keel_hash_table *table)
{
    free(table->hashes);
    free(table->states);
    free(table->values);
    *table = (keel_hash_table){0};
}
