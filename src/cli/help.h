/* Help and reference pages, made from the command descriptors and from nothing else. */
#ifndef KEEL_CLI_HELP_H
#define KEEL_CLI_HELP_H

#include "base/str.h"
#include "cli/command.h"

void keel_help_overview(keel_str *out);
void keel_help_group(const keel_command_group *group, keel_str *out);
void keel_help_command(const keel_command *command, keel_str *out);

void keel_help_markdown(keel_str *out); /* docs/reference/commands.md */
void keel_help_man(keel_str *out);      /* man/pgkeel.1 */

/* The common options, in tables by who takes them. */
enum { KEEL_COMMON_TABLES = 6 };
typedef struct keel_common_table {
    const keel_option *options;
    size_t count;
    unsigned needs;  /* shown and parsed for commands that take this; 0 = all */
    unsigned unless; /* ... and not this */
} keel_common_table;
extern const keel_common_table keel_common_tables[KEEL_COMMON_TABLES];

bool keel_common_taken(const keel_common_table *table, unsigned takes);
/* Fills sets with the tables for a command that takes this; returns their number. */
size_t keel_common_sets(unsigned takes, keel_common_options *target, keel_option_set *sets);
/* True if the command has an option of its own by that name. */
bool keel_command_has_option(const keel_command *command, const char *name);

/* The fixed parts of every page. */
typedef struct keel_help_row {
    const char *name;
    const char *text;
} keel_help_row;
extern const keel_help_row keel_help_exit_codes[];  /* end with a row whose name is NULL */
extern const keel_help_row keel_help_environment[];
extern const char keel_help_intro[];

#endif
