/* A hash map from text to pointers; keys are copied, values are borrowed. Not thread-safe. */
#ifndef KEEL_BASE_MAP_H
#define KEEL_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

typedef struct keel_map keel_map;

keel_map *keel_map_create(void);
void keel_map_free(keel_map *map);
KEEL_DEFINE_CLEANUP(keel_map, keel_map_free);
void keel_map_put(keel_map *map, const char *key, void *value); /* replaces */
void *keel_map_get(const keel_map *map, const char *key);       /* NULL if absent */
size_t keel_map_count(const keel_map *map);

#endif
