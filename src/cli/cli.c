#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/term.h"
#include "cli/command.h"
#include "cli/output.h"

void keel_cli_print(keel_cli *cli, const char *fmt, ...)
{
    va_list args;

    if (!cli->text_wanted)
        return;
    va_start(args, fmt);
    keel_str_addv(&cli->text, fmt, args);
    va_end(args);
}

int keel_cli_text_fd(const keel_cli *cli)
{
    return strcmp(cli->common.format, "text") == 0 ? cli->output_fd : STDOUT_FILENO;
}

void keel_cli_result(keel_cli *cli, keel_json *json)
{
    keel_str_clear(&cli->result);
    keel_json_start(json, &cli->result, false);
}

bool keel_cli_flush(keel_cli *cli, keel_error *err)
{
    if (!cli->text_wanted)
        return true;
    bool written = keel_output_write(keel_cli_text_fd(cli), &cli->text, err);
    keel_str_clear(&cli->text);
    return written;
}

void keel_cli_set_target(keel_cli *cli, const char *target)
{
    cli->target = keel_arena_strdup(cli->arena, target);
}

KEEL_PRINTF(2, 0) static void say(keel_cli *cli, const char *fmt, va_list args)
{
    KEEL_CLEANUP(keel_str_free) keel_str line = {0};

    keel_str_addv(&line, fmt, args);
    if (cli->progress != NULL)
        keel_progress_note(cli->progress, "%s", keel_str_text(&line));
    else
        fprintf(stderr, "%s\n", keel_str_text(&line));
}

void keel_cli_note(keel_cli *cli, const char *fmt, ...)
{
    va_list args;

    if (cli->common.quiet)
        return;
    va_start(args, fmt);
    say(cli, fmt, args);
    va_end(args);
}

void keel_cli_detail(keel_cli *cli, const char *fmt, ...)
{
    va_list args;

    if (cli->common.quiet || !cli->common.verbose)
        return;
    va_start(args, fmt);
    say(cli, fmt, args);
    va_end(args);
}

int keel_cli_fail(keel_cli *cli, const keel_error *err)
{
    keel_progress_free(cli->progress);
    cli->progress = NULL;
    keel_output_error(err);
    cli->failure = *err;
    return 2;
}

keel_progress *keel_cli_progress(keel_cli *cli)
{
    if (cli->progress == NULL) {
        bool color = keel_term_color(STDERR_FILENO) && !cli->common.no_color;
        cli->progress = keel_progress_create(cli->common.quiet, color);
    }
    return cli->progress;
}

bool keel_cli_database(keel_cli *cli, const char *given, const char **ret_url, keel_error *err)
{
    const char *const places[] = {given, cli->common.db, cli->config.database, getenv("DATABASE_URL")};

    for (size_t i = 0; i < KEEL_COUNT_OF(places); i++) {
        if (places[i] != NULL && places[i][0] != '\0') {
            *ret_url = places[i];
            return true;
        }
    }
    keel_fail(err, KEEL_ERR_USAGE, "no database given");
    return keel_fail_hint(err, "Name it with --%s URL, with \"database:\" in pgkeel.yaml or in DATABASE_URL.",
                          (cli->command->takes & KEEL_TAKES_DB) != 0 ? "db" : "to");
}

bool keel_cli_confirm(keel_cli *cli, const char *question, keel_error *err)
{
    KEEL_CLEANUP(keel_free_p) char *answer = NULL;
    size_t size = 0;

    if (cli->common.yes)
        return true;
    if (!keel_term_is_tty(STDIN_FILENO)) {
        keel_fail(err, KEEL_ERR_USAGE, "%s", question);
        return keel_fail_hint(err, "There is no terminal to answer at: say --yes.");
    }
    fprintf(stderr, "%s [y/N] ", question);
    if (getline(&answer, &size, stdin) > 0 && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    return keel_fail(err, KEEL_ERR_CANCELLED, "nothing was done");
}
