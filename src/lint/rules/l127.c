#include "base/str.h"
#include "lint/rule.h"

/* One that the run has made, on this view. */
static bool is_made(keel_lint *lint, const keel_lint_statement *until, const char *view)
{
    const keel_lint_script *script = keel_lint_whole(lint);

    for (size_t i = 0; i < script->count && &script->items[i] < until; i++) {
        const keel_sql_node *node = script->items[i].node;
        if (keel_sql_kind_is(node, "IndexStmt") && keel_sql_true(node, "unique") &&
            keel_sql_get(node, "whereClause") == NULL && keel_streq(keel_lint_relation(lint, node, "relation"), view))
            return true;
    }
    return false;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1) AND relkind = 'm')"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index WHERE indrelid = pg_catalog.to_regclass($1) AND indisunique"
        "  AND indisvalid AND indpred IS NULL AND indexprs IS NULL)";
    const char *view = keel_lint_relation(lint, s->node, "relation");

    if (!keel_sql_true(s->node, "concurrent") || is_made(lint, s, view) || !keel_lint_ask(lint, sql, view))
        return;
    keel_lint_found(lint, s, NULL, KEEL_ERROR, view,
                    keel_arena_printf(keel_lint_arena(lint),
                                      "CREATE UNIQUE INDEX CONCURRENTLY ON %s (...), over what makes a row one.", view),
                    "the view has no unique index over its columns: REFRESH .. CONCURRENTLY fails");
}

static const char *const kinds[] = {"RefreshMatViewStmt", NULL};

const keel_lint_rule keel_lint_l127 = {
    .id = "L127",
    .name = "refresh-without-unique-index",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "REFRESH MATERIALIZED VIEW CONCURRENTLY finds out what has changed by a unique index over columns of the view, "
            "without a predicate. Without one it is refused.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int); CREATE MATERIALIZED VIEW mv AS SELECT a, count(*) AS n FROM t "
             "GROUP BY a; CREATE INDEX mv_n ON mv (n);",
    .bad = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv;",
    .good = "CREATE UNIQUE INDEX CONCURRENTLY mv_a ON mv (a);\n"
            "REFRESH MATERIALIZED VIEW CONCURRENTLY mv;",
    .kinds = kinds,
    .judge = judge,
};
