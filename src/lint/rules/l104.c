#include <regex.h>

#include "base/str.h"
#include "lint/rule.h"
#include "lint/settings.h"

static bool matches(const char *expression, const char *name)
{
    regex_t compiled;

    if (regcomp(&compiled, expression, REG_EXTENDED | REG_NOSUB) != 0)
        return true; /* refused when the configuration was read */
    bool found = regexec(&compiled, name, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

static void judge_name(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, const char *what,
                       const char *expression, const char *name)
{
    if (expression != NULL && *name != '\0' && !matches(expression, name))
        keel_lint_found(lint, s, at, KEEL_WARNING, name, keel_arena_printf(keel_lint_arena(lint), "Names of this kind match %s.", expression),
                        "the name of the %s \"%s\" is not one of the house", what, name);
}

static void judge_constraints(keel_lint *lint, const keel_lint_statement *s, const char *expression)
{
    static const char *const types[] = {"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_CHECK", "CONSTR_EXCLUSION"};
    const keel_sql_node *column = NULL, *def;

    for (size_t i = 0; i < KEEL_COUNT_OF(types); i++)
        for (size_t at = 0; (def = keel_lint_constraint(s, types[i], &at, &column)) != NULL;)
            judge_name(lint, s, def, "constraint", expression, keel_sql_text_of(def, "conname"));
}

static void judge_rename(keel_lint *lint, const keel_lint_statement *s, const keel_lint_names_policy *names)
{
    const struct {
        const char *type, *what, *expression;
    } kinds[] = {{"OBJECT_TABLE", "table", names->table},
                 {"OBJECT_COLUMN", "column", names->column},
                 {"OBJECT_INDEX", "index", names->index},
                 {"OBJECT_TABCONSTRAINT", "constraint", names->constraint}};

    for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
        if (keel_streq(keel_sql_text_of(s->node, "renameType"), kinds[i].type))
            judge_name(lint, s, NULL, kinds[i].what, kinds[i].expression, keel_sql_text_of(s->node, "newname"));
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_names_policy *names = &keel_lint_policy_of(lint)->names;
    const keel_sql_node *relation = keel_sql_get(s->node, "relation"), *column;

    if (keel_sql_kind_is(s->node, "RenameStmt")) {
        judge_rename(lint, s, names);
        return;
    }
    if (keel_sql_kind_is(s->node, "CreateStmt"))
        judge_name(lint, s, relation, "table", names->table, keel_sql_text_of(relation, "relname"));
    judge_name(lint, s, NULL, "index", names->index, keel_sql_text_of(s->node, "idxname"));
    for (size_t at = 0; (column = keel_lint_new_column(s, &at)) != NULL;)
        judge_name(lint, s, column, "column", names->column, keel_sql_text_of(column, "colname"));
    judge_constraints(lint, s, names->constraint);
}

static const char *const kinds[] = {"CreateStmt", "AlterTableStmt", "IndexStmt", "RenameStmt", NULL};

const keel_lint_rule keel_lint_l104 = {
    .id = "L104",
    .name = "naming",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "Names of new tables, columns, indexes and constraints are held against the expressions of the policy (POSIX, "
            "extended). A name that PostgreSQL makes up itself is not judged.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE \"OrderItems\" (id bigint PRIMARY KEY);",
    .good = "CREATE TABLE order_items (id bigint PRIMARY KEY);",
    .policy = "names",
    .policy_example = "names: {table: '^[a-z][a-z0-9_]*$', index: '_idx$'}",
    .kinds = kinds,
    .judge = judge,
};
