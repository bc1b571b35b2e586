#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_column_types(lint, s, "timestamp", KEEL_WARNING, "timestamp", "Write timestamptz.");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l094 = {
    .id = "L094",
    .name = "timestamp-without-zone",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "A timestamp without time zone means another instant to every session that has another TimeZone.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x timestamp);",
    .good = "CREATE TABLE n (x timestamptz);",
    .kinds = kinds,
    .judge = judge,
};
