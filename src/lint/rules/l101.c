#include "base/str.h"
#include "lint/rule.h"

/* Dumps add keys behind the tables. */
static bool added_later(const keel_lint *lint, const keel_lint_statement *s, const char *table)
{
    const keel_lint_script *script = keel_lint_whole(lint);
    const keel_sql_node *column = NULL;

    for (const keel_lint_statement *after = s + 1; after < script->items + script->count; after++) {
        size_t at = 0;
        if (keel_sql_kind_is(after->node, "AlterTableStmt") &&
            keel_streq(keel_sql_text_of(keel_sql_get(after->node, "relation"), "relname"), table) &&
            keel_lint_constraint(after, "CONSTR_PRIMARY", &at, &column) != NULL)
            return true;
    }
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *items = NULL, *parents = NULL;
    size_t count = keel_sql_list(s->node, "tableElts", &items);
    bool temporary = keel_streq(keel_sql_text_of(keel_sql_get(s->node, "relation"), "relpersistence"), "t");

    if (temporary || keel_sql_list(s->node, "inhRelations", &parents) > 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (keel_lint_column_constraint(&items[i], "CONSTR_PRIMARY") != NULL || keel_sql_kind_is(&items[i], "TableLikeClause") ||
            keel_streq(keel_sql_text_of(&items[i], "contype"), "CONSTR_PRIMARY"))
            return;
    const char *name = keel_lint_relation(lint, s->node, "relation");
    if (!added_later(lint, s, keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname")))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, name, "Add a primary key.", "the table has no primary key");
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l101 = {
    .id = "L101",
    .name = "no-primary-key",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "Rows of a table without a primary key cannot be named: no replication of their changes, no safe "
            "batches, no way to delete one of two equal rows.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (x int);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, x int);",
    .kinds = kinds,
    .judge = judge,
};
