/* A hash per row into the sums of its bucket. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "diff/inside.h"

static uint64_t hash_of(const keel_diff_pair *pair, const unsigned char *tuple, size_t size)
{
    return pair->reduced ? keel_diff_row_hash(pair, tuple, size) : XXH3_64bits(tuple, size);
}

static void add_row(const keel_diff_pair *pair, keel_bucket *buckets, const unsigned char *tuple, size_t size)
{
    uint64_t hash, bucket;

    switch (pair->keying) {
    case KEEL_BY_RANGE:
        hash = hash_of(pair, tuple, size);
        bucket = keel_diff_bucket(pair, keel_diff_int_key(tuple, size));
        break;
    case KEEL_BY_KEY:
        hash = hash_of(pair, tuple, size);
        bucket = keel_diff_key_hash(pair, tuple, size) % KEEL_DIFF_BUCKETS;
        break;
    case KEEL_BY_ROW:
    default:
        hash = keel_diff_row_hash(pair, tuple, size);
        bucket = hash % KEEL_DIFF_BUCKETS;
        break;
    }
    buckets[bucket].count++;
    buckets[bucket].sum += hash;
}

static void hand_in(const keel_diff_worker *w, keel_diff_pair *pair, keel_side side)
{
    pthread_mutex_lock(&pair->lock);
    for (size_t i = 0; i < KEEL_DIFF_BUCKETS; i++) {
        pair->sums[side][i].count += w->buckets[i].count;
        pair->sums[side][i].sum += w->buckets[i].sum;
    }
    pthread_mutex_unlock(&pair->lock);
}

bool keel_diff_read_sums(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    const unsigned char *tuple = NULL;
    size_t size = 0;

    if (w->buckets == NULL)
        w->buckets = keel_alloc(KEEL_DIFF_BUCKETS * sizeof *w->buckets);
    memset(w->buckets, 0, KEEL_DIFF_BUCKETS * sizeof *w->buckets);
    keel_diff_copy_pages(w, item, NULL);
    if (!keel_diff_read_begin(w, item->pair, item->side, err))
        return false;
    for (;;) {
        if (!keel_diff_read_next(w, item->pair, item->side, &tuple, &size, err))
            return false;
        if (tuple == NULL)
            break;
        add_row(item->pair, w->buckets, tuple, size);
    }
    hand_in(w, item->pair, item->side);
    return true;
}
