/* What is known of many tables, found by their oid. */
#ifndef KEEL_VERIFY_BY_TABLE_H
#define KEEL_VERIFY_BY_TABLE_H

#include <stdint.h>

#include "base/arena.h"

typedef struct keel_by_table {
    struct keel_of_table {
        uint32_t oid;
        void *value;
    } *items;
    size_t count, capacity;
} keel_by_table;

/* The value of that table; if it is not the one that was asked for last, a new one of so many zero bytes. Tables must come
 * in the order of their oids. */
void *keel_by_table_next(keel_arena *arena, keel_by_table *all, uint32_t oid, size_t size);
/* NULL if there is none. */
const void *keel_by_table_find(const keel_by_table *all, uint32_t oid);

#endif
