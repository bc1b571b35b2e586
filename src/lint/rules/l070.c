#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_loses(lint, s, "AT_DropColumn", "clients that name", "break",
                    "First deploy an application that no longer names it; drop it in a later migration (phase=contract).");
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l070 = {
    .id = "L070",
    .name = "drop-column",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "A column that is dropped is gone with its data, its indexes and whatever depends on it; clients "
            "that still name it fail. Clients come first, the column last.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t DROP COLUMN a;",
    .good = "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
    .kinds = kinds,
    .judge = judge,
};
