#include "base/str.h"
#include "lint/rule.h"
#include "lint/settings.h"

static bool is_about(const keel_lint_statement *after, const char *table)
{
    return keel_streq(keel_sql_text_of(keel_sql_get(after->node, "relation"), "relname"), table);
}

static bool gives_column(const keel_lint_statement *s, const char *name)
{
    const keel_sql_node *column;

    for (size_t at = 0; (column = keel_lint_new_column(s, &at)) != NULL;)
        if (keel_streq(keel_sql_text_of(column, "colname"), name))
            return true;
    return false;
}

/* By the statement itself or a later ALTER TABLE of the run. */
static bool has_column(const keel_lint *lint, const keel_lint_statement *s, const char *table, const char *name)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (const keel_lint_statement *after = s; after < script->items + script->count; after++)
        if (is_about(after, table) && gives_column(after, name))
            return true;
    return false;
}

static bool has_comment(const keel_lint *lint, const keel_lint_statement *s, const char *table)
{
    const keel_lint_script *script = keel_lint_whole(lint);
    const keel_sql_node *words = NULL;

    for (const keel_lint_statement *after = s + 1; after < script->items + script->count; after++) {
        size_t count = keel_sql_list(keel_sql_get(after->node, "object"), "items", &words);
        if (keel_sql_kind_is(after->node, "CommentStmt") && keel_streq(keel_sql_text_of(after->node, "objtype"), "OBJECT_TABLE") &&
            count > 0 && keel_streq(keel_sql_text_of(&words[count - 1], "sval"), table))
            return true;
    }
    return false;
}

/* Its columns are those of another table. */
static bool copies_columns(const keel_lint_statement *s)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(s->node, "tableElts", &items), like = 0;

    for (size_t i = 0; i < count; i++)
        like += keel_sql_kind_is(&items[i], "TableLikeClause");
    return like > 0 || keel_sql_list(s->node, "inhRelations", &items) > 0;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_policy *policy = keel_lint_policy_of(lint);
    const char *table = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");
    const char *object = keel_lint_relation(lint, s->node, "relation");

    if (keel_streq(keel_sql_text_of(keel_sql_get(s->node, "relation"), "relpersistence"), "t") || copies_columns(s))
        return;
    for (const char *const *name = policy->required_columns; name != NULL && *name != NULL; name++)
        if (!has_column(lint, s, table, *name))
            keel_lint_found(lint, s, NULL, KEEL_WARNING, object, "Add the column.", "the table has no column \"%s\"", *name);
    if (policy->required_comments && !has_comment(lint, s, table))
        keel_lint_found(lint, s, NULL, KEEL_WARNING, object,
                        keel_arena_printf(keel_lint_arena(lint), "COMMENT ON TABLE %s IS '...';", object),
                        "nothing says what the table is for");
}

static const char *const kinds[] = {"CreateStmt", NULL};

const keel_lint_rule keel_lint_l105 = {
    .id = "L105",
    .name = "required",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "What the policy wants of every new table: columns by name, and a comment in the same run. Tables made LIKE "
            "another, partitions and temporary tables are left alone.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (id bigint PRIMARY KEY);",
    .good = "CREATE TABLE n (id bigint PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());\n"
            "COMMENT ON TABLE n IS 'what it is for';",
    .policy = "required",
    .policy_example = "required: {columns: [created_at], comments: true}",
    .kinds = kinds,
    .judge = judge,
};
