/* One folder of migrations over many targets: databases, or schemas of one database. Each target is
 * migrated as it would be by itself (keel_migrate_up and its sisters): its own sessions, runner
 * lock, report and journal, which stands in the target. So a run that was stopped is gone on with
 * by the same command: a target that is done has nothing left to do. The folder is read once: every
 * target gets the same files. Workers are threads; nothing of a target is shared between two of
 * them. */
#ifndef KEEL_MIGRATE_FAN_OUT_H
#define KEEL_MIGRATE_FAN_OUT_H

#include "migrate/migrate.h"

enum { KEEL_FAN_OUT_MOST_TARGETS = 100000, KEEL_FAN_OUT_MOST_JOBS = 64 };

/* Which targets: exactly one of the four is not NULL. A list is names between commas, taken as they
 * are written; one with a comma in it stands in double quotes. What begins with postgresql:// or
 * postgres:// is a URL and stands for itself; any other name is a database at `conninfo`. A query's
 * first column is the name; it runs at `conninfo`, read only. */
typedef struct keel_fan_out_choice {
    const char *conninfo; /* NULL: there are URLs only */
    const char *databases, *databases_from;
    const char *schemas, *schemas_from; /* of the database `conninfo` */
} keel_fan_out_choice;

typedef enum keel_target_state {
    KEEL_TARGET_NOT_STARTED,
    KEEL_TARGET_DONE,
    KEEL_TARGET_NOTHING, /* there was nothing to do */
    KEEL_TARGET_FOUND,   /* looked at: there are findings of severity ERROR */
    KEEL_TARGET_FAILED,
    KEEL_TARGET_STOPPED, /* on request, in the middle */
    KEEL_TARGET_STATES
} keel_target_state;
/* "not_started", "done", "nothing", "found", ...; and for people: "nothing to do" */
const char *keel_target_state_name(keel_target_state state);
const char *keel_target_state_text(keel_target_state state);

typedef struct keel_target {
    const char *name;     /* database, schema, or "host:port/database" of a URL; no two are the same */
    const char *conninfo; /* may hold a password */
    const char *space;    /* "" or the schema */
    /* filled by keel_fan_out_run, in its arena */
    bool canary;
    keel_target_state state;
    const char *note; /* for people: "2 migrations, 3 steps, 0.4 s", or why not */
    keel_error err;   /* of FAILED and STOPPED */
    size_t total, pending; /* LOOK, VERIFY: migrations */
    const char *version;   /* the last one of them that is applied, or NULL */
    struct {
        const char **items;
        size_t count, capacity;
    } due;             /* UP, DOWN: versions that were to be run */
    size_t migrations; /* brought to their end */
    struct {
        keel_migrate_step_result *items;
        size_t count, capacity;
    } steps;
    keel_usec duration;
} keel_target;

typedef struct keel_targets {
    keel_target *items;
    size_t count, capacity;
} keel_targets;

/* In the order given. Errors, before anything is done: none at all, one twice, more than
 * MOST_TARGETS, a schema that does not exist, what belongs to the system (template0, template1,
 * pg_catalog, ...), a query that fails. */
bool keel_fan_out_find(keel_arena *arena,
                       const keel_fan_out_choice *choice,
                       keel_targets *ret_targets,
                       keel_error *err);

typedef enum keel_fan_out_act {
    KEEL_FAN_OUT_UP,
    KEEL_FAN_OUT_DOWN, /* wants `to`: "one back" would take one more back wherever the first attempt
                          had succeeded */
    KEEL_FAN_OUT_LOOK,
    KEEL_FAN_OUT_VERIFY,
} keel_fan_out_act;

/* UP and DOWN begin with the canary alone; only if it ended well the others follow, `jobs` at a
 * time, until stop_after of them have failed: then no other is begun, and those at work end. What
 * only looks (LOOK, VERIFY, a dry run) has no canary and does not stop. On request
 * (migrate->cancel) those at work stop as a single run does, and no other is begun. */
typedef struct keel_fan_out_options {
    keel_fan_out_act act;
    const keel_migrate_options
        *migrate;       /* of every target; conninfo, space and folder are not used */
    int jobs;           /* 1 .. MOST_JOBS; each has two connections */
    const char *canary; /* name of a target; NULL: the first */
    size_t stop_after;  /* at least 1 */
} keel_fan_out_options;

/* False: nothing was begun (the folder cannot be read, no such canary, DOWN without `to`). Else
 * each target says how it ended. Findings of a target come to `report` with "NAME: " before their
 * object, in the order of the targets; a target that failed without any has "migrate.failed".
 * VERIFY adds a check "migrate.target" per target, with its name as the title. */
bool keel_fan_out_run(keel_arena *arena,
                      const keel_fan_out_options *options,
                      keel_targets *targets,
                      keel_report *report,
                      keel_progress *progress,
                      keel_error *err);

size_t keel_fan_out_count(const keel_targets *targets, keel_target_state state);
/* True if every target is DONE, NOTHING or FOUND; else err says how many are not, and how to go on.
 */
bool keel_fan_out_complete(const keel_targets *targets, keel_error *err);

#endif
