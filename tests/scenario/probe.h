/* Somebody else, who wants to write to tables all the time that a migration runs, and waits for no lock longer than five
 * seconds. */
#ifndef KEEL_TESTS_PROBE_H
#define KEEL_TESTS_PROBE_H

#include <pthread.h>

#include "cluster.h"

typedef struct probe {
    char conninfo[CLUSTER_CONNINFO_SIZE];
    const char *const *tables; /* NULL-terminated */
    volatile bool stop;
    int64_t attempts;
    keel_error err; /* of the first that failed */
    pthread_t thread;
} probe;

void probe_begin(probe *p, const char *conninfo, const char *const *tables);
/* True if it has tried each table, and always got its lock. */
bool probe_end(probe *p);

#endif
