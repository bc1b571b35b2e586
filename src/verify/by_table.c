#include "verify/by_table.h"

#include <stdlib.h>

void *keel_by_table_next(keel_arena *arena, keel_by_table *all, uint32_t oid, size_t size)
{
    struct keel_of_table fresh = {.oid = oid};

    if (all->count == 0 || all->items[all->count - 1].oid != oid) {
        fresh.value = keel_arena_alloc(arena, size);
        keel_arena_push(arena, all, fresh);
    }
    return all->items[all->count - 1].value;
}

static int by_oid(const void *key, const void *item)
{
    const uint32_t wanted = *(const uint32_t *)key;
    const uint32_t oid = ((const struct keel_of_table *)item)->oid;

    return (wanted > oid) - (wanted < oid);
}

const void *keel_by_table_find(const keel_by_table *all, uint32_t oid)
{
    const struct keel_of_table *found =
        all->count > 0 ? bsearch(&oid, all->items, all->count, sizeof *all->items, by_oid) : NULL;

    return found != NULL ? found->value : NULL;
}
