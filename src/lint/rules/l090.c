#include "base/str.h"
#include "lint/rule.h"

static int line_of(keel_lint *lint, const keel_lint_statement *s, const char *value)
{
    const keel_lint_statement *before = s;

    while (before > keel_lint_whole(lint)->items && keel_sql_text_of(before->node, "newVal") != value)
        before--;
    return before->line;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *value = NULL;

    for (size_t at = 0; (value = keel_world_new_enum_value(keel_lint_world(lint), s->transaction, &at)) != NULL;)
        if (strstr(s->sql, keel_arena_printf(keel_lint_arena(lint), "'%s'", value)) != NULL)
            keel_lint_found(lint, s, NULL, KEEL_ERROR, value, "Put \"-- pgkeel:step\" behind the ALTER TYPE.",
                            "the value was added in line %d of the same transaction and cannot be used yet",
                            line_of(lint, s, value));
}

const keel_lint_rule keel_lint_l090 = {
    .id = "L090",
    .name = "enum-value-in-same-tx",
    .severity = KEEL_ERROR,
    .lock = "none: it fails",
    .help = "A value that is added to an enum cannot be used in the same transaction. Put \"-- pgkeel:step\" "
            "behind ALTER TYPE .. ADD VALUE.",
    .setup = "CREATE TYPE mood AS ENUM ('bad'); CREATE TABLE moods (m mood);",
    .bad = "ALTER TYPE mood ADD VALUE 'fine';\n"
           "INSERT INTO moods VALUES ('fine');",
    .good = "ALTER TYPE mood ADD VALUE 'fine';\n"
            "-- pgkeel:step\n"
            "INSERT INTO moods VALUES ('fine');",
    .judge = judge,
};
