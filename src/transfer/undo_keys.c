/* The journal's hashes and keys of one table, in memory and sorted: 8 bytes per row, loaded only
 * where needed. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/undo_inside.h"

static int compare_hashes(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static int compare_ranges(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return (a[0] > b[0]) - (a[0] < b[0]);
}

typedef struct hash_list {
    uint64_t *items;
    size_t count, capacity;
} hash_list;

static void add_hashes(hash_list *list, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = (uint64_t)keel_get_i64(bytes + i * 8);
        keel_vec_push(list, hash);
    }
}

static bool
take_row_hashes(void *context, const keel_chunk_record *record, keel_error *err KEEL_UNUSED)
{
    add_hashes(context, record->row_hashes, record->row_hash_count);
    return true;
}

/* Distinct values with their counts; takes the list over. */
static void make_multiset(keel_undo_hashes *hashes, hash_list *list)
{
    qsort(list->items, list->count, sizeof *list->items, compare_hashes);
    hashes->values = list->items;
    hashes->left = keel_alloc_zero(list->count + 1, sizeof *hashes->left);
    for (size_t i = 0; i < list->count; i++) {
        if (hashes->count == 0 || hashes->values[hashes->count - 1] != list->items[i])
            hashes->values[hashes->count++] = list->items[i];
        hashes->left[hashes->count - 1]++;
    }
}

typedef struct spent {
    keel_undo_target *target;
    hash_list list;
} spent;

static bool take_spent(void *context, const keel_chunk_record *record, keel_error *err KEEL_UNUSED)
{
    spent *s = context;

    s->target->next_record = KEEL_MAX(s->target->next_record, record->seq + 1);
    add_hashes(&s->list, record->row_hashes, record->row_hash_count);
    return true;
}

bool keel_undo_load_hashes(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    hash_list list = {0};
    spent s = {.target = target};
    int64_t inserted = target->journal->inserted;
    int table = target->journal->table;

    if (target->hashes.loaded)
        return true;
    bool read = keel_journal_chunks(undo->pg, undo->run->run, table, KEEL_CHUNK_LOAD, true,
                                    take_row_hashes, &list, err) &&
                keel_journal_chunks(undo->pg, undo->run->run, table, KEEL_CHUNK_UNDO, true,
                                    take_spent, &s, err);
    size_t found = list.count;
    if (found > 0)
        make_multiset(&target->hashes, &list);
    for (size_t i = 0; i < s.list.count; i++)
        (void)keel_undo_take_hash(&target->hashes, s.list.items[i]);
    keel_vec_free(&s.list);
    if (!read)
        return false;
    target->hashes.loaded = true;
    if ((int64_t)found >= inserted)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "the journal holds %zu row hashes for the %lld rows of \"%s\"",
              found, (long long)inserted, target->name);
    return keel_fail_hint(
        err, "It was pruned, and this database is a restored copy or the table was rewritten, so "
             "nothing tells the run's rows from others.");
}

bool keel_undo_take_hash(keel_undo_hashes *hashes, uint64_t hash)
{
    const uint64_t *found = hashes->count == 0 ? NULL
                                               : bsearch(&hash, hashes->values, hashes->count,
                                                         sizeof hash, compare_hashes);

    if (found == NULL || hashes->left[found - hashes->values] == 0)
        return false;
    hashes->left[found - hashes->values]--;
    return true;
}

static bool take_keys(void *context, const keel_chunk_record *record, keel_error *err KEEL_UNUSED)
{
    keel_undo_keys *keys = context;
    const keel_key_runs *runs = &record->keys;

    for (size_t i = 0; i < runs->count; i++) {
        if (keys->ranges.count == keys->ranges.capacity)
            keys->ranges.items = keel_vec_grow_(keys->ranges.items, &keys->ranges.capacity,
                                                sizeof *keys->ranges.items);
        int64_t *range = keys->ranges.items[keys->ranges.count++];
        range[0] = runs->new_start != NULL ? runs->new_start[i] : runs->old_start[i];
        range[1] = range[0] + runs->length[i] - 1;
    }
    for (size_t i = 0; i < record->key_hash_count; i++) {
        uint64_t hash = (uint64_t)keel_get_i64(record->key_hashes + i * 8);
        keel_vec_push(&keys->hashes, hash);
    }
    return true;
}

bool keel_undo_load_keys(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    keel_undo_keys *keys = &target->keys;

    if (keys->loaded)
        return true;
    if (!keel_journal_chunks(undo->pg, undo->run->run, target->journal->table, KEEL_CHUNK_LOAD,
                             true, take_keys, keys, err))
        return false;
    if (keys->ranges.count > 0)
        qsort(keys->ranges.items, keys->ranges.count, sizeof *keys->ranges.items, compare_ranges);
    if (keys->hashes.count > 0)
        qsort(keys->hashes.items, keys->hashes.count, sizeof *keys->hashes.items, compare_hashes);
    keys->loaded = true;
    return true;
}

bool keel_undo_knows_keys(const keel_undo_keys *keys)
{
    return keys->ranges.count > 0 || keys->hashes.count > 0;
}

bool keel_undo_has_integer(const keel_undo_keys *keys, int64_t key)
{
    size_t low = 0, high = keys->ranges.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (keys->ranges.items[middle][0] <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && key <= keys->ranges.items[low - 1][1];
}

bool keel_undo_has_hash(const keel_undo_keys *keys, uint64_t hash)
{
    return keys->hashes.count > 0 && bsearch(&hash, keys->hashes.items, keys->hashes.count,
                                             sizeof hash, compare_hashes) != NULL;
}

void keel_undo_keys_free(keel_undo_target *target)
{
    free(target->hashes.values);
    free(target->hashes.left);
    target->hashes = (keel_undo_hashes){0};
    keel_vec_free(&target->keys.ranges);
    keel_vec_free(&target->keys.hashes);
    target->keys.loaded = false;
}
