/* The reference page of checks, from their descriptors: docs/reference/checks.md. */
#include "cli/check_options.h"

static const char intro[] =
    "# Checks\n\n<!-- Made by `make docs` from the checks themselves; do not edit. -->\n\n"
    "What `pgkeel check` looks for. Each check says what is true when it passes, why it matters, "
    "and shows the smallest "
    "database in which it finds something beside the nearest one in which it does not; the tests "
    "make both. "
    "`pgkeel check --explain ID` says the same on the command line, the [guide](../guide/check.md) "
    "how to use them, and "
    "[suites](suite.md) what only your team knows.\n\n";

/* In a table a bar would end the cell. */
static void add_cell(keel_str *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            keel_str_addc(out, '\\');
        keel_str_addc(out, *text);
    }
}

static const char *anchor(keel_cli *cli, const char *id)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    for (; *id != '\0'; id++)
        if (*id != '.')
            keel_str_addc(&text, *id);
    return keel_arena_strdup(cli->arena, text.data);
}

static void add_list(keel_cli *cli, keel_check_group group, keel_str *out)
{
    keel_str_addf(out, "| %s | severity | what is true when it passes |\n|---|---|---|\n",
                  keel_check_group_name(group));
    for (size_t i = 0; keel_checks[i] != NULL; i++) {
        const keel_check *check = keel_checks[i];
        if (check->group != group)
            continue;
        keel_str_addf(out, "| [`%s`](#%s) | %s | ", check->id, anchor(cli, check->id),
                      keel_severity_name(check->severity));
        add_cell(out, check->title);
        keel_str_add(out, " |\n");
    }
    keel_str_addc(out, '\n');
}

static void add_code(keel_str *out, const char *what, const char *language, const char *text)
{
    size_t size = strlen(text);

    keel_str_addf(out, "%s\n\n```%s\n%s%s```\n\n", what, language, text,
                  size > 0 && text[size - 1] == '\n' ? "" : "\n");
}

static const char *condition(const keel_check *check)
{
    if ((check->flags & KEEL_CHECK_NEEDS_SUITE) != 0)
        return " Only with a suite.";
    if ((check->flags & KEEL_CHECK_NEEDS_BASELINE) != 0)
        return " Only with `--against`.";
    return (check->flags & KEEL_CHECK_OPT_IN) != 0 ? " Only if `--only` names it." : "";
}

static void add_check(const keel_check *check, keel_str *out)
{
    keel_str_addf(out, "### %s\n\nPasses if %s. Severity: %s.%s\n\n%s\n\n", check->id, check->title,
                  keel_severity_name(check->severity), condition(check), check->help);
    if (check->triggers != NULL)
        add_code(out, "Finds something:", "sql", check->triggers);
    if (check->passes != NULL)
        add_code(out, "Finds nothing:", "sql", check->passes);
    if (check->suite != NULL)
        add_code(out, "With this suite:", "yaml", check->suite);
}

static void add_notices(keel_str *out)
{
    keel_str_add(
        out, "## What the run itself says\n\n| finding | severity | meaning |\n|---|---|---|\n");
    for (const keel_check_notice *n = keel_check_notices; n->id != NULL; n++) {
        keel_str_addf(out, "| `%s` | %s | ", n->id, keel_severity_name(n->severity));
        add_cell(out, n->help);
        keel_str_add(out, " |\n");
    }
}

void keel_cli_check_reference(keel_cli *cli, keel_str *out)
{
    keel_str_add(out, intro);
    for (int group = 0; group < KEEL_GROUP_COUNT; group++)
        add_list(cli, (keel_check_group)group, out);
    for (int group = 0; group < KEEL_GROUP_COUNT; group++) {
        keel_str_addf(out, "## %s\n\n", keel_check_group_name((keel_check_group)group));
        for (size_t i = 0; keel_checks[i] != NULL; i++)
            if ((int)keel_checks[i]->group == group)
                add_check(keel_checks[i], out);
    }
    add_notices(out);
}
