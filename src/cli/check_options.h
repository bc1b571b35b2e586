/* The options of `pgkeel check`, and how they become the engine's. */
#ifndef KEEL_CLI_CHECK_OPTIONS_H
#define KEEL_CLI_CHECK_OPTIONS_H

#include "cli/command.h"
#include "verify/engine.h"

typedef struct keel_cli_check {
    bool schema, data, relationships, business, quick, full, strict, list, init;
    const char *only, *skip, *table, *explain, *suite, *snapshot;
    int64_t jobs, statement_timeout;
} keel_cli_check;

/* Fills the engine's options; reads the suites (--suite, or every checks/NAME.yaml if that folder is there). */
bool keel_cli_check_prepare(keel_cli *cli, const keel_cli_check *given, keel_check_options *ret_options, keel_error *err);

/* check_init.c: writes a suite; path NULL = the usual one. */
int keel_cli_check_init(keel_cli *cli, const keel_cli_check *given, const char *path);

/* check_list.c: the catalogue of checks, without a database. */
int keel_cli_check_list(keel_cli *cli);
int keel_cli_check_explain(keel_cli *cli, const char *id);

/* check_show.c: what reports in every format say about checks, whatever comes of them. */
void keel_cli_check_about(keel_cli *cli);
/* The head of the text, and the JSON result. */
void keel_cli_check_show(keel_cli *cli, const keel_check_options *options, const keel_check_database *database);

#endif
