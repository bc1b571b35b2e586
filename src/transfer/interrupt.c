/* The user's wish to stop reaches workers at the end of their chunk. A statement of the server may
 * take longer (an index, a lock that somebody else holds): after a second of grace it is cancelled,
 * and its transaction comes to nothing. */
#include <errno.h>
#include <time.h>

#include "transfer/interrupt.h"

enum { LOOK_MS = 50, GRACE_MS = 1000, REPEAT_MS = 500 };

/* false: the time has passed; true: the work is over. */
static bool wait_for_end(keel_interrupt *interrupt, int milliseconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&interrupt->lock);
    while (!interrupt->over &&
           pthread_cond_timedwait(&interrupt->ended, &interrupt->lock, &until) != ETIMEDOUT)
        continue;
    bool over = interrupt->over;
    pthread_mutex_unlock(&interrupt->lock);
    return over;
}

static void cancel_all(const keel_transfer *transfer)
{
    keel_pg_cancel(transfer->pg);
    for (int i = 0; i < transfer->jobs; i++)
        keel_pg_cancel(transfer->workers[i].pg);
}

static void *watch(void *argument)
{
    keel_interrupt *interrupt = argument;

    while (*interrupt->transfer->cancel == 0)
        if (wait_for_end(interrupt, LOOK_MS))
            return NULL;
    for (int grace = GRACE_MS; !wait_for_end(interrupt, grace); grace = REPEAT_MS)
        cancel_all(interrupt->transfer);
    return NULL;
}

bool keel_interrupt_start(keel_interrupt *interrupt, keel_transfer *transfer, keel_error *err)
{
    if (transfer->cancel == NULL)
        return true;
    *interrupt = (keel_interrupt){
        .transfer = transfer, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    if (pthread_create(&interrupt->thread, NULL, watch, interrupt) != 0) {
        interrupt->transfer = NULL;
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    }
    return true;
}

void keel_interrupt_stop(keel_interrupt *interrupt)
{
    if (interrupt->transfer == NULL)
        return;
    pthread_mutex_lock(&interrupt->lock);
    interrupt->over = true;
    pthread_cond_signal(&interrupt->ended);
    pthread_mutex_unlock(&interrupt->lock);
    pthread_join(interrupt->thread, NULL);
    interrupt->transfer = NULL;
}
