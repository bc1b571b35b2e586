#include "base/str.h"
#include "lint/rule.h"

/* The relation that the statement is about, wherever its kind keeps it. */
static const keel_sql_node *target_of(const keel_sql_node *node)
{
    static const char *const keys[] = {"relation", "view"};

    for (size_t i = 0; i < KEEL_COUNT_OF(keys); i++)
        if (*keel_sql_text_of(keel_sql_get(node, keys[i]), "relname") != '\0')
            return keel_sql_get(node, keys[i]);
    return keel_sql_get(keel_sql_get(node, "into"), "rel");
}

static const char *unqualified(const keel_lint_statement *s)
{
    const keel_sql_node *target = target_of(s->node);
    bool there = *keel_sql_text_of(target, "relname") != '\0';

    if (keel_streq(keel_sql_text_of(target, "relpersistence"), "t"))
        return NULL;
    if (there && *keel_sql_text_of(target, "schemaname") == '\0')
        return keel_sql_text_of(target, "relname");
    for (size_t i = 0; i < s->class->relations.count; i++)
        if (s->class->relations.items[i].schema == NULL)
            return s->class->relations.items[i].name;
    return NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = unqualified(s);

    if (name != NULL)
        keel_lint_found(lint, s, NULL, KEEL_INFO, name,
                        keel_arena_printf(keel_lint_arena(lint), "Write <schema>.%s.", keel_lint_name(lint, name)),
                        "\"%s\" is the one that search_path finds first", name);
}

static const char *const kinds[] = {"CreateStmt", "CreateTableAsStmt", "ViewStmt", "IndexStmt", "AlterTableStmt", "RenameStmt",
                                    "DropStmt", "TruncateStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", NULL};

const keel_lint_rule keel_lint_l100 = {
    .id = "L100",
    .name = "not-qualified",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "A table named without its schema is the one that the search_path of the day finds first: another role, or a SET "
            "in an earlier file, and it is another table.",
    .setup = "SELECT 1;",
    .bad = "CREATE TABLE n (id bigint PRIMARY KEY);",
    .good = "CREATE TABLE public.n (id bigint PRIMARY KEY);",
    .kinds = kinds,
    .judge = judge,
};
