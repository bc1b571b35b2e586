/* A set of rows with a count per side. Rows that mean the same are one entry, so a table of five million equal rows
 * takes as much room as one of them. */
#include <stdlib.h>

#include "diff/inside.h"

void keel_bag_clear(keel_bag *bag)
{
    keel_str_clear(&bag->bytes);
    bag->entries.count = 0;
    if (bag->head_count > 0)
        memset(bag->heads, 0, bag->head_count * sizeof *bag->heads);
}

void keel_bag_free(keel_bag *bag)
{
    keel_str_free(&bag->bytes);
    keel_vec_free(&bag->entries);
    free(bag->heads);
    *bag = (keel_bag){0};
}

size_t keel_bag_bytes(const keel_bag *bag)
{
    return bag->bytes.size + bag->entries.count * (sizeof(keel_bag_entry) + 2 * sizeof *bag->heads);
}

size_t keel_diff_bag_limit(const keel_diff_run *d)
{
    enum { ALL = 24 * 1024 * 1024, LEAST = 256 * 1024, MOST = 8 * 1024 * 1024 };

    if (d->options->bag_bytes > 0)
        return (size_t)d->options->bag_bytes;
    return (size_t)KEEL_MAX(LEAST, KEEL_MIN(MOST, ALL / d->jobs));
}

static void link_entry(keel_bag *bag, size_t number)
{
    keel_bag_entry *entry = &bag->entries.items[number];
    uint32_t *head = &bag->heads[entry->row & (bag->head_count - 1)];

    entry->next = *head;
    *head = (uint32_t)number + 1;
}

static void grow(keel_bag *bag)
{
    enum { FIRST = 1024 };

    if (bag->entries.count < bag->head_count)
        return;
    bag->head_count = KEEL_MAX(FIRST, bag->head_count * 2);
    free(bag->heads);
    bag->heads = keel_alloc_zero(bag->head_count, sizeof *bag->heads);
    for (size_t i = 0; i < bag->entries.count; i++)
        link_entry(bag, i);
}

/* Byte for byte, else field by field. */
static bool equal_rows(keel_diff_worker *w, const keel_diff_pair *pair, const unsigned char *left, size_t left_size,
                       const unsigned char *right, size_t right_size)
{
    size_t count = pair->columns.count;

    if (left_size == right_size && memcmp(left, right, left_size) == 0)
        return true;
    if (!keel_tuple_fields(left, left_size, w->fields[KEEL_SOURCE], count) ||
        !keel_tuple_fields(right, right_size, w->fields[KEEL_TARGET], count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!keel_compare_fields(pair->columns.items[i].type, w->fields[KEEL_SOURCE][i], w->fields[KEEL_TARGET][i]))
            return false;
    return true;
}

static keel_bag_entry *find(keel_diff_worker *w, const keel_diff_pair *pair, uint64_t row, const unsigned char *tuple,
                            size_t size)
{
    keel_bag *bag = &w->bag;
    uint32_t at = bag->head_count > 0 ? bag->heads[row & (bag->head_count - 1)] : 0;

    for (; at != 0; at = bag->entries.items[at - 1].next) {
        keel_bag_entry *entry = &bag->entries.items[at - 1];
        const unsigned char *bytes = (const unsigned char *)bag->bytes.data + entry->start;
        if (entry->row == row && equal_rows(w, pair, bytes, entry->size, tuple, size))
            return entry;
    }
    return NULL;
}

bool keel_bag_add(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, uint64_t key, uint64_t row,
                  const unsigned char *tuple, size_t size, keel_error *err)
{
    keel_bag *bag = &w->bag;
    keel_bag_entry *entry = find(w, pair, row, tuple, size);

    if (entry != NULL) {
        entry->count[side]++;
        return true;
    }
    if (!keel_diff_fields(w, pair, side, tuple, size, err))
        return false;
    grow(bag);
    keel_bag_entry fresh = {.key = key, .row = row, .start = bag->bytes.size, .size = (uint32_t)size};
    fresh.count[side] = 1;
    keel_str_addn(&bag->bytes, tuple, size);
    keel_vec_push(&bag->entries, fresh);
    link_entry(bag, bag->entries.count - 1);
    return true;
}
