#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct entry {
    char *key; /* NULL = free */
    uint64_t hash;
    void *value;
} entry;

struct keel_map {
    entry *entries;
    size_t count, capacity; /* capacity is a power of two, filled to at most 2/3 */
};

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a, 64 bit */

    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash;
}

static entry *find(const keel_map *map, const char *key, uint64_t hash)
{
    for (size_t at = hash & (map->capacity - 1);; at = (at + 1) & (map->capacity - 1)) {
        entry *e = &map->entries[at];
        if (e->key == NULL || (e->hash == hash && strcmp(e->key, key) == 0))
            return e;
    }
}

keel_map *keel_map_create(void)
{
    keel_map *map = keel_alloc_zero(1, sizeof *map);

    map->capacity = 16;
    map->entries = keel_alloc_zero(map->capacity, sizeof(entry));
    return map;
}

void keel_map_free(keel_map *map)
{
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->capacity; i++)
        free(map->entries[i].key);
    free(map->entries);
    free(map);
}

static void grow(keel_map *map)
{
    entry *old = map->entries;
    size_t old_capacity = map->capacity;

    map->capacity *= 2;
    map->entries = keel_alloc_zero(map->capacity, sizeof(entry));
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].key != NULL)
            *find(map, old[i].key, old[i].hash) = old[i];
    free(old);
}

void keel_map_put(keel_map *map, const char *key, void *value)
{
    if ((map->count + 1) * 3 > map->capacity * 2)
        grow(map);
    uint64_t hash = hash_text(key);
    entry *e = find(map, key, hash);
    if (e->key == NULL) {
        e->key = keel_strdup(key);
        e->hash = hash;
        map->count++;
    }
    e->value = value;
}

void *keel_map_get(const keel_map *map, const char *key)
{
    return find(map, key, hash_text(key))->value;
}

size_t keel_map_count(const keel_map *map)
{
    return map->count;
}
