/* pgkeel help: what a command does; and the reference pages. */
#include <string.h>

#include "cli/check_options.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/lint_script.h"

typedef struct options {
    const char *format;
} options;

static const char *const formats[] = {"text", "md", "man", NULL};
static const keel_option option_table[] = {
    KEEL_CHOICE_OPTION(options, format, "format", 0, "FORMAT", formats,
                       "text; or all commands as a reference page: md or man; \"checks --format md\" and \"lint-rules --format md\" "
                       "are the pages of those"),
};
static const options defaults = {.format = "text"};

static int run(keel_cli *cli, int argc, char **argv)
{
    const options *o = cli->options;
    const keel_command *command = NULL;
    const keel_command_group *group = NULL;
    keel_error err = {0};
    int named_by = 0;

    if (argc == 1 && strcmp(argv[0], "checks") == 0 && strcmp(o->format, "md") == 0)
        keel_cli_check_reference(cli, &cli->text);
    else if (argc == 1 && strcmp(argv[0], "lint-rules") == 0 && strcmp(o->format, "md") == 0)
        keel_cli_lint_reference(&cli->text);
    else if (strcmp(o->format, "md") == 0)
        keel_help_markdown(&cli->text);
    else if (strcmp(o->format, "man") == 0)
        keel_help_man(&cli->text);
    else if (argc == 0)
        keel_help_overview(&cli->text);
    else if (!keel_command_match(argc, argv, &command, &group, &named_by, &err))
        return keel_cli_fail(cli, &err);
    else if (command != NULL)
        keel_help_command(command, &cli->text);
    else
        keel_help_group(group, &cli->text);
    return 0;
}

static const keel_example examples[] = {
    {"pgkeel help version", "what \"pgkeel version\" does, its options and examples"},
    {"pgkeel help --format man > pgkeel.1", "the man page"},
    {NULL, NULL},
};

const keel_command keel_command_help = {
    .name = "help",
    .summary = "show what a command does, with examples",
    .usage = "[COMMAND] [options]",
    .help = "Shows the list of commands, or all about one of them. \"pgkeel COMMAND --help\" is the same.",
    .examples = examples,
    .options = option_table,
    .option_count = KEEL_COUNT_OF(option_table),
    .options_size = sizeof(options),
    .defaults = &defaults,
    .max_words = 2,
    .takes = KEEL_IGNORES_CONFIG,
    .run = run,
};
