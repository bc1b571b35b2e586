/* The options of `pgkeel check`, and how they become the engine's. */
#ifndef KEEL_CLI_CHECK_OPTIONS_H
#define KEEL_CLI_CHECK_OPTIONS_H

#include "cli/command.h"
#include "verify/baseline.h"
#include "verify/engine.h"

typedef struct keel_cli_check {
    bool schema, data, relationships, business, quick, full, strict, list, init;
    const char *only, *skip, *table, *explain, *suite, *snapshot, *save, *against;
    int64_t jobs, statement_timeout;
} keel_cli_check;

/* Fills the engine's options; reads the suites (--suite, or every checks/NAME.yaml if that folder is there). */
bool keel_cli_check_prepare(keel_cli *cli, const keel_cli_check *given, keel_check_options *ret_options, keel_error *err);

/* check_init.c: writes a suite; path NULL = the usual one. */
int keel_cli_check_init(keel_cli *cli, const keel_cli_check *given, const char *path);

/* check_baseline.c: --save and --against. The job is made before the checks run (NULL without these options), and its
 * file is written after, if they could be run at all. */
bool keel_cli_check_baseline(keel_cli *cli, const keel_cli_check *given, keel_baseline_job **ret_job, keel_error *err);
bool keel_cli_check_save(const keel_cli_check *given, const keel_baseline_job *job, keel_error *err);
/* A line of the text, and the member "baseline" of the JSON result. */
void keel_cli_check_show_baseline(keel_cli *cli, const keel_cli_check *given, const keel_baseline_job *job);
void keel_cli_check_add_baseline(keel_json *json, const keel_cli_check *given, const keel_baseline_job *job);

/* check_list.c: the catalogue of checks, without a database. */
int keel_cli_check_list(keel_cli *cli);
int keel_cli_check_explain(keel_cli *cli, const char *id);
void keel_cli_check_reference(keel_cli *cli, keel_str *out); /* check_reference.c: the same as a page, Markdown */

/* check_show.c: what reports in every format say about checks, whatever comes of them. */
void keel_cli_check_about(keel_cli *cli);
/* The head of the text, and the JSON result. */
void keel_cli_check_show(keel_cli *cli, const keel_check_options *options, const keel_check_database *database);

#endif
