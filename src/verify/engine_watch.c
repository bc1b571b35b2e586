/* The user's wish to stop cancels every statement at once: a check that reads has nothing to lose,
 * and nothing of it may linger on the server. */
#include <errno.h>
#include <time.h>

#include "verify/engine_inside.h"

enum { LOOK_MS = 50, REPEAT_MS = 500 };
static const keel_usec old_snapshot = 600 * KEEL_SECOND;

/* False: the time has passed; true: the work is over. */
static bool wait_for_end(keel_engine_watch *watch, int milliseconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&watch->lock);
    while (!watch->over && pthread_cond_timedwait(&watch->ended, &watch->lock, &until) != ETIMEDOUT)
        continue;
    bool over = watch->over;
    pthread_mutex_unlock(&watch->lock);
    return over;
}

/* 0 while there is no snapshot. */
static keel_usec age(const keel_engine *e)
{
    keel_usec began = atomic_load(&e->snapshot_began);

    return began != 0 ? keel_monotonic() - began : 0;
}

static void warn_of_age(keel_engine_watch *watch)
{
    keel_engine *e = watch->engine;
    keel_usec limit = e->options->snapshot_age > 0 ? e->options->snapshot_age : old_snapshot;

    if (watch->warned || e->options->snapshot != KEEL_SNAPSHOT_ONE || age(e) < limit)
        return;
    watch->warned = true;
    keel_progress_note(
        e->progress,
        "note: the snapshot is %lld minutes old and holds back vacuum in the whole database; "
        "--snapshot table takes a short one per table",
        (long long)(age(e) / (60 * KEEL_SECOND)));
    keel_report_addf(e->found, KEEL_WARNING, "check.old_snapshot", "snapshot", NULL,
                     "Run it with --snapshot table, with more --jobs, or --quick.",
                     "the snapshot grew older than %lld s; while it lasted, vacuum could remove no "
                     "row that died since",
                     (long long)(limit / KEEL_SECOND));
}

static void cancel_all(keel_engine *e)
{
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->open.count; i++)
        keel_pg_cancel(e->open.items[i]);
    pthread_mutex_unlock(&e->lock);
}

static void *watch_loop(void *argument)
{
    keel_engine_watch *watch = argument;

    while (!keel_engine_cancelled(watch->engine) && !atomic_load(&watch->engine->stop)) {
        if (wait_for_end(watch, LOOK_MS))
            return NULL;
        warn_of_age(watch);
    }
    do
        cancel_all(watch->engine);
    while (!wait_for_end(watch, REPEAT_MS));
    return NULL;
}

bool keel_engine_watch_start(keel_engine_watch *watch, keel_engine *e, keel_error *err)
{
    *watch = (keel_engine_watch){
        .engine = e, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    watch->running = pthread_create(&watch->thread, NULL, watch_loop, watch) == 0;
    return watch->running || keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
}

void keel_engine_watch_stop(keel_engine_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->over = true;
    pthread_cond_signal(&watch->ended);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    warn_of_age(watch);
}
