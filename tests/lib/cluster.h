/* The fixture of tests that need a server: one throwaway cluster per test program, one database per test. What
 * goes wrong here ends the program with TAP's "Bail out!"; the cluster then stops at exit. */
#ifndef KEEL_TESTS_CLUSTER_H
#define KEEL_TESTS_CLUSTER_H

#include "pg/pg.h"
#include "pg/scratch.h"

enum { CLUSTER_CONNINFO_SIZE = 512 };

/* Starts a cluster; settings as in keel_scratch_options, or NULL. */
keel_scratch *cluster_start(const char *const *settings);
/* Creates a database of that name and connects to it; the caller closes. conninfo may be NULL. */
keel_pg *cluster_database(keel_scratch *cluster, const char *name, char conninfo[CLUSTER_CONNINFO_SIZE]);
/* Connects; the caller closes. */
keel_pg *cluster_connect(const char *conninfo);
/* Runs SQL that must succeed. */
void cluster_exec(keel_pg *pg, const char *sql);
/* The one value of a query as text, in a buffer that the next call overwrites; "(null)" for SQL NULL. */
const char *cluster_value(keel_pg *pg, const char *sql);

#endif
