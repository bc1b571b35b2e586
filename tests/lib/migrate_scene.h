/* A database, a folder of migrations, and what came of the last run over it. For tests of migrate against a server. */
#ifndef KEEL_TESTS_MIGRATE_SCENE_H
#define KEEL_TESTS_MIGRATE_SCENE_H

#include "cluster.h"
#include "migrate/migrate.h"
#include "migrate/variables.h"

typedef struct place {
    keel_pg *pg;
    char conninfo[CLUSTER_CONNINFO_SIZE];
    char dir[256];
    keel_arena *arena;
    keel_report *report;
    keel_progress *progress;
    keel_variables variables;
    const keel_migrate_result *result;
    keel_error err;
} place;

/* A new database of that name and an empty folder, which close_place removes. */
void open_place(place *p, keel_scratch *cluster, const char *name);
void close_place(place *p);
/* Writes a file of the folder; with a "/" in its name, in a directory that is made. */
void write_file(const place *p, const char *name, const char *text);
void write_bytes(const place *p, const char *name, const char *bytes, size_t size);
/* Copies another folder's files into it, one level deep. */
void copy_folder(const place *p, const char *from);

keel_migrate_options options_of(const place *p);
/* Each with a report of its own. */
bool look(place *p, const keel_work **ret_work);
bool up(place *p);
bool down_to(place *p, const char *to);
bool has_finding(const place *p, const char *check);
/* The last run's finding of this check, or NULL. */
const keel_finding *finding_of(const place *p, const char *check);
/* Names of the tables and indexes of schema public. */
const char *tables(place *p);

#endif
