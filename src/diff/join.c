/* Rows of differing buckets on their way to temporary files, and from there, a partition at a time, into the bag. A
 * partition that is too large for it is cut further, at last by whole rows: a key that millions of rows share is none. */
#include "diff/inside.h"

enum { BITS = 7, TOP = 64 - BITS, KEY_DEPTHS = 2, DEEPEST = 4 };
_Static_assert(1 << BITS == KEEL_SPOOL_PARTITIONS, "a partition is named by that many bits of a hash");

static uint32_t partition_of(uint64_t key, uint64_t row, int depth)
{
    uint64_t hash = depth < KEY_DEPTHS ? key : row;

    return (uint32_t)(hash >> (TOP - BITS * depth)) & (KEEL_SPOOL_PARTITIONS - 1);
}

bool keel_diff_spool_rows(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    const keel_diff_pair *pair = item->pair;
    const unsigned char *tuple = NULL;
    size_t size = 0;

    keel_diff_copy_pages(w, item, pair->by_server_hash ? pair->spool_where[item->side].data : NULL);
    if (!keel_diff_read_begin(w, pair, item->side, err))
        return false;
    for (;;) {
        if (!keel_diff_read_next(w, pair, item->side, &tuple, &size, err))
            return false;
        if (tuple == NULL)
            return true;
        uint64_t key = pair->keying == KEEL_BY_ROW ? keel_diff_row_hash(pair, tuple, size)
                                                   : keel_diff_key_hash(pair, tuple, size);
        bool wanted = pair->by_server_hash || pair->differs[key % KEEL_DIFF_BUCKETS];
        if (wanted && !keel_spool_add(pair->spool, partition_of(key, key, 0), item->side, key, tuple, size, err)) {
            keel_diff_read_abort(w, item->side);
            return false;
        }
    }
}

typedef bool row_taker(keel_diff_worker *w, const keel_diff_item *item, keel_side side, uint64_t key,
                       const unsigned char *tuple, size_t size, keel_error *err);

static bool each_row(keel_diff_worker *w, const keel_diff_item *item, keel_side side, row_taker *take, keel_error *err)
{
    KEEL_CLEANUP(keel_spool_reader_free)
    keel_spool_reader reader = {.spool = item->pair->spool, .partition = item->partition, .side = side};
    const unsigned char *tuple = NULL;
    size_t size = 0;
    uint64_t key = 0;

    for (;;) {
        if (keel_diff_stopping(w->diff))
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the comparison is not complete");
        if (!keel_spool_next(&reader, &key, &tuple, &size, err))
            return false;
        if (tuple == NULL)
            return true;
        if (!take(w, item, side, key, tuple, size, err))
            return false;
    }
}

static bool is_full(const keel_diff_worker *w, const keel_diff_item *item)
{
    return item->depth < DEEPEST && keel_bag_bytes(&w->bag) > keel_diff_bag_limit(w->diff);
}

static bool into_bag(keel_diff_worker *w, const keel_diff_item *item, keel_side side, uint64_t key,
                     const unsigned char *tuple, size_t size, keel_error *err)
{
    const keel_diff_pair *pair = item->pair;

    if (is_full(w, item)) /* the rest is only passed over: the partition will be cut */
        return true;
    return keel_bag_add(w, pair, side, key, keel_diff_row_hash(pair, tuple, size), tuple, size, err);
}

/* `item` is the new set, its partition the first of it. */
static bool into_set(keel_diff_worker *w, const keel_diff_item *item, keel_side side, uint64_t key,
                     const unsigned char *tuple, size_t size, keel_error *err)
{
    uint64_t row = item->depth + 1 < KEY_DEPTHS ? 0 : keel_diff_row_hash(item->pair, tuple, size);
    uint32_t partition = w->first_partition + partition_of(key, row, item->depth + 1);

    return keel_spool_add(item->pair->spool, partition, side, key, tuple, size, err);
}

static bool cut(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    keel_diff_item next[KEEL_SPOOL_PARTITIONS];
    keel_spool *spool = item->pair->spool;
    size_t count = 0;

    w->first_partition = keel_spool_add_set(spool);
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        if (!each_row(w, item, side, into_set, err))
            return false;
    keel_spool_drop(spool, item->partition);
    if (!keel_spool_end_set(spool, w->first_partition, err))
        return false;
    for (uint32_t i = w->first_partition; i < w->first_partition + KEEL_SPOOL_PARTITIONS; i++) {
        if (keel_spool_is_empty(spool, i))
            continue;
        next[count] = *item;
        next[count].partition = i;
        next[count++].depth = item->depth + 1;
    }
    keel_diff_add_items(w->diff, item->pair, next, count);
    return true;
}

static void hand_in(const keel_diff_worker *w, keel_diff_pair *pair)
{
    pthread_mutex_lock(&pair->lock);
    pair->counts.missing += w->counts.missing;
    pair->counts.extra += w->counts.extra;
    pair->counts.different += w->counts.different;
    pair->counts.values += w->counts.values;
    pthread_mutex_unlock(&pair->lock);
}

bool keel_diff_join(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    keel_bag_clear(&w->bag);
    w->counts = (keel_diff_counts){0};
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES && !is_full(w, item); side++)
        if (!each_row(w, item, side, into_bag, err))
            return false;
    if (is_full(w, item))
        return cut(w, item, err);
    keel_spool_drop(item->pair->spool, item->partition);
    if (!keel_bag_settle(w, item->pair, err))
        return false;
    hand_in(w, item->pair);
    return true;
}
