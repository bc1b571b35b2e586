#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "lint/rule.h"

typedef struct search {
    const keel_world_table *table;
    const char *missing;
} search;

static bool has(const keel_world_table *table, const char *name)
{
    static const char *const of_the_system[] = {"tableoid", "ctid", "xmin", "cmin", "xmax", "cmax"};
    const keel_world_column *column = keel_world_column_find(table, name);

    for (size_t i = 0; i < KEEL_COUNT_OF(of_the_system); i++)
        if (keel_streq(of_the_system[i], name))
            return true;
    return column != NULL && !column->dropped;
}

static bool is_missing(const keel_sql_node *node, void *context)
{
    search *found = context;
    const keel_sql_node *fields = NULL;
    const char *name = "";

    if (keel_sql_kind_is(node, "IndexElem"))
        name = keel_sql_text_of(node, "name");
    else if (keel_sql_kind_is(node, "ColumnRef") && keel_sql_list(node, "fields", &fields) == 1)
        name = keel_sql_name_of(node, "fields");
    if (*name == '\0' || has(found->table, name) || keel_streq(name, found->table->name))
        return false;
    found->missing = name;
    return true;
}

static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strcasestr(text, word); at != NULL; at = strcasestr(at + 1, word)) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !isalnum((unsigned char)at[size]) && at[size] != '_')
            return true;
    }
    return false;
}

/* What cannot be looked into has named the column before, and may have made it; or names mean other tables by now. */
static bool may_be_made(keel_lint *lint, const keel_lint_statement *until, const char *column)
{
    static const char *const opaque[] = {"DoStmt", "SelectStmt", "CallStmt", "RenameStmt"};
    const keel_lint_script *script = keel_lint_whole(lint);

    for (size_t i = 0; i < script->count && &script->items[i] < until; i++) {
        const keel_lint_statement *s = &script->items[i];
        bool hidden = s->node == NULL;
        for (size_t k = 0; k < KEEL_COUNT_OF(opaque); k++)
            hidden = hidden || keel_sql_kind_is(s->node, opaque[k]);
        if ((hidden && has_word(s->sql, column)) || keel_sql_kind_is(s->node, "VariableSetStmt"))
            return true;
    }
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    search found = {.table = keel_lint_table(lint, s)};

    if (found.table == NULL || !found.table->known || found.table->since > 0)
        return;
    bool missing = keel_sql_walk(keel_sql_get(s->node, "indexParams"), is_missing, &found) ||
                   keel_sql_walk(keel_sql_get(s->node, "indexIncludingParams"), is_missing, &found) ||
                   keel_sql_walk(keel_sql_get(s->node, "whereClause"), is_missing, &found);
    if (missing && !may_be_made(lint, s, found.missing))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"),
                        "Name a column that the table has, or add the column first.",
                        "the table has no column \"%s\": the index cannot be built", found.missing);
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l125 = {
    .id = "L125",
    .name = "index-column-missing",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "The index names a column, or filters on one, that the table does not have, and that nothing before it in the "
            "run has added.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int);",
    .bad = "CREATE INDEX CONCURRENTLY t_a ON t (a) WHERE deleted_at IS NULL;",
    .good = "ALTER TABLE t ADD COLUMN deleted_at timestamptz;\n"
            "CREATE INDEX CONCURRENTLY t_a ON t (a) WHERE deleted_at IS NULL;",
    .kinds = kinds,
    .judge = judge,
};
