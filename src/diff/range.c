/* A range of integer keys, read in the order of the key on both sides at once. */
#include "diff/inside.h"

typedef struct stream {
    const unsigned char *tuple; /* NULL at the end */
    size_t size;
    int64_t key, rows;
} stream;

static bool next(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, stream *s, keel_error *err)
{
    if (!keel_diff_read_next(w, pair, side, &s->tuple, &s->size, err))
        return false;
    if (s->tuple == NULL)
        return true;
    s->rows++;
    s->key = keel_diff_int_key(s->tuple, s->size);
    return true;
}

static bool say_single(keel_diff_worker *w, keel_diff_pair *pair, keel_side has_it, stream *s, keel_error *err)
{
    if (!keel_diff_fields(w, pair, has_it, s->tuple, s->size, err))
        return false;
    keel_diff_say_missing(w, pair, has_it, 1, 0);
    return next(w, pair, has_it, s, err);
}

static bool compare(keel_diff_worker *w, keel_diff_pair *pair, stream *s, keel_error *err)
{
    stream *source = &s[KEEL_SOURCE], *target = &s[KEEL_TARGET];
    bool same = source->size == target->size && memcmp(source->tuple, target->tuple, source->size) == 0;

    return (same || keel_diff_rows(w, pair, source->tuple, source->size, target->tuple, target->size, err)) &&
           next(w, pair, KEEL_SOURCE, source, err) && next(w, pair, KEEL_TARGET, target, err);
}

static bool merge(keel_diff_worker *w, keel_diff_pair *pair, stream *s, keel_error *err)
{
    stream *source = &s[KEEL_SOURCE], *target = &s[KEEL_TARGET];
    bool good = next(w, pair, KEEL_SOURCE, source, err) && next(w, pair, KEEL_TARGET, target, err);

    while (good && (source->tuple != NULL || target->tuple != NULL)) {
        if (target->tuple == NULL || (source->tuple != NULL && source->key < target->key))
            good = say_single(w, pair, KEEL_SOURCE, source, err);
        else if (source->tuple == NULL || target->key < source->key)
            good = say_single(w, pair, KEEL_TARGET, target, err);
        else
            good = compare(w, pair, s, err);
    }
    return good;
}

static void hand_in(const keel_diff_worker *w, const keel_diff_item *item, const stream *s)
{
    keel_diff_counts *counts = &item->pair->counts;

    pthread_mutex_lock(&item->pair->lock);
    counts->missing += w->counts.missing;
    counts->extra += w->counts.extra;
    counts->different += w->counts.different;
    counts->values += w->counts.values;
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        if (item->expected[side] < 0)
            counts->rows[side] += s[side].rows;
        else
            item->pair->astray[side] += item->expected[side] - s[side].rows;
    }
    pthread_mutex_unlock(&item->pair->lock);
}

bool keel_diff_range(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    keel_diff_pair *pair = item->pair;
    stream s[KEEL_SIDES] = {{0}, {0}};

    w->counts = (keel_diff_counts){0};
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        keel_diff_copy_range(w, pair, side, item->low, item->high);
        if (!keel_diff_read_begin(w, pair, side, err))
            return false;
    }
    if (!merge(w, pair, s, err))
        return false;
    hand_in(w, item, s);
    return true;
}
