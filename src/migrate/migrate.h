/* pgkeel migrate: schema changes in steps. See docs/guide/migrate.md. */
#ifndef KEEL_MIGRATE_MIGRATE_H
#define KEEL_MIGRATE_MIGRATE_H

#include <signal.h>

#include "migrate/folder.h"
#include "migrate/work.h"
#include "report/finding.h"
#include "report/progress.h"

typedef struct keel_migrate_options {
    const char *conninfo;
    const char *dir;        /* the folder */
    const char *layout;     /* NULL: recognised */
    const keel_migration_folder *folder; /* as it was read before, or NULL: dir is read */
    const struct keel_variables *variables; /* what ${NAME} means; NULL: nothing is replaced */
    const char *space;      /* NULL or "": the database; else the schema that is migrated (search_path is set to it) */
    const char *to;         /* up: the last version to apply; down: the version to stay at ("0" = none); NULL */
    int64_t steps;          /* down without `to`: how many migrations; 0 = 1 */
    bool dry_run;
    bool allow_out_of_order;
    bool with_steps;        /* look: the journal's steps are wanted for applied migrations too */
    keel_usec wait;         /* for the runner lock */
    keel_usec lock_timeout; /* of brief statements: 500 ms */
    int retries;            /* of a step whose lock is not granted in time: 10 */
    const volatile sig_atomic_t *cancel; /* or NULL */
} keel_migrate_options;

typedef struct keel_migrate_step_result {
    const char *version, *file, *label;
    char direction;
    int number;
    bool transactional;
    double duration_ms, lock_wait_ms;
    int retries;
    int64_t wal_bytes, size_change; /* or KEEL_NOT_MEASURED */
} keel_migrate_step_result;

typedef struct keel_migrate_result {
    const keel_work *work; /* as it was before */
    struct { const char **items; size_t count, capacity; } due; /* versions that were to be run, in their order */
    size_t migrations;     /* brought to their end, up or down */
    struct { keel_migrate_step_result *items; size_t count, capacity; } steps; /* that were run */
} keel_migrate_result;

/* Folder and journal read and held against each other; writes nothing, creates nothing. */
bool keel_migrate_look(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                       const keel_work **ret_work, keel_error *err);

/* Applies what is pending, in order, up to `to`. With nothing pending it takes no lock and writes nothing. What was
 * committed before a failure stays, and the same call again goes on behind it; *ret_result says how far it came, also on
 * failure. Safe from many processes at once. To be called at the start of an application as well. */
bool keel_migrate_up(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                     keel_progress *progress, const keel_migrate_result **ret_result, keel_error *err);
/* The way back: `steps` migrations, or down to `to`. By the file's way down, or the journal's copy where the file is gone.
 * A migration without one stops it before anything is done. */
bool keel_migrate_down(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                       keel_progress *progress, const keel_migrate_result **ret_result, keel_error *err);

#endif
