#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (const keel_lint_statement *before = script->items; before < s; before++) {
        const char *value = keel_sql_kind_is(before->node, "AlterEnumStmt") ? keel_sql_text_of(before->node, "newVal") : "";
        if (*value == '\0' || before->transaction != s->transaction)
            continue;
        const char *literal = keel_arena_printf(keel_lint_arena(lint), "'%s'", value);
        if (strstr(s->sql, literal) != NULL)
            keel_lint_found(lint, s, NULL, KEEL_ERROR, value, "Put \"-- pgkeel:step\" behind the ALTER TYPE.",
                            "the value was added in line %d of the same transaction and cannot be used yet", before->line);
    }
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
