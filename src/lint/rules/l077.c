#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_loses(lint, s, "AT_DropConstraint", "rows are no longer kept from breaking", "",
                    "Say in a comment what keeps the rows right from now on.");
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l077 = {
    .id = "L077",
    .name = "drop-constraint",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "A dropped constraint lets in rows that it kept out, and they are found much later. A foreign key "
            "also locks its parent.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t DROP CONSTRAINT t_pkey;",
    .good = "ALTER TABLE t ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
