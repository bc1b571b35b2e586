/* What the commands that lint share: from migration files to the script, from options and configuration to those of a run. */
#ifndef KEEL_CLI_LINT_SCRIPT_H
#define KEEL_CLI_LINT_SCRIPT_H

#include "cli/cli.h"
#include "lint/lint.h"
#include "migrate/work.h"

/* The statements of these steps behind those that are there; each step is a transaction of its own. */
void keel_cli_lint_steps(keel_cli *cli, const keel_steps *steps, keel_lint_script *script);
/* What is pending of a folder. */
void keel_cli_lint_pending(keel_cli *cli, const keel_work *work, keel_lint_script *script);
/* A file, or a folder in any layout: what goes up. */
bool keel_cli_lint_path(keel_cli *cli, const char *path, const char *layout, int server_version, keel_lint_script *script,
                        keel_error *err);
/* The options of a run: the configuration's "lint:", with --only in place of its rules and --skip ("L056,L093", or NULL)
 * behind its own. */
bool keel_cli_lint_options(keel_cli *cli, const char *only, const char *skip, keel_lint_options *ret_options,
                           keel_error *err);

/* docs/reference/lint-rules.md */
void keel_cli_lint_reference(keel_str *out);

#endif
