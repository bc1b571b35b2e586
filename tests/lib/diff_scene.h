/* A diff scene: two databases of a throwaway cluster, and comparisons of them in process. What goes wrong in setting
 * it up ends the program with TAP's "Bail out!". */
#ifndef KEEL_TESTS_DIFF_SCENE_H
#define KEEL_TESTS_DIFF_SCENE_H

#include "cluster.h"
#include "diff/diff.h"

typedef struct diff_scene {
    keel_pg *source, *target;
    char conninfo[2][CLUSTER_CONNINFO_SIZE];
    char map[96]; /* the file of the last diff_map */
    keel_arena *arena;
    /* what came of the last comparison */
    keel_report *report;
    keel_diff_result *result; /* NULL after a failure */
    keel_error err;
} diff_scene;

/* Databases NAME_a and NAME_b; each SQL may be NULL. Says the name as a comment. */
diff_scene *diff_open(keel_scratch *cluster, const char *name, const char *both_sql, const char *source_sql,
                      const char *target_sql);
void diff_close(diff_scene *s);

/* The map file of this text; returns its path. */
const char *diff_map(diff_scene *s, const char *yaml);
/* Source and target are filled in unless given; jobs 0 = 2. */
bool diff_run(diff_scene *s, keel_diff_options options);

/* How many findings of this check there are. */
int64_t diff_count(const diff_scene *s, const char *check);
/* A finding of this check whose object is this one (NULL: any), or one with empty texts. */
const keel_finding *diff_finding(const diff_scene *s, const char *check, const char *object);
/* A table of the result by its source name; bails out if there is none. */
const keel_diff_table *diff_table(const diff_scene *s, const char *source);
/* Findings as TAP comments: for a test that failed. */
void diff_show(const diff_scene *s);
/* No difference and no ERROR; shows them if there are. */
bool diff_is_clean(diff_scene *s, keel_diff_options options);

#endif
