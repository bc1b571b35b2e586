#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *column = NULL, *def;
    size_t at = 0;

    while ((def = keel_lint_constraint(s, "CONSTR_EXCLUSION", &at, &column)) != NULL)
        keel_lint_blocks(lint, s, def, KEEL_ERROR, "There is no online form: a new table, or a maintenance window.",
                         "readers and writers wait while the exclusion index is built and checked");
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l015 = {
    .id = "L015",
    .name = "exclude-constraint",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE while the index is built and checked",
    .help = "An exclusion constraint builds its index and checks every pair under a lock that lets nobody "
            "through; PostgreSQL has no way to do it online. Put it on a new table, or do it in a maintenance "
            "window.",
    .setup = "CREATE TABLE r (d int4range); INSERT INTO r SELECT int4range(i * 2, i * 2 + 1) FROM "
             "generate_series(1, 40000) i; ALTER TABLE r ADD COLUMN v text; UPDATE r SET v = repeat('x', 200); "
             "ANALYZE r;",
    .bad = "ALTER TABLE r ADD CONSTRAINT r_no_overlap EXCLUDE USING gist (d WITH &&);",
    .good = "CREATE TABLE r2 (d int4range, EXCLUDE USING gist (d WITH &&));",
    .kinds = kinds,
    .judge = judge,
};
