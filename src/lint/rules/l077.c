#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_DropConstraint", &at)) != NULL) {
        const keel_world_table *table = keel_lint_table(lint, s);
        const keel_world_column *column = keel_world_column_find(table, keel_sql_text_of(command, "name"));
        const keel_world_constraint *constraint = keel_world_constraint_find(table, keel_sql_text_of(command, "name"));
        bool fresh = (column != NULL && column->since > 0) || (constraint != NULL && constraint->since > 0) ||
                     (constraint != NULL && constraint->not_null_column != NULL);
        if (!fresh)
            keel_lint_says(lint, s, command, KEEL_WARNING,
                           "Say in a comment what keeps the rows right from now on.",
                           "rows are no longer kept from breaking \"%s\"", keel_sql_text_of(command, "name"));
    }
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
