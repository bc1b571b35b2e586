/* Programs beside a cluster of the tests, run as its server user: a pooler in front of it, a standby behind it. They live in
 * the cluster's directory and die with the thread that started them. What goes wrong ends the test with "Bail out!". */
#ifndef KEEL_TESTS_COMPANION_H
#define KEEL_TESTS_COMPANION_H

#include <sys/types.h>

#include "cluster.h"

/* Where the pooler's program is, or NULL: it is not installed. */
const char *companion_pooler_program(void);
/* A PgBouncer with this pool_mode and this many server connections per database, for every database of the cluster.
 * prefix: what a conninfo begins with, "dbname=..." follows. */
pid_t companion_pooler(keel_scratch *cluster, const char *mode, int pool_size, char prefix[CLUSTER_CONNINFO_SIZE]);

/* A streaming standby of the cluster, called `name` in pg_stat_replication; returns when it streams. */
pid_t companion_standby(keel_scratch *cluster, const char *name, char conninfo[CLUSTER_CONNINFO_SIZE]);

/* Ends one of them, and waits. */
void companion_stop(pid_t process);

#endif
