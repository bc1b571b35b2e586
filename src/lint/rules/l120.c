#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);

    if (table != NULL && table->replicated)
        keel_lint_says(lint, s, NULL, KEEL_INFO, "Make the same change on the subscribers; what is added, there first.",
                       "the table is in a publication, which carries no DDL");
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l120 = {
    .id = "L120",
    .name = "table-not-replicated",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "",
    .help = "Logical replication carries no DDL: a new table, or a new column, must be made on the subscribers "
            "too, the columns there first.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int); CREATE PUBLICATION pub FOR TABLE t;",
    .bad = "ALTER TABLE t ADD COLUMN n int;",
    .good = "ALTER TABLE u ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
