/* Target rows of an item in memory, found by their pair; and the key runs of a chunk, found by
 * their keys. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/keymap_table.h"
#include "transfer/verify_inside.h"

void keel_store_clear(keel_row_store *store)
{
    keel_str_clear(&store->bytes);
    store->rows.count = 0;
    store->head_count = 0;
    store->next = 0;
    store->ascending = true;
}

void keel_store_free(keel_row_store *store)
{
    keel_str_free(&store->bytes);
    keel_vec_free(&store->rows);
    free(store->heads);
    *store = (keel_row_store){0};
}

void keel_store_add(
    keel_row_store *store, uint64_t pair, bool merged, const unsigned char *tuple, size_t size)
{
    keel_stored_row row = {
        .pair = pair, .start = store->bytes.size, .size = (uint32_t)size, .merged = merged};

    store->ascending = store->ascending && !merged &&
                       (store->rows.count == 0 ||
                        (int64_t)store->rows.items[store->rows.count - 1].pair < (int64_t)pair);
    keel_str_addn(&store->bytes, tuple, size);
    keel_vec_push(&store->rows, row);
}

void keel_store_index(keel_row_store *store)
{
    size_t heads = 64;

    if (store->ascending)
        return;
    while (heads < store->rows.count * 2)
        heads *= 2;
    if (heads > store->head_room) {
        free(store->heads);
        store->heads = keel_alloc(heads * sizeof *store->heads);
        store->head_room = heads;
    }
    store->head_count = heads;
    memset(store->heads, 0, heads * sizeof *store->heads);
    for (size_t i = store->rows.count; i-- > 0;) {
        keel_stored_row *row = &store->rows.items[i];
        uint32_t *head = &store->heads[keel_mix(row->pair) & (heads - 1)];
        row->next = *head;
        *head = (uint32_t)i + 1;
    }
}

/* In ascending order no pair stands twice, and as a rule the next row is the one: both sides are read by key. */
static keel_stored_row *find_ascending(keel_row_store *store, uint64_t pair)
{
    keel_stored_row *rows = store->rows.items;
    size_t low = 0, high = store->rows.count;

    if (store->next < high && rows[store->next].pair == pair)
        low = store->next;
    else
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if ((int64_t)rows[middle].pair < (int64_t)pair)
                low = middle + 1;
            else
                high = middle;
        }
    if (low == store->rows.count || rows[low].pair != pair)
        return NULL;
    store->next = low + 1;
    return rows[low].matched ? NULL : &rows[low];
}

keel_stored_row *
keel_store_find(keel_row_store *store, uint64_t pair, bool merged, const keel_stored_row *after)
{
    if (store->ascending)
        return after == NULL && !merged ? find_ascending(store, pair) : NULL;
    uint32_t at =
        after != NULL ? after->next : store->heads[keel_mix(pair) & (store->head_count - 1)];

    for (; at != 0; at = store->rows.items[at - 1].next) {
        keel_stored_row *row = &store->rows.items[at - 1];
        if (row->pair == pair && row->merged == merged && (merged || !row->matched))
            return row;
    }
    return NULL;
}

static int compare_runs(const void *left, const void *right)
{
    const keel_key_run *a = left, *b = right;

    return (a->from > b->from) - (a->from < b->from);
}

void keel_keys_set(keel_key_index *index, const keel_key_runs *runs, bool by_new)
{
    bool sorted = true;

    index->runs.count = 0;
    index->at = 0;
    for (size_t i = 0; i < runs->count; i++) {
        int64_t new_start = runs->new_start != NULL ? runs->new_start[i] : runs->old_start[i];
        keel_key_run run = {.from = by_new ? new_start : runs->old_start[i],
                            .to = by_new ? runs->old_start[i] : new_start,
                            .length = runs->length[i]};
        sorted = sorted && (i == 0 || index->runs.items[i - 1].from <= run.from);
        keel_vec_push(&index->runs, run);
    }
    if (!sorted)
        qsort(index->runs.items, index->runs.count, sizeof(keel_key_run), compare_runs);
}

static bool holds(const keel_key_run *run, int64_t key)
{
    return key >= run->from && (uint64_t)key - (uint64_t)run->from < (uint64_t)run->length;
}

/* The last run that starts at or before the key. */
static size_t search(const keel_key_index *index, int64_t key)
{
    size_t low = 0, high = index->runs.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->runs.items[middle].from <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? low - 1 : 0;
}

bool keel_keys_find(keel_key_index *index, int64_t key, int64_t *ret_value)
{
    if (index->runs.count == 0)
        return false;
    if (!holds(&index->runs.items[index->at], key)) {
        bool next = index->at + 1 < index->runs.count && holds(&index->runs.items[index->at + 1], key);
        index->at = next ? index->at + 1 : search(index, key);
    }
    const keel_key_run *run = &index->runs.items[index->at];
    if (!holds(run, key))
        return false;
    *ret_value = (int64_t)((uint64_t)run->to + ((uint64_t)key - (uint64_t)run->from));
    return true;
}
