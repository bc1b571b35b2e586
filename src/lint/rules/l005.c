#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_true(s->node, "concurrent") && keel_sql_true(s->node, "if_not_exists"))
        keel_lint_says(lint, s, NULL, KEEL_WARNING, "Leave IF NOT EXISTS away.",
                       "IF NOT EXISTS hides the INVALID index of a failed build");
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l005 = {
    .id = "L005",
    .name = "cic-if-not-exists",
    .severity = KEEL_WARNING,
    .lock = "none",
    .help = "IF NOT EXISTS takes the INVALID index that a failed build has left for the real one: the migration "
            "succeeds, and the index is never used. pgkeel migrate looks at it and builds it anew; other runners "
            "do not.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);",
    .good = "CREATE INDEX CONCURRENTLY t_a ON t (a);",
    .kinds = kinds,
    .judge = judge,
};
