/* Options that the migrate commands share. */
#ifndef KEEL_CLI_MIGRATE_OPTIONS_H
#define KEEL_CLI_MIGRATE_OPTIONS_H

#include "cli/command.h"
#include "migrate/fan_out.h"
#include "migrate/variables.h"

typedef struct keel_cli_migrate {
    const char *dir, *layout, *to, *wait, *lock_timeout;
    int64_t retries, steps;
    bool dry_run, allow_out_of_order;
    const char *databases, *databases_from, *schemas, *schemas_from, *canary;
    int64_t jobs, stop_after; /* 0 = not given */
    keel_texts var, env;
} keel_cli_migrate;

#define KEEL_CLI_MIGRATE_DEFAULTS {.dir = "migrations", .wait = "5min", .lock_timeout = "500ms", .retries = 10}

#define KEEL_CLI_MIGRATE_FOLDER                                                                                        \
    KEEL_TEXT_OPTION(keel_cli_migrate, dir, "dir", 'd', "FOLDER", "where the files are (default migrations)"),         \
        KEEL_TEXT_OPTION(keel_cli_migrate, layout, "layout", 0, "NAME",                                                \
                         "how they are laid out: pgkeel, goose, dbmate, alembic, prisma, diesel, flyway, up-down or "  \
                         "plain (default: recognised)"),                                                               \
        KEEL_TEXTS_OPTION(keel_cli_migrate, var, "var", 0, "NAME=VALUE",                                               \
                          "what ${NAME} means in the files; may be given again and again"),                            \
        KEEL_TEXTS_OPTION(keel_cli_migrate, env, "env", 0, "NAME",                                                     \
                          "the same, with the value that the environment has")

#define KEEL_CLI_MIGRATE_RUN                                                                                           \
    KEEL_TEXT_OPTION(keel_cli_migrate, wait, "wait", 0, "TIME",                                                        \
                     "how long to wait for another runner to end (default 5min)"),                                     \
        KEEL_TEXT_OPTION(keel_cli_migrate, lock_timeout, "lock-timeout", 0, "TIME",                                    \
                         "how long a brief statement may wait for its lock, and others behind it (default 500ms)"),    \
        KEEL_INT_OPTION(keel_cli_migrate, retries, "retries", 0, "N", 0, 1000,                                         \
                        "attempts more when a lock is not granted in time (default 10)"),                              \
        KEEL_FLAG_OPTION(keel_cli_migrate, dry_run, "dry-run", 0, "show what would be run, run nothing")

#define KEEL_CLI_MIGRATE_MANY                                                                                          \
    KEEL_TEXT_OPTION(keel_cli_migrate, databases, "databases", 0, "A,B,...",                                           \
                     "these databases instead of one: names at the server of --db, or URLs"),                          \
        KEEL_TEXT_OPTION(keel_cli_migrate, databases_from, "databases-from", 0, "QUERY",                               \
                         "the databases that a query at --db names in its first column"),                              \
        KEEL_TEXT_OPTION(keel_cli_migrate, schemas, "schemas", 0, "A,B,...",                                           \
                         "these schemas of the database, each with a journal and a search_path of its own"),           \
        KEEL_TEXT_OPTION(keel_cli_migrate, schemas_from, "schemas-from", 0, "QUERY",                                   \
                         "the schemas that a query names in its first column"),                                        \
        KEEL_INT_OPTION(keel_cli_migrate, jobs, "jobs", 'j', "N", 1, KEEL_FAN_OUT_MOST_JOBS,                           \
                        "how many of them at once (default 4 databases, or 1 schema)")

#define KEEL_CLI_MIGRATE_CANARY                                                                                        \
    KEEL_TEXT_OPTION(keel_cli_migrate, canary, "canary", 0, "NAME",                                                    \
                     "of many, the one that goes first and alone (default: the first)"),                               \
        KEEL_INT_OPTION(keel_cli_migrate, stop_after, "stop-after", 0, "N", 1, KEEL_FAN_OUT_MOST_TARGETS,              \
                        "of many, begin no other when N have failed (default 1)")

/* "2s" of --wait as a time; USAGE if it is none. */
bool keel_cli_duration(const char *option, const char *text, keel_usec *ret_duration, keel_error *err);

/* Fills the options of a run from the command line and the database; errors are USAGE. */
bool keel_cli_migrate_options(keel_cli *cli, const keel_cli_migrate *from, keel_migrate_options *ret_options,
                              keel_error *err);

/* Is this call about many targets? Then keel_cli_migrate_options leaves the database to keel_cli_fan_out, which does all
 * the rest, and returns the exit code. */
bool keel_cli_fan_out_wanted(const keel_cli_migrate *given);
int keel_cli_fan_out(keel_cli *cli, keel_fan_out_act act);
/* Options of many targets without any: USAGE. */
bool keel_cli_fan_out_fits(const keel_cli_migrate *given, keel_error *err);
/* What ${NAME} means: pgkeel.yaml's variables, then --env, then --var, the later instead of the earlier. NULL if nothing
 * is named. */
bool keel_cli_variables(keel_cli *cli, const keel_texts *var, const keel_texts *env, const keel_variables **ret_variables,
                        keel_error *err);

/* A line per step with statement, lock and manner: migrate plan, and the dry runs. */
void keel_cli_show_steps(keel_cli *cli, const keel_steps *steps);
void keel_cli_json_steps(keel_json *json, const keel_steps *steps);
void keel_cli_json_run_steps(keel_json *json, const keel_migrate_step_result *steps, size_t count);
/* "wal_bytes" and "size_change", null where they were not measured. */
void keel_cli_json_footprint(keel_json *json, int64_t wal_bytes, int64_t size_change);
/* The steps that were run: "result" of up and down; the same with a line for each. */
void keel_cli_json_run(keel_cli *cli, const keel_migrate_result *result);
void keel_cli_show_run(keel_cli *cli, const keel_migrate_result *result, const char *verb);

#endif
