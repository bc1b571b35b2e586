/* The options of `pgkeel diff`, and what its two ways of comparing have in common. */
#ifndef KEEL_CLI_DIFF_OPTIONS_H
#define KEEL_CLI_DIFF_OPTIONS_H

#include "cli/command.h"
#include "diff/diff.h"

typedef struct keel_cli_diff {
    const char *map, *file, *schema, *ignore_column, *key;
    int64_t jobs, limit;
    bool quick;
} keel_cli_diff;

/* diff_sqlite.c: a SQLite file against PostgreSQL, by the rules of a transfer. `tables` is NULL-terminated. */
bool keel_cli_diff_sqlite(keel_cli *cli, const char *path, const char *target, const char *const *tables,
                          keel_diff_result **ret_result, keel_error *err);
/* diff_show.c: the head of the text, and the JSON result. */
void keel_cli_diff_show(keel_cli *cli, const keel_diff_result *result);

#endif
