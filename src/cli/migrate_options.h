/* Options that the migrate commands share. */
#ifndef KEEL_CLI_MIGRATE_OPTIONS_H
#define KEEL_CLI_MIGRATE_OPTIONS_H

#include "cli/command.h"
#include "migrate/migrate.h"

typedef struct keel_cli_migrate {
    const char *dir, *layout, *to, *wait, *lock_timeout;
    int64_t retries, steps;
    bool dry_run, allow_out_of_order;
} keel_cli_migrate;

#define KEEL_CLI_MIGRATE_DEFAULTS {.dir = "migrations", .wait = "5min", .lock_timeout = "500ms", .retries = 10}

#define KEEL_CLI_MIGRATE_FOLDER                                                                                        \
    KEEL_TEXT_OPTION(keel_cli_migrate, dir, "dir", 'd', "FOLDER", "where the files are (default migrations)"),         \
        KEEL_TEXT_OPTION(keel_cli_migrate, layout, "layout", 0, "NAME",                                                \
                         "how they are laid out: pgkeel, goose, dbmate, alembic, prisma, diesel, flyway, up-down or "  \
                         "plain (default: recognised)")

#define KEEL_CLI_MIGRATE_RUN                                                                                           \
    KEEL_TEXT_OPTION(keel_cli_migrate, wait, "wait", 0, "TIME",                                                        \
                     "how long to wait for another runner to end (default 5min)"),                                     \
        KEEL_TEXT_OPTION(keel_cli_migrate, lock_timeout, "lock-timeout", 0, "TIME",                                    \
                         "how long a brief statement may wait for its lock, and others behind it (default 500ms)"),    \
        KEEL_INT_OPTION(keel_cli_migrate, retries, "retries", 0, "N", 0, 1000,                                         \
                        "attempts more when a lock is not granted in time (default 10)"),                              \
        KEEL_FLAG_OPTION(keel_cli_migrate, dry_run, "dry-run", 0, "show what would be run, run nothing")

/* Fills the options of a run from the command line and the database; errors are USAGE. */
bool keel_cli_migrate_options(keel_cli *cli, const keel_cli_migrate *from, keel_migrate_options *ret_options,
                              keel_error *err);

/* A line per step with statement, lock and manner: migrate plan, and the dry runs. */
void keel_cli_show_steps(keel_cli *cli, const keel_steps *steps);
void keel_cli_json_steps(keel_json *json, const keel_steps *steps);
/* The steps that were run: "result" of up and down, and their lines. */
void keel_cli_show_run(keel_cli *cli, const keel_migrate_result *result, const char *verb);

#endif
