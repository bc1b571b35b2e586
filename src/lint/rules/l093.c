#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_column_types(lint, s, "json", KEEL_INFO, "json", "Write jsonb.");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l093 = {
    .id = "L093",
    .name = "json-not-jsonb",
    .severity = KEEL_INFO,
    .lock = "",
    .help = "A json column keeps the text as it came: no index, no equality, parsed at every look. jsonb is "
            "nearly always meant.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x json);",
    .good = "CREATE TABLE n (x jsonb);",
    .kinds = kinds,
    .judge = judge,
};
