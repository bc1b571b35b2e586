/* A scene: one SQLite file and one database of a throwaway cluster, and transfers between them in
 * process. What goes wrong in setting it up ends the program with TAP's "Bail out!". */
#ifndef KEEL_TESTS_SCENE_H
#define KEEL_TESTS_SCENE_H

#include "cluster.h"
#include "transfer/run.h"

typedef struct scene {
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char source[96];  /* the file */
    char mapping[96]; /* of the last scene_map */
    keel_arena *arena;
    /* what came of the last run or plan */
    keel_report *report;
    keel_run_result *result; /* NULL after a plan or a failure */
    keel_plan *plan;
    keel_error err;
} scene;

/* A database of that name, filled by target_sql, and a file filled by source_sql; either may be
 * NULL (then the file does not exist yet). Says the name as a comment. */
scene *
scene_open(keel_scratch *cluster, const char *name, const char *source_sql, const char *target_sql);
void scene_close(scene *s); /* removes the files */

void scene_source(const scene *s, const char *sql); /* more SQL for the file */
/* The mapping file of this text; returns its path. */
const char *scene_map(scene *s, const char *yaml);

/* conninfo, source and jobs are filled in; max_rejects 0 means no bound here. */
bool scene_run(scene *s, keel_run_options options);
bool scene_plan(scene *s, keel_run_options options);
/* One mapping (or NULL) and nothing else. */
bool scene_copy(scene *s, const char *yaml);

/* A finding of this check whose object contains this text (NULL: any), or NULL. */
const keel_finding *scene_finding(const scene *s, const char *check, const char *object);
/* The accounting of a table; bails out if the run does not have it. */
const keel_run_table *scene_table(const scene *s, const char *source);
/* One value of the target as text; valid until the next call or cluster_value. */
const char *scene_value(const scene *s, const char *sql_fmt, ...) KEEL_PRINTF(2, 3);
/* "key column code" of each reject of the last run's table, ordered, joined by "; ". */
const char *scene_rejects(const scene *s, const char *source);
/* Findings as TAP comments: for a test that failed. */
void scene_show(const scene *s);

#endif
