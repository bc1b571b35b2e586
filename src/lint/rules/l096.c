#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_column_types(lint, s, "varchar(n)", KEEL_INFO, "varchar(n)", "Write text, with a CHECK on its length where one is meant.");
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l096 = {
    .id = "L096",
    .name = "varchar-n",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "varchar(n) saves nothing over text. To make it shorter rewrites the table; a CHECK on the length is exchanged by "
            "NOT VALID and VALIDATE.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (id bigint PRIMARY KEY, x varchar(20));",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, x text CHECK (length(x) <= 20), y varchar);",
    .kinds = kinds,
    .judge = judge,
};
