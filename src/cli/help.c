#include "cli/help.h"

#include "base/memory.h"

enum { WIDTH = 80 };

const char keel_help_intro[] =
    "pgkeel takes a PostgreSQL database through change without losing a row. Whatever it does can be planned "
    "without touching anything, is verified after, and can be undone.";

const keel_help_row keel_help_exit_codes[] = {
    {"0", "all good"},
    {"1", "done, but with ERROR findings, rejected rows, differences or failed checks"},
    {"2", "could not do it, a CRITICAL finding, or wrong usage"},
    {NULL, NULL},
};

const keel_help_row keel_help_environment[] = {
    {"DATABASE_URL", "the database, where neither an option nor the configuration names one"},
    {"NO_COLOR", "if it is set to anything, no color"},
    {NULL, NULL},
};

static void add_paragraphs(const char *text, keel_str *out)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        KEEL_CLEANUP(keel_str_free) keel_str paragraph = {0};
        keel_str_addn(&paragraph, text, end != NULL ? (size_t)(end - text) : strlen(text));
        keel_wrap(out, keel_str_text(&paragraph), 0, 0, WIDTH);
        keel_str_add(out, "\n\n");
        text = end != NULL ? end + 2 : "";
    }
}

static void add_row(keel_str *out, const char *name, const char *text, size_t width)
{
    size_t column = 2 + width + 2;

    keel_str_addf(out, "  %-*s  ", (int)width, name);
    keel_wrap(out, text, column, column, WIDTH);
    keel_str_addc(out, '\n');
}

static void add_examples(const keel_example *examples, keel_str *out)
{
    keel_str_add(out, "Examples:\n");
    for (const keel_example *e = examples; e->line != NULL; e++) {
        keel_str_addf(out, "  %s\n      ", e->line);
        keel_wrap(out, e->what, 6, 6, WIDTH);
        keel_str_addc(out, '\n');
    }
}

static const keel_command *first_of(const keel_command_group *group)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (keel_command_in_group(*c, group))
            return *c;
    return NULL;
}

static size_t widest_name(const keel_command_group *group)
{
    size_t widest = 0;

    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        if (group == NULL || keel_command_in_group(*c, group))
            widest = KEEL_MAX(widest, strlen((*c)->name));
    return widest;
}

/* Commands of one word, then the groups' own, in the order of their lists. */
static void add_commands(const keel_command_group *group, size_t width, keel_str *out)
{
    for (const keel_command *const *c = keel_commands; *c != NULL; c++) {
        bool shown = group != NULL ? keel_command_in_group(*c, group) : strchr((*c)->name, ' ') == NULL;
        if (shown)
            add_row(out, (*c)->name, (*c)->summary, width);
    }
}

void keel_help_overview(keel_str *out)
{
    size_t width = widest_name(NULL);

    keel_str_add(out, "Usage: pgkeel COMMAND [options]\n\n");
    add_paragraphs(keel_help_intro, out);
    keel_str_add(out, "Commands:\n");
    add_commands(NULL, width, out);
    for (const keel_command_group *g = keel_command_groups; g->name != NULL; g++) {
        if (first_of(g) == NULL)
            continue;
        keel_str_addf(out, "\n%s: %s\n", g->name, g->summary);
        add_commands(g, width, out);
    }
    keel_str_add(out, "\nExit codes:\n");
    for (const keel_help_row *row = keel_help_exit_codes; row->name != NULL; row++)
        add_row(out, row->name, row->text, 1);
    keel_str_add(out, "\nExamples:\n"
                      "  pgkeel help version\n"
                      "      what one command does, its options and examples\n"
                      "  pgkeel version --format json\n"
                      "      the result as one JSON document\n");
}

void keel_help_group(const keel_command_group *group, keel_str *out)
{
    const keel_command *first = first_of(group);

    keel_str_addf(out, "Usage: pgkeel %s COMMAND [options]\n\n", group->name);
    add_paragraphs(group->help, out);
    keel_str_add(out, "Commands:\n");
    add_commands(group, widest_name(group), out);
    keel_str_addc(out, '\n');
    if (first != NULL)
        add_examples(first->examples, out);
    keel_str_addf(out, "\n\"pgkeel %s COMMAND --help\" tells more.\n", group->name);
}

static void add_common_options(const keel_command *command, keel_str *out)
{
    KEEL_VEC(keel_option) shown = {0};

    for (size_t t = 0; t < KEEL_COMMON_TABLES; t++) {
        const keel_common_table *table = &keel_common_tables[t];
        if (!keel_common_taken(table, command->takes))
            continue;
        for (size_t i = 0; i < table->count; i++)
            if (!keel_command_has_option(command, table->options[i].name))
                keel_vec_push(&shown, table->options[i]);
    }
    keel_str_add(out, "Common options:\n");
    keel_options_help(shown.items, shown.count, out);
    keel_vec_free(&shown);
}

void keel_help_command(const keel_command *command, keel_str *out)
{
    keel_str_addf(out, "Usage: pgkeel %s%s%s\n\n", command->name, command->usage[0] != '\0' ? " " : "",
                  command->usage);
    add_paragraphs(command->help, out);
    if (command->option_count > 0) {
        keel_str_add(out, "Options:\n");
        keel_options_help(command->options, command->option_count, out);
        keel_str_addc(out, '\n');
    }
    add_common_options(command, out);
    keel_str_addc(out, '\n');
    add_examples(command->examples, out);
}
