#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_DropColumn", &at)) != NULL) {
        const keel_world_table *table = keel_lint_table(lint, s);
        const keel_world_column *column = keel_world_column_find(table, keel_sql_text_of(command, "name"));
        const keel_world_constraint *constraint = keel_world_constraint_find(table, keel_sql_text_of(command, "name"));
        bool fresh = (column != NULL && column->since > 0) || (constraint != NULL && constraint->since > 0) ||
                     (constraint != NULL && constraint->not_null_column != NULL);
        if (!fresh)
            keel_lint_says(lint, s, command, KEEL_WARNING,
                           "First deploy an application that no longer names it; drop it in a later migration (phase=contract).",
                           "clients that name \"%s\" break", keel_sql_text_of(command, "name"));
    }
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
