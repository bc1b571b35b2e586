#include "lint/table_rewrite.h"

#include "base/str.h"
#include "lint/type_change.h"

static bool calls_volatile(const keel_sql_node *node, void *context)
{
    keel_lint *lint = context;

    return keel_sql_kind_is(node, "FuncCall") &&
           keel_world_volatility(keel_lint_world(lint), keel_sql_schema_of(node, "funcname"),
                                 keel_sql_name_of(node, "funcname")) == 'v';
}

bool keel_lint_default_rewrites(keel_lint *lint, const keel_sql_node *column)
{
    const keel_sql_node *value = keel_lint_column_constraint(column, "CONSTR_DEFAULT");

    return value != NULL && (keel_lint_server_version(lint) < 110000 ||
                             keel_sql_walk(keel_sql_get(value, "raw_expr"), calls_volatile, lint));
}

bool keel_lint_type_rewrites(keel_lint *lint, const keel_world_table *table, const keel_sql_node *command)
{
    static const char utc_sql[] = "SELECT current_setting('TimeZone') IN ('UTC', 'Etc/UTC', 'GMT') AND $1 <> ''";
    const keel_world_column *column = keel_world_column_find(table, keel_sql_text_of(command, "name"));
    const char *to = keel_lint_type(lint, keel_sql_get(command, "def"));
    bool computed = keel_sql_get(keel_sql_get(command, "def"), "raw_default") != NULL;

    if (column == NULL || computed)
        return true;
    keel_type_change change = keel_type_change_of(keel_lint_arena(lint), column->type, to);
    return change == KEEL_TYPE_REWRITE || (change == KEEL_TYPE_ZONE && !keel_lint_ask(lint, utc_sql, to));
}

static bool adds_rewriting(keel_lint *lint, const keel_sql_node *column)
{
    return keel_lint_default_rewrites(lint, column) || keel_lint_column_constraint(column, "CONSTR_IDENTITY") != NULL ||
           keel_lint_column_constraint(column, "CONSTR_GENERATED") != NULL ||
           strstr(keel_sql_name_of(keel_sql_get(column, "typeName"), "names"), "serial") != NULL;
}

static bool alter_rewrites(keel_lint *lint, const keel_lint_statement *s, const keel_world_table *table)
{
    const keel_sql_node *command;

    for (size_t at = 0; (command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL;)
        if (adds_rewriting(lint, keel_sql_get(command, "def")))
            return true;
    for (size_t at = 0; (command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL;)
        if (keel_lint_type_rewrites(lint, table, command))
            return true;
    for (size_t at = 0; keel_lint_command(s, "AT_SetTableSpace", &at) != NULL;)
        return true;
    for (size_t at = 0; keel_lint_command(s, "AT_SetLogged", &at) != NULL;)
        return table->unlogged;
    for (size_t at = 0; keel_lint_command(s, "AT_SetUnLogged", &at) != NULL;)
        return !table->unlogged;
    return false;
}

static const keel_world_table *vacuumed_in_full(const keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *options = NULL, *relations = NULL;
    size_t count = keel_sql_list(s->node, "options", &options), tables = keel_sql_list(s->node, "rels", &relations);

    for (size_t i = 0; i < count && tables > 0; i++)
        if (keel_streq(keel_sql_text_of(&options[i], "defname"), "full"))
            return keel_world_relation(keel_lint_world(lint), keel_sql_get(&relations[0], "relation"));
    return NULL;
}

const keel_world_table *keel_lint_rewritten(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);

    if (keel_sql_kind_is(s->node, "VacuumStmt"))
        return vacuumed_in_full(lint, s);
    if (keel_sql_kind_is(s->node, "ClusterStmt"))
        return table;
    return keel_sql_kind_is(s->node, "AlterTableStmt") && table != NULL && alter_rewrites(lint, s, table) ? table : NULL;
}
