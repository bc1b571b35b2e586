/* A command is one file cmd_*.c with one `const keel_command keel_command_NAME` and one line in commands.c;
 * parser, --help, man page and reference page come from this descriptor. */
#ifndef KEEL_CLI_COMMAND_H
#define KEEL_CLI_COMMAND_H

#include "base/options.h"
#include "cli/cli.h"

/* Which of the common options a command takes besides --config, --format, --output, --quiet, ... */
enum {
    KEEL_TAKES_DB = 1,          /* --db URL, in cli->common.db; resolve it with keel_cli_database */
    KEEL_TAKES_YES = 2,         /* --yes, in cli->common.yes; ask with keel_cli_confirm */
    KEEL_IGNORES_CONFIG = 4,    /* works even where pgkeel.yaml is broken */
    KEEL_TAKES_REPORTS = 8,     /* its findings are its result: --format knows junit, sarif and github too, and
                                   --output FILE stands beside the text on stdout */
};

typedef struct keel_example {
    const char *line; /* "pgkeel transfer run --from sqlite:app.db --to postgresql:///app" */
    const char *what; /* what it does: lower case, no full stop */
} keel_example;

typedef struct keel_command {
    const char *name;    /* "transfer run": the words behind pgkeel */
    const char *summary; /* one line for lists: lower case, no full stop */
    const char *usage;   /* what stands behind the name: "--from SOURCE --to URL [options]" */
    const char *help;    /* whole sentences; paragraphs separated by an empty line */
    const keel_example *examples; /* at least one; ends with a row whose line is NULL */
    const keel_option *options;
    size_t option_count;
    size_t options_size;  /* of the struct that the options' offsets are in; 0 without options */
    const void *defaults; /* such a struct to start from, or NULL for all zero */
    int min_words, max_words; /* words behind the name that are no options; max -1 = any number */
    unsigned takes;
    /* argv holds the words; the options' struct is cli->options. Returns the exit code (0, 1, 2); the frame
     * raises it to what the report's findings ask for, and prints. */
    int (*run)(keel_cli *cli, int argc, char **argv);
} keel_command;

/* The first word of commands that belong together; shown only if there is such a command. */
typedef struct keel_command_group {
    const char *name;
    const char *summary;
    const char *help;
} keel_command_group;

extern const keel_command *const keel_commands[]; /* ends with NULL */
extern const keel_command_group keel_command_groups[]; /* ends with a row whose name is NULL */

/* The command whose name is exactly these words, or NULL. */
const keel_command *keel_command_find(const char *name);
/* The group of that name, if it has commands, or NULL. */
const keel_command_group *keel_command_group_find(const char *name);
bool keel_command_in_group(const keel_command *command, const keel_command_group *group);

/* Finds the command or the group that argv[0..argc) starts with and how many words name it. Where neither is
 * meant, err names the nearest word. A group without a known second word: *ret_command is NULL. */
bool keel_command_match(int argc, char **argv, const keel_command **ret_command,
                        const keel_command_group **ret_group, int *ret_words, keel_error *err);

#endif
