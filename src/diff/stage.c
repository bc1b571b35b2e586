/* What comes after what. All items of a stage are over when the next one is decided, so a pair's own state needs no
 * lock here. */
#include <stdlib.h>

#include "diff/inside.h"

enum { STREAM_PAGES = 4096 }; /* of a table that one COPY reads */
enum { GAP_ROWS = 2000, RANGE_ROWS = 100000 }; /* of a range read by key: equal rows in between, and most of all */

typedef KEEL_VEC(keel_diff_item) items;

static void begin(keel_diff_run *d, keel_diff_pair *pair, keel_diff_stage stage, const items *next)
{
    pair->stage = stage;
    pair->open_items = next->count;
    keel_diff_push(d, next->items, next->count);
}

/* One COPY per side where no more than one worker reads a side, else one per range of pages. */
static int64_t pages_at_once(const keel_diff_run *d, const keel_diff_pair *pair, keel_side side)
{
    bool can_be_cut = pair->pages[side] > 0 && d->version[side] >= 140000;

    if (!can_be_cut || (d->jobs <= 2 && d->options->stream_pages == 0))
        return INT64_MAX;
    return d->options->stream_pages > 0 ? d->options->stream_pages : STREAM_PAGES;
}

static void add_pages(const keel_diff_run *d, keel_diff_pair *pair, keel_side side, keel_diff_item_kind kind, items *out)
{
    int64_t step = pages_at_once(d, pair, side), low = 0;

    while (pair->pages[side] - low > step) {
        keel_vec_push(out, ((keel_diff_item){.kind = kind, .pair = pair, .side = side, .low = low, .high = low + step}));
        low += step;
    }
    keel_vec_push(out, ((keel_diff_item){.kind = kind, .pair = pair, .side = side, .low = low, .high = -1}));
}

/* The sides take turns, so that both servers are at work. */
static void add_both_sides(const keel_diff_run *d, keel_diff_pair *pair, keel_diff_item_kind kind, items *out)
{
    items sides[KEEL_SIDES] = {{0}, {0}};

    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        add_pages(d, pair, side, kind, &sides[side]);
    for (size_t i = 0; i < sides[KEEL_SOURCE].count || i < sides[KEEL_TARGET].count; i++)
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
            if (i < sides[side].count)
                keel_vec_push(out, sides[side].items[i]);
    keel_vec_free(&sides[KEEL_SOURCE]);
    keel_vec_free(&sides[KEEL_TARGET]);
}

static void begin_sums(keel_diff_run *d, keel_diff_pair *pair)
{
    items next = {0};

    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        pair->sums[side] = keel_alloc_zero(KEEL_DIFF_BUCKETS, sizeof(keel_bucket));
    pair->by_server_hash = d->quick;
    add_both_sides(d, pair, d->quick ? KEEL_ITEM_SUM : KEEL_ITEM_READ, &next);
    begin(d, pair, KEEL_STAGE_SUMS, &next);
    keel_vec_free(&next);
}

static bool differs(const keel_diff_pair *pair, size_t bucket)
{
    const keel_bucket *source = &pair->sums[KEEL_SOURCE][bucket], *target = &pair->sums[KEEL_TARGET][bucket];

    return source->count != target->count || source->sum != target->sum;
}

static size_t count_differing(keel_diff_pair *pair)
{
    size_t count = 0;

    for (size_t i = 0; i < KEEL_DIFF_BUCKETS; i++) {
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
            pair->counts.rows[side] += pair->sums[side][i].count;
        count += differs(pair, i);
    }
    return count;
}

static int64_t first_key(const keel_diff_pair *pair, uint64_t bucket)
{
    return (int64_t)(((uint64_t)pair->base + bucket) << pair->shift);
}

static int64_t bucket_rows(const keel_diff_pair *pair, size_t bucket)
{
    return KEEL_MAX(pair->sums[KEEL_SOURCE][bucket].count, pair->sums[KEEL_TARGET][bucket].count);
}

static void add_range(keel_diff_pair *pair, uint64_t first, uint64_t last, items *out)
{
    keel_diff_item item = {.kind = KEEL_ITEM_RANGE, .pair = pair};

    item.low = first == 0 ? INT64_MIN : first_key(pair, first);
    item.high = last == pair->last_bucket ? INT64_MAX : first_key(pair, last + 1) - 1;
    for (uint64_t i = first; i <= last; i++)
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
            item.expected[side] += pair->sums[side][i].count;
    keel_vec_push(out, item);
}

/* Differing buckets near each other are read in one go: a statement costs about as much as two thousand rows. */
static void begin_ranges(keel_diff_run *d, keel_diff_pair *pair)
{
    items next = {0};
    uint64_t first = 0, last = 0;
    int64_t rows = 0, gap = 0;
    bool open = false;

    for (uint64_t i = 0; i <= pair->last_bucket; i++) {
        gap += bucket_rows(pair, i);
        if (!differs(pair, i))
            continue;
        if (open && (gap - bucket_rows(pair, i) > GAP_ROWS || rows + gap > RANGE_ROWS)) {
            add_range(pair, first, last, &next);
            open = false;
        }
        first = open ? first : i;
        rows = open ? rows + gap : bucket_rows(pair, i);
        last = i;
        gap = 0;
        open = true;
    }
    add_range(pair, first, last, &next);
    begin(d, pair, KEEL_STAGE_RANGES, &next);
    keel_vec_free(&next);
}

static bool begin_spool(keel_diff_run *d, keel_diff_pair *pair, keel_error *err)
{
    items next = {0};

    if (!keel_spool_open(&pair->spool, err))
        return false;
    keel_spool_add_set(pair->spool);
    if (pair->by_server_hash)
        keel_diff_pick_rows(d, pair);
    add_both_sides(d, pair, KEEL_ITEM_SPOOL, &next);
    begin(d, pair, KEEL_STAGE_SPOOL, &next);
    keel_vec_free(&next);
    return true;
}

/* One pair at a time has temporary files and the memory for writing them. */
static bool wait_turn(keel_diff_run *d, keel_diff_pair *pair, keel_error *err)
{
    pair->differs = keel_alloc_zero(KEEL_DIFF_BUCKETS, 1);
    for (size_t i = 0; i < KEEL_DIFF_BUCKETS; i++)
        pair->differs[i] = differs(pair, i);
    pthread_mutex_lock(&d->lock);
    bool turn = d->spooling == NULL;
    if (turn)
        d->spooling = pair;
    else
        keel_vec_push(&d->waiting, pair);
    pthread_mutex_unlock(&d->lock);
    return !turn || begin_spool(d, pair, err);
}

static bool pass_turn_on(keel_diff_run *d, const keel_diff_pair *pair, keel_error *err)
{
    keel_diff_pair *next = NULL;

    pthread_mutex_lock(&d->lock);
    if (d->spooling == pair) {
        if (d->waiting.count > 0)
            next = d->waiting.items[--d->waiting.count];
        d->spooling = next;
    }
    pthread_mutex_unlock(&d->lock);
    return next == NULL || begin_spool(d, next, err);
}

static bool begin_join(keel_diff_run *d, keel_diff_pair *pair, bool *ret_any, keel_error *err)
{
    items next = {0};

    if (!keel_spool_end_set(pair->spool, 0, err))
        return false;
    for (uint32_t i = 0; i < KEEL_SPOOL_PARTITIONS; i++)
        if (!keel_spool_is_empty(pair->spool, i))
            keel_vec_push(&next, ((keel_diff_item){.kind = KEEL_ITEM_JOIN, .pair = pair, .partition = i}));
    *ret_any = next.count > 0;
    begin(d, pair, KEEL_STAGE_JOIN, &next);
    keel_vec_free(&next);
    return true;
}

void keel_diff_release(keel_diff_pair *pair)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        free(pair->sums[side]);
        pair->sums[side] = NULL;
        keel_str_free(&pair->spool_where[side]);
    }
    free(pair->differs);
    pair->differs = NULL;
    keel_spool_free(pair->spool);
    pair->spool = NULL;
}

static bool finish(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    pair->stage = KEEL_STAGE_DONE;
    keel_diff_release(pair);
    if (!pass_turn_on(w->diff, pair, err))
        return false;
    bool checked = atomic_load(&pair->failed) || keel_diff_check_files(w, pair, err);
    keel_diff_leave(w, KEEL_SOURCE);
    keel_diff_leave(w, KEEL_TARGET);
    pair->ended = keel_monotonic();
    return checked;
}

static bool judge(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    size_t differing = count_differing(pair);

    if (differing == 0)
        return finish(w, pair, err);
    if (pair->keying != KEEL_BY_RANGE)
        return wait_turn(w->diff, pair, err);
    begin_ranges(w->diff, pair);
    return true;
}

static bool next_stage(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    bool any = false;

    if (atomic_load(&pair->failed))
        return finish(w, pair, err);
    switch (pair->stage) {
    case KEEL_STAGE_START:
        if (pair->at_once)
            break;
        begin_sums(w->diff, pair);
        return true;
    case KEEL_STAGE_SUMS:
        return judge(w, pair, err);
    case KEEL_STAGE_SPOOL:
        if (!begin_join(w->diff, pair, &any, err))
            return false;
        if (!any)
            break;
        return true;
    case KEEL_STAGE_RANGES:
    case KEEL_STAGE_JOIN:
    case KEEL_STAGE_DONE:
        break;
    }
    return finish(w, pair, err);
}

bool keel_diff_item_done(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    keel_diff_run *d = w->diff;

    pthread_mutex_lock(&d->lock);
    size_t left = --item->pair->open_items;
    pthread_mutex_unlock(&d->lock);
    return left > 0 || next_stage(w, item->pair, err);
}
