#include "base/str.h"
#include "lint/rule.h"

static void twice(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, const char *what, const char *name)
{
    keel_lint_found(lint, s, at, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"), "Take one of them away.",
                    "%s \"%s\" stands twice: the statement fails", what, name);
}

/* Does it drop the column as well, which it does first whatever the order, or add it only if it is missing? */
static bool takes_care(const keel_lint_statement *s, const char *name)
{
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_DropColumn", &at)) != NULL;)
        if (keel_streq(keel_sql_text_of(command, "name"), name))
            return true;
    for (size_t at = 0; (command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL;)
        if (keel_streq(keel_sql_text_of(keel_sql_get(command, "def"), "colname"), name) && keel_sql_true(command, "missing_ok"))
            return true;
    return false;
}

/* Behind a SET search_path a name without its schema may be another table's. */
static bool is_certain(const keel_lint *lint, const keel_lint_statement *s)
{
    bool qualified = *keel_sql_text_of(keel_sql_get(s->node, "relation"), "schemaname") != '\0';

    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; !qualified && before < s; before++)
        if (keel_sql_kind_is(before->node, "VariableSetStmt") &&
            keel_streq(keel_sql_text_of(before->node, "name"), "search_path"))
            return false;
    return true;
}

static void judge_columns(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_sql_kind_is(s->node, "AlterTableStmt") ? keel_lint_table(lint, s) : NULL;
    const keel_sql_node *column, *other;

    for (size_t at = 0; (column = keel_lint_new_column(s, &at)) != NULL;) {
        const char *name = keel_sql_text_of(column, "colname");
        for (size_t before = 0; (other = keel_lint_new_column(s, &before)) != NULL && other != column;)
            if (keel_streq(keel_sql_text_of(other, "colname"), name))
                twice(lint, s, column, "the column", name);
        if (keel_world_column_find(table, name) != NULL && !takes_care(s, name) && is_certain(lint, s))
            keel_lint_found(lint, s, column, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"), NULL,
                            "the column \"%s\" is there already: the statement fails", name);
    }
}

/* Assignments to a part of a column (x[1] = ..) may stand several times. */
static void judge_assignments(keel_lint *lint, const keel_lint_statement *s, const char *key)
{
    const keel_sql_node *items = NULL, *parts = NULL;
    size_t count = keel_sql_list(s->node, key, &items);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (keel_streq(keel_sql_text_of(&items[i], "name"), keel_sql_text_of(&items[k], "name")) &&
                keel_sql_list(&items[i], "indirection", &parts) == 0)
                twice(lint, s, &items[i], "the assignment to", keel_sql_text_of(&items[i], "name"));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "UpdateStmt"))
        judge_assignments(lint, s, "targetList");
    else if (keel_sql_kind_is(s->node, "InsertStmt"))
        judge_assignments(lint, s, "cols");
    else
        judge_columns(lint, s);
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", "UpdateStmt", "InsertStmt", NULL};

const keel_lint_rule keel_lint_l107 = {
    .id = "L107",
    .name = "named-twice",
    .severity = KEEL_ERROR,
    .lock = "none: it fails",
    .help = "A column defined or assigned twice in one statement, or added where it is already, is an error when the migration "
            "runs. What was there before the run is known with --live.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "ALTER TABLE t ADD COLUMN n int, ADD COLUMN n text;",
    .good = "ALTER TABLE t ADD COLUMN n int, ADD COLUMN m text;\n"
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS n int;\n"
            "ALTER TABLE t DROP COLUMN n, ADD COLUMN n text;",
    .kinds = kinds,
    .judge = judge,
};
