/* What a command gets: its options, the common ones, the configuration, and the ways to speak. Only src/cli
 * prints. The result of a command goes to stdout (or --output FILE) once, at its end: as text, as the JSON envelope
 * around `result`, or as a report in another format. A command that takes reports writes the text to stdout as well
 * where another format goes to a file. Everything else goes to stderr. One cli per process, used by its main
 * thread. */
#ifndef KEEL_CLI_CLI_H
#define KEEL_CLI_CLI_H

#include <signal.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json_out.h"
#include "base/str.h"
#include "cli/config.h"
#include "report/finding.h"
#include "report/progress.h"
#include "report/render.h"

typedef struct keel_common_options {
    const char *config;
    const char *format; /* "text" or "json"; for a command that takes reports one of the others too */
    const char *output;
    const char *db; /* as typed; keel_cli_database resolves it */
    bool yes, quiet, verbose, no_color, help;
} keel_common_options;

typedef struct keel_cli {
    keel_arena *arena; /* lives as long as the command */
    keel_common_options common;
    keel_config config;
    const void *options; /* the command's own options struct */
    const struct keel_command *command;
    bool json;    /* --format json */
    bool text_wanted; /* the text is shown: alone, or on stdout beside a file in another format */
    bool color;   /* of the text */
    keel_report *report;
    keel_str text;       /* the command's own text; shown above the findings, text format only */
    keel_str result;     /* the command's own JSON value; "" gives {} */
    const keel_check_about *about; /* what reports say about checks beside their findings; set by the command, borrowed */
    size_t about_count;
    keel_error failure;  /* why it could not be done, if keel_cli_fail was called */
    bool strict;         /* set by the command: in JUnit a WARNING makes its check fail */
    const char *target;  /* for the envelope; set with keel_cli_set_target */
    keel_progress *progress; /* made by keel_cli_progress */
    keel_usec started_at, started_monotonic;
    int output_fd; /* --output FILE, else stdout */
} keel_cli;

/* The whole program: finds the command, parses, runs, prints. Returns the exit code. */
int keel_cli_main(int argc, char **argv);

/* Adds to the text result; does nothing where no text is wanted. */
void keel_cli_print(keel_cli *cli, const char *fmt, ...) KEEL_PRINTF(2, 3);
/* Where the text goes. */
int keel_cli_text_fd(const keel_cli *cli);
/* Starts the JSON result: a pretty or compact value written into cli->result. */
void keel_cli_result(keel_cli *cli, keel_json *json);
/* Writes the text made so far, for results too long to keep; does nothing where no text is wanted. */
bool keel_cli_flush(keel_cli *cli, keel_error *err);
/* The target of the envelope, a copy: never with a password in it. */
void keel_cli_set_target(keel_cli *cli, const char *target);

/* Says on stderr that the command could not do it, and why; reports for programs get a CRITICAL finding. Returns 2:
 * `return keel_cli_fail(cli, &err);` */
int keel_cli_fail(keel_cli *cli, const keel_error *err);
/* A line on stderr, not when quiet / only when verbose; does not tear the progress bar. */
void keel_cli_note(keel_cli *cli, const char *fmt, ...) KEEL_PRINTF(2, 3);
void keel_cli_detail(keel_cli *cli, const char *fmt, ...) KEEL_PRINTF(2, 3);
/* The progress of this command, made at the first call; silent when quiet. Owned by the cli. */
keel_progress *keel_cli_progress(keel_cli *cli);

/* The database to work on: `given` (--to, or NULL), else --db, else the config's database, else DATABASE_URL. */
bool keel_cli_database(keel_cli *cli, const char *given, const char **ret_url, keel_error *err);
/* True with --yes, or if the human at the terminal answers yes; without a terminal it is an error. */
bool keel_cli_confirm(keel_cli *cli, const char *question, keel_error *err);

/* Not 0 once SIGINT or SIGTERM has arrived: stop at the next safe point. */
const volatile sig_atomic_t *keel_cli_cancel_flag(void);

#endif
