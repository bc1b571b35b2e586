/* The queue and its threads. What a stage makes is taken before what was there, so that few pairs are under way at
 * the same time and memory stays what it is. */
#include <sched.h>

#include "diff/inside.h"

bool keel_diff_cancelled(const keel_diff_run *d)
{
    return d->options->cancel != NULL && __atomic_load_n(d->options->cancel, __ATOMIC_RELAXED) != 0;
}

bool keel_diff_stopping(const keel_diff_run *d)
{
    return atomic_load(&d->stop) || keel_diff_cancelled(d);
}

void keel_diff_push(keel_diff_run *d, const keel_diff_item *items, size_t count)
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = count; i-- > 0;)
        keel_vec_push(&d->queue, items[i]);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

void keel_diff_add_items(keel_diff_run *d, keel_diff_pair *pair, const keel_diff_item *items, size_t count)
{
    pthread_mutex_lock(&d->lock);
    pair->open_items += count;
    pthread_mutex_unlock(&d->lock);
    keel_diff_push(d, items, count);
}

/* Waits while others are at work that may become more; false at the end. */
static bool take(keel_diff_run *d, keel_diff_item *ret_item)
{
    bool taken = false;

    pthread_mutex_lock(&d->lock);
    while (d->queue.count == 0 && d->busy > 0 && !atomic_load(&d->stop))
        pthread_cond_wait(&d->changed, &d->lock);
    if (d->queue.count > 0 && !atomic_load(&d->stop)) {
        *ret_item = d->queue.items[--d->queue.count];
        d->busy++;
        taken = true;
    }
    pthread_mutex_unlock(&d->lock);
    return taken;
}

static void give_back(keel_diff_run *d)
{
    pthread_mutex_lock(&d->lock);
    d->busy--;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static void end_all(keel_diff_run *d, const keel_error *err)
{
    pthread_mutex_lock(&d->lock);
    if (d->err.kind == KEEL_OK)
        d->err = *err;
    atomic_store(&d->stop, true);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static bool do_item(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    static bool (*const doers[])(keel_diff_worker *, const keel_diff_item *, keel_error *) = {
        [KEEL_ITEM_START] = keel_diff_start,       [KEEL_ITEM_READ] = keel_diff_read_sums,
        [KEEL_ITEM_SUM] = keel_diff_server_sums,   [KEEL_ITEM_RANGE] = keel_diff_range,
        [KEEL_ITEM_SPOOL] = keel_diff_spool_rows,  [KEEL_ITEM_JOIN] = keel_diff_join,
    };

    return atomic_load(&item->pair->failed) || doers[item->kind](w, item, err);
}

static bool both_alive(const keel_diff_worker *w)
{
    return keel_pg_alive(w->pg[KEEL_SOURCE]) && keel_pg_alive(w->pg[KEEL_TARGET]);
}

/* What a server refuses is a matter of this pair; anything else ends the run. */
static bool is_of_pair(const keel_diff_worker *w, const keel_error *err)
{
    return err->kind == KEEL_ERR_SERVER && both_alive(w) && !keel_diff_stopping(w->diff);
}

static bool run_item(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    if (!do_item(w, item, err)) {
        keel_diff_leave(w, KEEL_SOURCE);
        keel_diff_leave(w, KEEL_TARGET);
        if (atomic_load(&item->pair->failed) && both_alive(w) && !keel_diff_stopping(w->diff))
            return keel_diff_item_done(w, item, err);
        if (!is_of_pair(w, err))
            return false;
        keel_diff_say_failed(w->diff, item->pair, "diff.unreadable", err->hint[0] != '\0' ? err->hint : NULL,
                             err->message);
    }
    return keel_diff_item_done(w, item, err);
}

/* Rows come in small pieces. A normal thread takes the processor from a server on the same machine for each of them,
 * five switches where one would do; a batch thread lets it fill the socket first. */
static void let_the_server_go_on(void)
{
    const struct sched_param none = {0};

    sched_setscheduler(0, SCHED_BATCH, &none); /* a wish: refused, things only go slower */
}

static void *work(void *argument)
{
    keel_diff_worker *w = argument;
    keel_diff_item item;

    let_the_server_go_on();
    while (take(w->diff, &item)) {
        keel_error err = {0};
        if (!run_item(w, &item, &err))
            end_all(w->diff, &err);
        give_back(w->diff);
    }
    keel_progress_add(w->diff->progress, w->unseen);
    return NULL;
}

static bool start_threads(keel_diff_run *d, int *ret_count, keel_error *err)
{
    for (*ret_count = 0; *ret_count < d->jobs; ++*ret_count) {
        keel_diff_worker *w = &d->workers[*ret_count];
        if (pthread_create(&w->thread, NULL, work, w) == 0)
            continue;
        keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
        end_all(d, err);
        return false;
    }
    return true;
}

bool keel_diff_work(keel_diff_run *d, keel_error *err)
{
    keel_diff_watch watch;
    int threads = 0;

    if (!keel_diff_watch_start(&watch, d, err))
        return false;
    start_threads(d, &threads, err);
    for (int i = 0; i < threads; i++)
        pthread_join(d->workers[i].thread, NULL);
    keel_diff_watch_stop(&watch);
    if (keel_diff_cancelled(d))
        return keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the comparison is not complete");
    if (d->err.kind == KEEL_OK)
        return true;
    *err = d->err;
    return false;
}
