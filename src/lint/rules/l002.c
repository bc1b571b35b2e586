#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    bool only = !keel_sql_true(keel_sql_get(s->node, "relation"), "inh");

    if (table == NULL || table->kind != 'p' || only)
        return;
    keel_lint_blocks(lint, s, keel_sql_get(s->node, "relation"), KEEL_ERROR,
                     keel_sql_true(s->node, "concurrent")
                         ? "CONCURRENTLY is refused on a partitioned table: CREATE INDEX .. ON ONLY the parent, CONCURRENTLY on "
                           "each partition, then ALTER INDEX .. ATTACH PARTITION."
                         : "CREATE INDEX .. ON ONLY the parent, CREATE INDEX CONCURRENTLY on each partition, then "
                           "ALTER INDEX .. ATTACH PARTITION.",
                     "every partition is locked against writers until all are built");
}

static const char *const kinds[] = {"IndexStmt", NULL};

const keel_lint_rule keel_lint_l002 = {
    .id = "L002",
    .name = "create-index-on-partitioned",
    .severity = KEEL_ERROR,
    .lock = "SHARE on the parent and every partition while all are built",
    .help = "An index on a partitioned table builds one on every partition in one transaction; nobody writes to "
            "any of them meanwhile, and CONCURRENTLY is refused. Make it ON ONLY the parent, build each "
            "partition's CONCURRENTLY, and ATTACH them.",
    .setup = "CREATE TABLE m (id int, a int) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m FOR VALUES "
             "FROM (0) TO (1000000);INSERT INTO m SELECT i, i FROM generate_series(1, 300000) i; ANALYZE m1;",
    .bad = "CREATE INDEX m_a ON m (a);",
    .good = "CREATE INDEX m_a ON ONLY m (a);\n"
            "-- pgkeel:step\n"
            "CREATE INDEX CONCURRENTLY m1_a ON m1 (a);\n"
            "-- pgkeel:step\n"
            "ALTER INDEX m_a ATTACH PARTITION m1_a;",
    .kinds = kinds,
    .judge = judge,
};
