#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (!keel_sql_true(s->node, "concurrent") && !keel_sql_true(s->node, "skipData"))
        keel_lint_blocks(lint, s, NULL, KEEL_ERROR, "REFRESH MATERIALIZED VIEW CONCURRENTLY; it wants a unique index on the view.",
                         "readers of the view wait until it is computed");
}

static const char *const kinds[] = {"RefreshMatViewStmt", NULL};

const keel_lint_rule keel_lint_l031 = {
    .id = "L031",
    .name = "refresh-matview",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE while the view is computed",
    .help = "REFRESH MATERIALIZED VIEW lets nobody read the view until it is done. CONCURRENTLY does, and wants "
            "a unique index on the view.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE MATERIALIZED VIEW mv AS SELECT "
             "* FROM t; CREATE UNIQUE INDEX mv_id ON mv (id);",
    .bad = "REFRESH MATERIALIZED VIEW mv;",
    .good = "REFRESH MATERIALIZED VIEW CONCURRENTLY mv;",
    .kinds = kinds,
    .judge = judge,
};
