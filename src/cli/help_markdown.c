#include "cli/help.h"

static const char head[] = "| option | meaning |\n|---|---|\n";

static void add_rows_of(const keel_option *options, size_t count, keel_str *out)
{
    for (size_t i = 0; i < count; i++) {
        keel_str_add(out, "| `");
        keel_option_spelling(&options[i], out);
        keel_str_addf(out, "` | %s |\n", options[i].help);
    }
}

static void add_options(const keel_option *options, size_t count, keel_str *out)
{
    keel_str_add(out, head);
    add_rows_of(options, count, out);
    keel_str_addc(out, '\n');
}

static void add_rows(const char *title, const keel_help_row *rows, keel_str *out)
{
    keel_str_addf(out, "## %s\n\n", title);
    for (; rows->name != NULL; rows++)
        keel_str_addf(out, "- `%s`: %s\n", rows->name, rows->text);
    keel_str_addc(out, '\n');
}

static void add_taken(const keel_command *command, keel_str *out)
{
    for (size_t t = 0; t < KEEL_COMMON_TABLES; t++) {
        const keel_common_table *table = &keel_common_tables[t];
        if (table->needs != 0 && keel_common_taken(table, command->takes))
            add_options(table->options, table->count, out);
    }
}

static void add_command(const keel_command *command, keel_str *out)
{
    keel_str_addf(out, "## pgkeel %s\n\n%s\n\n```\npgkeel %s%s%s\n```\n\n", command->name, command->help,
                  command->name, command->usage[0] != '\0' ? " " : "", command->usage);
    if (command->option_count > 0)
        add_options(command->options, command->option_count, out);
    add_taken(command, out);
    keel_str_add(out, "Examples:\n\n```sh\n");
    for (const keel_example *e = command->examples; e->line != NULL; e++)
        keel_str_addf(out, "# %s\n%s\n", e->what, e->line);
    keel_str_add(out, "```\n\n");
}

void keel_help_markdown(keel_str *out)
{
    keel_str_addf(out,
                  "# Commands\n\n<!-- Made by `make docs` from the command table; do not edit. -->\n\n%s\n\n",
                  keel_help_intro);
    keel_str_add(out, "Options stand behind the command. These are known to every one:\n\n");
    keel_str_add(out, head);
    for (size_t t = 0; t < KEEL_COMMON_TABLES; t++)
        if (keel_common_tables[t].needs == 0)
            add_rows_of(keel_common_tables[t].options, keel_common_tables[t].count, out);
    keel_str_addc(out, '\n');
    add_rows("Exit codes", keel_help_exit_codes, out);
    add_rows("Environment", keel_help_environment, out);
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        add_command(*c, out);
    while (out->size > 1 && out->data[out->size - 2] == '\n')
        out->data[--out->size] = '\0';
}
