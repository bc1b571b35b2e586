/* One of the applications under examples/: a cluster of its own, its clean database as the template of all others, and
 * `pgkeel check` held against them as a user would. What goes wrong in the stand itself ends the program with "Bail
 * out!". */
#ifndef KEEL_TESTS_EXAMPLE_H
#define KEEL_TESTS_EXAMPLE_H

#include "base/arena.h"
#include "cluster.h"

/* argv: the pgkeel under test, psql, and the example's folder. Fills the template from schema.sql and data.sql. */
void example_open(int argc, char **argv);
const char *example_name(void); /* "kamiyo" */
/* A path in the example's folder, in the arena. */
const char *example_path(keel_arena *arena, const char *name);

/* A copy of the clean database; conninfo is filled. */
void example_database(const char *name, char conninfo[CLUSTER_CONNINFO_SIZE]);
void example_drop(const char *name);
/* SQL against the server itself, for what is shared by all databases. */
void example_server(const char *sql);
/* Runs a file through psql, which stops at the first error. */
bool example_psql(const char *conninfo, const char *path);

typedef struct example_finding {
    const char *check, *severity, *object, *message;
} example_finding;

typedef struct example_report {
    int exit_code;
    const char *verdict; /* "pass", "fail", "critical"; "none" if there was no report */
    example_finding *findings;
    size_t count;
} example_report;

/* `pgkeel check --suite checks/SUITE --format json`; everything lives in the arena. Any thread. */
example_report example_check(keel_arena *arena, const char *conninfo, const char *suite);
/* The findings of WARNING or worse as TAP comments. */
void example_show(const example_report *report);
int example_rank(const char *severity); /* 0 info ... 3 critical; -1 for no such word */

#endif
