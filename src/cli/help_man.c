#include "cli/help.h"

/* Text that roff shall show as it is: no dashes turned into hyphens, no line that looks like a request. */
static void add_text(keel_str *out, const char *text)
{
    bool line_start = true;

    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            keel_str_add(out, "\\&");
        line_start = *text == '\n';
        if (*text == '-')
            keel_str_add(out, "\\-");
        else if (*text == '\\')
            keel_str_add(out, "\\e");
        else if (*text == '"')
            keel_str_add(out, "\\(dq");
        else
            keel_str_addc(out, *text);
    }
}

static void add_paragraphs(keel_str *out, const char *text)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        KEEL_CLEANUP(keel_str_free) keel_str paragraph = {0};
        keel_str_addn(&paragraph, text, end != NULL ? (size_t)(end - text) : strlen(text));
        keel_str_add(out, ".PP\n");
        add_text(out, keel_str_text(&paragraph));
        keel_str_addc(out, '\n');
        text = end != NULL ? end + 2 : "";
    }
}

static void add_item(keel_str *out, const char *name, const char *text)
{
    keel_str_add(out, ".TP\n.B ");
    add_text(out, name);
    keel_str_addc(out, '\n');
    add_text(out, text);
    keel_str_addc(out, '\n');
}

static void add_options(const keel_option *options, size_t count, keel_str *out)
{
    for (size_t i = 0; i < count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str spelling = {0};
        keel_option_spelling(&options[i], &spelling);
        add_item(out, spelling.data, options[i].help);
    }
}

static void add_rows(const char *title, const keel_help_row *rows, keel_str *out)
{
    keel_str_addf(out, ".SH %s\n", title);
    for (; rows->name != NULL; rows++)
        add_item(out, rows->name, rows->text);
}

static void add_common(unsigned takes, bool for_all, keel_str *out)
{
    for (size_t t = 0; t < KEEL_COMMON_TABLES; t++) {
        const keel_common_table *table = &keel_common_tables[t];
        if ((table->needs == 0) == for_all && keel_common_taken(table, takes))
            add_options(table->options, table->count, out);
    }
}

static void add_command(const keel_command *command, keel_str *out)
{
    keel_str_add(out, ".SS pgkeel ");
    add_text(out, command->name);
    keel_str_add(out, "\n.B pgkeel ");
    add_text(out, command->name);
    keel_str_addc(out, command->usage[0] != '\0' ? ' ' : '\n');
    if (command->usage[0] != '\0') {
        add_text(out, command->usage);
        keel_str_addc(out, '\n');
    }
    add_paragraphs(out, command->help);
    add_options(command->options, command->option_count, out);
    add_common(command->takes, false, out);
    keel_str_add(out, ".PP\nExamples:\n");
    for (const keel_example *e = command->examples; e->line != NULL; e++)
        add_item(out, e->line, e->what);
}

void keel_help_man(keel_str *out)
{
    keel_str_add(out, ".\\\" Made by \"make docs\" from the command table; do not edit.\n");
    keel_str_addf(out, ".TH PGKEEL 1 \"\" \"pgkeel %s\" \"pgkeel\"\n", KEEL_VERSION);
    keel_str_add(out, ".SH NAME\npgkeel \\- takes a PostgreSQL database through change without losing a row\n");
    keel_str_add(out, ".SH SYNOPSIS\n.B pgkeel\n.I command\n[options]\n.SH DESCRIPTION\n");
    add_paragraphs(out, keel_help_intro);
    keel_str_add(out, ".SH COMMANDS\n");
    for (const keel_command *const *c = keel_commands; *c != NULL; c++)
        add_command(*c, out);
    keel_str_add(out, ".SH COMMON OPTIONS\n");
    add_common(0, true, out);
    add_rows("EXIT STATUS", keel_help_exit_codes, out);
    add_rows("ENVIRONMENT", keel_help_environment, out);
    keel_str_add(out, ".SH FILES\n");
    add_item(out, "./pgkeel.yaml", "the configuration, optional: database, color (auto, always, never), jobs, lint");
}
