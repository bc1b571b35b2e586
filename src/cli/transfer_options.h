/* Options that `transfer plan` and `transfer run` share, and how both show tables. */
#ifndef KEEL_CLI_TRANSFER_OPTIONS_H
#define KEEL_CLI_TRANSFER_OPTIONS_H

#include "cli/command.h"
#include "transfer/run.h"

typedef struct keel_cli_transfer {
    const char *from, *to, *file, *schema, *table, *exclude, *keys, *triggers;
    bool no_create;
    /* run only */
    const char *copy;
    int64_t jobs, max_rejects, retry_rejects, new_rows;
    bool again, restart, dry_run;
} keel_cli_transfer;

#define KEEL_CLI_TRANSFER_DEFAULTS {.keys = "auto", .triggers = "fire", .max_rejects = -1}

#define KEEL_CLI_TRANSFER_OPTIONS                                                                                         \
    KEEL_TEXT_OPTION(keel_cli_transfer, from, "from", 0, "sqlite:PATH", "the SQLite file to read"),                       \
        KEEL_TEXT_OPTION(keel_cli_transfer, to, "to", 0, "URL", "the PostgreSQL database to write (default: --db)"),      \
        KEEL_TEXT_OPTION(keel_cli_transfer, file, "file", 'f', "FILE", "the mapping, a YAML file"),                       \
        KEEL_TEXT_OPTION(keel_cli_transfer, schema, "schema", 0, "NAME",                                                  \
                         "schema of tables that the mapping does not place (default: the role's own)"),                   \
        KEEL_TEXT_OPTION(keel_cli_transfer, table, "table", 't', "NAME[,NAME]", "only these source tables"),              \
        KEEL_TEXT_OPTION(keel_cli_transfer, exclude, "exclude", 0, "NAME[,NAME]", "all source tables but these"),         \
        KEEL_CHOICE_OPTION(keel_cli_transfer, keys, "keys", 0, "MODE", keel_cli_key_modes,                                \
                           "keep: keys as they are; remap: new keys from the target, references rewritten; auto: keep "   \
                           "into empty tables, else remap"),                                                              \
        KEEL_CHOICE_OPTION(keel_cli_transfer, triggers, "triggers", 0, "WHAT", keel_cli_trigger_modes,                    \
                           "fire or skip the target's triggers while loading (skip silences foreign keys too)"),          \
        KEEL_FLAG_OPTION(keel_cli_transfer, no_create, "no-create", 0, "do not create tables that the target lacks")

extern const char *const keel_cli_key_modes[];
extern const char *const keel_cli_trigger_modes[];

/* Fills run options from the command line; errors are USAGE. */
bool keel_cli_transfer_options(keel_cli *cli, const keel_cli_transfer *from, keel_run_options *ret_options, keel_error *err);
/* The path behind "sqlite:"; USAGE if it is something else. */
bool keel_cli_source(const char *from, const char **ret_path, keel_error *err);
/* "a,b" as a NULL-terminated list; NULL gives NULL. */
const char *const *keel_cli_list(keel_cli *cli, const char *names);
/* A run's number from the command's word, 0 without one. */
bool keel_cli_run_number(int argc, char **argv, int64_t *ret_run, keel_error *err);
/* keel_cli_database, and the report says which target it is about. */
bool keel_cli_transfer_database(keel_cli *cli, const char *given, const char **ret_url, keel_error *err);
/* "1,234,567" */
const char *keel_cli_count(keel_cli *cli, int64_t count);

/* cmd_transfer_plan.c; also `transfer run --dry-run` */
int keel_cli_show_plan(keel_cli *cli, const keel_run_options *options);

#endif
