#include "base/str.h"
#include "lint/rule.h"

static void judge_column(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command)
{
    const char *name = keel_sql_text_of(command, "name");
    const keel_world_column *column = keel_world_column_find(keel_lint_table(lint, s), name);
    bool had_none = keel_lint_live(lint) && column != NULL && !column->has_default && !column->identity;

    if ((column != NULL && column->since > 0) || had_none)
        return;
    keel_lint_says(lint, s, command, KEEL_WARNING, "First deploy an application that always writes the column.",
                   "clients that leave \"%s\" out %s", name,
                   column != NULL && column->not_null ? "fail" : "get NULL, or fail if it is NOT NULL");
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_ColumnDefault", &at)) != NULL;)
        if (keel_sql_get(command, "def") == NULL)
            judge_column(lint, s, command);
    for (size_t at = 0; (command = keel_lint_command(s, "AT_DropIdentity", &at)) != NULL;)
        judge_column(lint, s, command);
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l078 = {
    .id = "L078",
    .name = "drop-default",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "Clients that leave the column out have relied on its default or identity: from now on they write NULL, or fail. They come "
            "first.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT 7, b int NOT NULL, v text);",
    .bad = "ALTER TABLE t ALTER COLUMN a DROP DEFAULT;",
    .good = "ALTER TABLE t ALTER COLUMN a SET DEFAULT 8;",
    .kinds = kinds,
    .judge = judge,
};
