/* What the commands that lint share: from migration files to the script, from options and configuration to those of a run. */
#ifndef KEEL_CLI_LINT_SCRIPT_H
#define KEEL_CLI_LINT_SCRIPT_H

#include "cli/cli.h"
#include "lint/lint.h"
#include "migrate/work.h"

/* The statements of these steps behind those that are there; each step is a transaction of its own. */
void keel_cli_lint_steps(keel_cli *cli, const keel_steps *steps, keel_lint_script *script);
/* What is pending of a folder, whose syntax the work has judged. */
void keel_cli_lint_pending(keel_cli *cli, const keel_work *work, keel_lint_script *script);
/* A file, or a folder in any layout: what goes up. variables: what ${NAME} means, or NULL. */
bool keel_cli_lint_path(keel_cli *cli, const char *path, const char *layout, const struct keel_variables *variables,
                        int server_version, keel_lint_script *script, keel_error *err);
/* A rule by id or name; USAGE with the nearest if there is none. */
bool keel_cli_lint_rule(keel_cli *cli, const char *name, const keel_lint_rule **ret_rule, keel_error *err);
/* The options of a run: the configuration's "lint:", with --only in place of its rules and --skip ("L056,L093", or NULL)
 * behind its own. */
bool keel_cli_lint_options(keel_cli *cli, const char *only, const char *skip, keel_lint_options *ret_options,
                           keel_error *err);
/* A folder in any layout; it must be there. */
bool keel_cli_lint_folder(keel_cli *cli, const char *path, const char *layout, const struct keel_variables *variables,
                          int server_version, keel_lint_script *script, keel_error *err);

/* docs/reference/lint-rules.md */
void keel_cli_lint_reference(keel_str *out);

#endif
