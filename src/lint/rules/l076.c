#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_DropNotNull", &at)) != NULL) {
        const keel_world_table *table = keel_lint_table(lint, s);
        const keel_world_column *column = keel_world_column_find(table, keel_sql_text_of(command, "name"));
        const keel_world_constraint *constraint = keel_world_constraint_find(table, keel_sql_text_of(command, "name"));
        bool fresh = (column != NULL && column->since > 0) || (constraint != NULL && constraint->since > 0) ||
                     (constraint != NULL && constraint->not_null_column != NULL);
        if (!fresh)
            keel_lint_says(lint, s, command, KEEL_WARNING,
                           "First deploy an application that can read NULL there.",
                           "clients that trust \"%s\" never to be NULL may break", keel_sql_text_of(command, "name"));
    }
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
