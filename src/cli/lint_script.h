/* From migration files to the script that lint judges. */
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
/* "2026-11-21" */
const char *keel_cli_today(keel_cli *cli);

/* docs/reference/lint-rules.md */
void keel_cli_lint_reference(keel_str *out);

#endif
