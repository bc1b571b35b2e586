#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_loses(lint, s, "AT_DropNotNull", "clients that trust", "never to be NULL may break",
                    "First deploy an application that can read NULL there.");
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l076 = {
    .id = "L076",
    .name = "drop-not-null",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "Clients written when the column could not be NULL may not bear a NULL. They come first.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t ALTER COLUMN b DROP NOT NULL;",
    .good = "ALTER TABLE t ALTER COLUMN b SET DEFAULT 0;",
    .kinds = kinds,
    .judge = judge,
};
