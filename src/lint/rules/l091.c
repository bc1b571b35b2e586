#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *value = keel_sql_text_of(s->node, "newVal");
    bool renames = *keel_sql_text_of(s->node, "oldVal") != '\0', placed = *keel_sql_text_of(s->node, "newValNeighbor") != '\0';

    if (!renames && !placed)
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_sql_name_of(s->node, "typeName"),
                        "Say BEFORE or AFTER which value it sorts.", "\"%s\" sorts behind all others", value);
}

static const char *const kinds[] = {"AlterEnumStmt", NULL};

const keel_lint_rule keel_lint_l091 = {
    .id = "L091",
    .name = "enum-value-without-place",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "Values of an enum sort in the order of its definition. Without BEFORE or AFTER a new one comes last, and its "
            "place cannot be changed later.",
    .setup = "CREATE TYPE mood AS ENUM ('bad', 'good');",
    .bad = "ALTER TYPE mood ADD VALUE 'fine';",
    .good = "ALTER TYPE mood ADD VALUE 'fine' BEFORE 'good';",
    .kinds = kinds,
    .judge = judge,
};
