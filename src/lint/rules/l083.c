#include "base/str.h"
#include "lint/rule.h"
#include "lint/session.h"

typedef struct naming {
    const char *column;
} naming;

static bool names_column(const keel_sql_node *node, void *context)
{
    const naming *wanted = context;
    const keel_sql_node *fields = NULL;
    size_t count = keel_sql_kind_is(node, "ColumnRef") ? keel_sql_list(node, "fields", &fields) : 0;

    return count > 0 && keel_streq(keel_sql_text_of(&fields[count - 1], "sval"), wanted->column);
}

/* The column, made by this run, that an UPDATE fills from the one that goes; or NULL. */
static const char *filled_from(const keel_world_table *table, const keel_sql_node *update, const char *column)
{
    const keel_sql_node *targets = NULL;
    size_t count = keel_sql_list(update, "targetList", &targets);
    naming wanted = {column};

    for (size_t i = 0; i < count; i++) {
        const keel_world_column *target = keel_world_column_find(table, keel_sql_text_of(&targets[i], "name"));
        if (target != NULL && target->since > 0 && keel_sql_walk(keel_sql_get(&targets[i], "val"), names_column, &wanted))
            return target->name;
    }
    return NULL;
}

static const char *successor(const keel_lint *lint, const keel_lint_statement *s, const char *column)
{
    const char *relation = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname"), *found = NULL;

    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s && found == NULL; before++)
        if (keel_sql_kind_is(before->node, "UpdateStmt") &&
            keel_streq(keel_sql_text_of(keel_sql_get(before->node, "relation"), "relname"), relation))
            found = filled_from(keel_lint_table(lint, s), before->node, column);
    return found;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_DropColumn", &at)) != NULL;) {
        const char *name = keel_sql_text_of(command, "name");
        const keel_world_column *column = keel_world_column_find(keel_lint_table(lint, s), name);
        const char *next = column == NULL || column->since == 0 ? successor(lint, s, name) : NULL;
        if (next != NULL)
            keel_lint_says(lint, s, command, KEEL_WARNING, "Drop it in a migration of its own, when clients use the new one.",
                           "the same run fills \"%s\" from \"%s\" and drops it: no client has a moment in which both are there", next, name);
        else if (keel_streq(keel_lint_phase(lint, s), "expand"))
            keel_lint_says(lint, s, command, KEEL_WARNING, "Move it to a step of phase=contract.",
                           "\"%s\" is dropped in a step of phase=expand", name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l083 = {
    .id = "L083",
    .name = "contract-in-expand",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "A column is replaced in two deployments: the new one is added and filled (expand), clients change over, then the old one goes "
            "(contract). Reported is what the text shows: a run that adds a column, fills it from another by UPDATE and drops that "
            "other, so that old clients fail before new ones can be there; and a DROP COLUMN in a step whose comment says "
            "phase=expand. Not decided: whether clients have stopped using the column (see L081 and pg_stat_statements), how long ago "
            "the expand step was applied, and what a trigger or a backfill of pgkeel has filled.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text);",
    .bad = "ALTER TABLE t ADD COLUMN a_cents bigint;\n"
           "-- pgkeel:step\n"
           "UPDATE t SET a_cents = a * 100 WHERE a IS NOT NULL;\n"
           "-- pgkeel:step\n"
           "ALTER TABLE t DROP COLUMN a;",
    .good = "ALTER TABLE t ADD COLUMN a_cents bigint;\n"
            "-- pgkeel:step\n"
            "UPDATE t SET a_cents = a * 100 WHERE a IS NOT NULL;",
    .kinds = kinds,
    .judge = judge,
};
