#include "base/str.h"
#include "lint/rule.h"
#include "lint/type_change.h"

/* Where L022 calls the rewrite an ERROR there is nothing to add. */
static bool said_already(keel_lint *lint, const keel_world_table *table, keel_type_change change)
{
    const char *ignored = NULL;

    return change == KEEL_TYPE_REWRITE && keel_lint_weigh(lint, table, KEEL_ERROR, &ignored) == KEEL_ERROR;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL;) {
        const char *name = keel_sql_text_of(command, "name"), *to = keel_lint_type(lint, keel_sql_get(command, "def"));
        const keel_world_column *column = keel_world_column_find(table, name);
        if (column == NULL || column->since > 0 || keel_type_same_for_clients(keel_lint_arena(lint), column->type, to) ||
            said_already(lint, table, keel_type_change_of(keel_lint_arena(lint), column->type, to)))
            continue;
        keel_lint_says(lint, s, command, KEEL_WARNING, "First deploy an application that can read both types.",
                       "clients get \"%s\" as %s, which was %s", name, to, column->type);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l079 = {
    .id = "L079",
    .name = "client-sees-other-type",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "A change of type that costs nothing, for there is nothing to rewrite or the table is small, is one still to clients: drivers "
            "that check types refuse it, and a timestamp that becomes timestamptz is shown in the session's zone. Not reported: text "
            "and varchar of any length, a numeric's precision, a timestamp's, since clients see no other type.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, at timestamp, w varchar(20));",
    .bad = "ALTER TABLE t ALTER COLUMN at TYPE timestamptz;",
    .good = "ALTER TABLE t ALTER COLUMN w TYPE text;",
    .kinds = kinds,
    .judge = judge,
};
