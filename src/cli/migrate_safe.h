/* migrate plan --safe: pending statements that stall others, in a form that does not. */
#ifndef KEEL_CLI_MIGRATE_SAFE_H
#define KEEL_CLI_MIGRATE_SAFE_H

#include "cli/cli.h"
#include "migrate/migrate.h"
#include "pg/pg.h"

/* Shows them, by the tables as they are; pg NULL: by the text alone, and everything in the folder is pending. Findings
 * without a safe form go to the report. `write_to` (NULL: none): a folder that gets a copy of the pending files with them;
 * a file that is there already is an error. */
bool keel_cli_migrate_safe(keel_cli *cli, const keel_migrate_options *options, keel_pg *pg, const char *write_to,
                           keel_error *err);

#endif
