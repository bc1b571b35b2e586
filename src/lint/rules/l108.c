#include "base/str.h"
#include "lint/rule.h"

static bool is_star(const keel_sql_node *node, void *context)
{
    (void)context;
    return keel_sql_kind_is(node, "A_Star");
}

/* Does a query itself give all columns? What its subqueries give is their own. */
static bool gives_all(const keel_sql_node *query)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(query, "targetList", &items);

    for (size_t i = 0; i < count; i++) {
        const keel_sql_node *value = keel_sql_get(&items[i], "val");
        if (keel_sql_kind_is(value, "ColumnRef") && keel_sql_walk(value, is_star, NULL))
            return true;
    }
    return false;
}

static bool has_leading_wildcard(const keel_sql_node *node, void *context)
{
    const char *kind = keel_sql_text_of(node, "kind");

    (void)context;
    if (!keel_sql_kind_is(node, "A_Expr") || (!keel_streq(kind, "AEXPR_LIKE") && !keel_streq(kind, "AEXPR_ILIKE")))
        return false;
    return keel_sql_text_of(keel_sql_get(keel_sql_get(node, "rexpr"), "sval"), "sval")[0] == '%';
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "InsertStmt") && gives_all(keel_sql_get(s->node, "selectStmt")))
        keel_lint_says(lint, s, NULL, KEEL_WARNING, "Name the columns, on both sides.",
                       "SELECT * fills the columns by their position");
    if (keel_sql_kind_is(s->node, "ViewStmt") && gives_all(keel_sql_get(s->node, "query")))
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_lint_relation(lint, s->node, "view"), "Name the columns.",
                        "SELECT * is the columns of today: later ones are not in the view");
    if (keel_sql_walk(keel_sql_get(s->node, "whereClause"), has_leading_wildcard, NULL))
        keel_lint_found(lint, s, NULL, KEEL_INFO, keel_lint_relation(lint, s->node, "relation"), NULL,
                        "LIKE '%%...' reads every row: no ordinary index helps");
}

static const char *const kinds[] = {"InsertStmt", "ViewStmt", "UpdateStmt", "DeleteStmt", NULL};

const keel_lint_rule keel_lint_l108 = {
    .id = "L108",
    .name = "select-star",
    .severity = KEEL_WARNING,
    .lock = "",
    .help = "INSERT .. SELECT * pairs columns by their position: it fails, or mixes them up, once one of the tables has a "
            "column more or another order (a table that the same run makes is let pass). A view's * is the columns of the "
            "day it was made. LIKE '%...' in an UPDATE or DELETE reads every row. (An UPDATE or DELETE without WHERE is "
            "L040's.)",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int PRIMARY KEY, a int);",
    .bad = "INSERT INTO u SELECT * FROM t;",
    .good = "INSERT INTO u (id, a) SELECT id, a FROM t WHERE EXISTS (SELECT * FROM t);",
    .kinds = kinds,
    .judge = judge,
};
