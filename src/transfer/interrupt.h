/* Watches for the user's wish to stop while connections work, and cancels what runs on them if it
 * does not end soon. Between start and stop the connections of the transfer must stay open.
 * Zero-initialise it. */
#ifndef KEEL_TRANSFER_INTERRUPT_H
#define KEEL_TRANSFER_INTERRUPT_H

#include "transfer/transfer.h"

typedef struct keel_interrupt {
    keel_transfer *transfer; /* NULL: not started */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
} keel_interrupt;

bool keel_interrupt_start(keel_interrupt *interrupt, keel_transfer *transfer, keel_error *err);
void keel_interrupt_stop(keel_interrupt *interrupt); /* safe if it was not started, and twice */

#endif
