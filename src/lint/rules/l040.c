#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_get(s->node, "whereClause") == NULL)
        keel_lint_blocks(lint, s, NULL, KEEL_WARNING, "In batches by key range: pgkeel migrate backfill.",
                         "every row is changed in one transaction");
}

static const char *const kinds[] = {"UpdateStmt", "DeleteStmt", NULL};

const keel_lint_rule keel_lint_l040 = {
    .id = "L040",
    .name = "big-dml-in-migration",
    .severity = KEEL_WARNING,
    .lock = "row locks for as long as it runs, bloat, replicas that lag behind",
    .help = "An UPDATE or DELETE of a whole large table in one transaction locks its rows until the end, leaves "
            "a dead copy of each, and stops replicas. Do it in batches: pgkeel migrate backfill.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "UPDATE t SET a = a + 1;",
    .good = "UPDATE t SET a = a + 1 WHERE id = 5;",
    .kinds = kinds,
    .judge = judge,
};
