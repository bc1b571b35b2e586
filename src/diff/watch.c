/* The user's wish to stop cancels every statement at once: who only reads has nothing to lose, and nothing of it may
 * linger on the servers. */
#include <errno.h>
#include <time.h>

#include "diff/inside.h"

enum { LOOK_MS = 50, REPEAT_MS = 500 };

/* False: the time has passed; true: the work is over. */
static bool wait_for_end(keel_diff_watch *watch, int milliseconds)
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

static void cancel_all(keel_diff_run *d)
{
    pthread_mutex_lock(&d->lock);
    atomic_store(&d->stop, true);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    for (int i = 0; i < d->jobs; i++)
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
            keel_pg_cancel(d->workers[i].pg[side]);
}

static void *watch_loop(void *argument)
{
    keel_diff_watch *watch = argument;

    while (!keel_diff_stopping(watch->diff))
        if (wait_for_end(watch, LOOK_MS))
            return NULL;
    do
        cancel_all(watch->diff);
    while (!wait_for_end(watch, REPEAT_MS));
    return NULL;
}

bool keel_diff_watch_start(keel_diff_watch *watch, keel_diff_run *d, keel_error *err)
{
    *watch = (keel_diff_watch){.diff = d, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    watch->running = pthread_create(&watch->thread, NULL, watch_loop, watch) == 0;
    return watch->running || keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
}

void keel_diff_watch_stop(keel_diff_watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->over = true;
    pthread_cond_signal(&watch->ended);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
}
