/* What the rows of a bag say: those that stand as often on one side as on the other have gone. Of the rest, rows with
 * the same key are pairs that differ; what finds no partner is missing or extra. */
#include <stdlib.h>

#include "diff/inside.h"

typedef struct left_over { /* entries of one side that stand there more often */
    const keel_bag_entry *entry;
    int64_t count;
} left_over;
typedef KEEL_VEC(left_over) left_overs;

static int by_key(const void *left, const void *right)
{
    const left_over *a = left, *b = right;

    if (a->entry->key != b->entry->key)
        return a->entry->key < b->entry->key ? -1 : 1;
    return (a->entry->start > b->entry->start) - (a->entry->start < b->entry->start);
}

static void sort(left_overs *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_key);
}

static const unsigned char *bytes_of(const keel_diff_worker *w, const keel_bag_entry *entry)
{
    return (const unsigned char *)w->bag.bytes.data + entry->start;
}

static bool say_single(keel_diff_worker *w, keel_diff_pair *pair, keel_side side, const left_over *row, keel_error *err)
{
    const keel_bag_entry *entry = row->entry;
    int64_t there = entry->count[1 - side];

    if (!keel_diff_fields(w, pair, side, bytes_of(w, entry), entry->size, err))
        return false;
    /* Where rows are paired by key, some of its kind may have become pairs. */
    keel_diff_say_missing(w, pair, side, pair->keying == KEEL_BY_ROW ? entry->count[side] : row->count,
                          pair->keying == KEEL_BY_ROW ? there : 0);
    return true;
}

static bool same_key(keel_diff_worker *w, const keel_diff_pair *pair, const keel_bag_entry *source,
                     const keel_bag_entry *target, bool *ret_same, keel_error *err)
{
    *ret_same = source->key == target->key;
    if (!*ret_same)
        return true;
    if (!keel_diff_fields(w, pair, KEEL_SOURCE, bytes_of(w, source), source->size, err) ||
        !keel_diff_fields(w, pair, KEEL_TARGET, bytes_of(w, target), target->size, err))
        return false;
    for (size_t i = 0; *ret_same && i < pair->key_count; i++)
        *ret_same = keel_diff_equal(w, &pair->columns.items[i], w->fields[KEEL_SOURCE][i], w->fields[KEEL_TARGET][i]);
    return true;
}

/* As many times as both still stand alone. */
static bool compare(keel_diff_worker *w, keel_diff_pair *pair, left_over *source, left_over *target, keel_error *err)
{
    int64_t times = KEEL_MIN(source->count, target->count);

    for (int64_t i = 0; i < times; i++)
        if (!keel_diff_rows(w, pair, bytes_of(w, source->entry), source->entry->size, bytes_of(w, target->entry),
                            target->entry->size, err))
            return false;
    source->count -= times;
    target->count -= times;
    return true;
}

/* Two lists in the order of their keys' hashes. */
static bool pair_up(keel_diff_worker *w, keel_diff_pair *pair, left_overs *sources, left_overs *targets, keel_error *err)
{
    size_t s = 0, t = 0;
    bool same = false;

    while (s < sources->count && t < targets->count) {
        left_over *source = &sources->items[s], *target = &targets->items[t];
        if (!same_key(w, pair, source->entry, target->entry, &same, err) ||
            (same && !compare(w, pair, source, target, err)))
            return false;
        if (same) {
            s += source->count == 0;
            t += target->count == 0;
        } else if (source->entry->key <= target->entry->key) {
            s++;
        } else {
            t++;
        }
    }
    return true;
}

static bool say_rest(keel_diff_worker *w, keel_diff_pair *pair, keel_side side, const left_overs *list, keel_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].count > 0 && !say_single(w, pair, side, &list->items[i], err))
            return false;
    return true;
}

bool keel_bag_settle(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    left_overs lists[KEEL_SIDES] = {{0}, {0}};

    for (size_t i = 0; i < w->bag.entries.count; i++) {
        const keel_bag_entry *entry = &w->bag.entries.items[i];
        int64_t surplus = entry->count[KEEL_SOURCE] - entry->count[KEEL_TARGET];
        left_over one = {entry, surplus > 0 ? surplus : -surplus};
        if (surplus != 0)
            keel_vec_push(&lists[surplus > 0 ? KEEL_SOURCE : KEEL_TARGET], one);
    }
    sort(&lists[KEEL_SOURCE]);
    sort(&lists[KEEL_TARGET]);
    bool good = pair->keying == KEEL_BY_ROW || pair_up(w, pair, &lists[KEEL_SOURCE], &lists[KEEL_TARGET], err);
    good = good && say_rest(w, pair, KEEL_SOURCE, &lists[KEEL_SOURCE], err) &&
           say_rest(w, pair, KEEL_TARGET, &lists[KEEL_TARGET], err);
    keel_vec_free(&lists[KEEL_SOURCE]);
    keel_vec_free(&lists[KEEL_TARGET]);
    return good;
}
