#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *column = NULL, *def;
    size_t at = 0;

    while ((def = keel_lint_constraint(s, "CONSTR_UNIQUE", &at, &column)) != NULL) {
        if (*keel_sql_text_of(def, "indexname") != '\0' || keel_lint_made_here(keel_lint_table(lint, s)))
            continue;
        const char *safe = column != NULL ? keel_safe_moved(lint, s, column, def) : keel_safe_key(lint, s, def);
        keel_lint_blocks(lint, s, def, KEEL_ERROR,
                         safe != NULL ? safe
                                      : "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT .. UNIQUE USING INDEX in a step of its own.",
                         "readers and writers wait until the unique index is built");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l007 = {
    .id = "L007",
    .name = "unique-inline",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE while the index is built",
    .help = "A UNIQUE constraint that makes its own index locks out readers and writers while it is built. Build "
            "a unique index CONCURRENTLY and give the constraint that index, which takes a moment.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a);",
    .good = "CREATE UNIQUE INDEX CONCURRENTLY t_a_key ON t (a);\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE USING INDEX t_a_key;",
    .kinds = kinds,
    .judge = judge,
};
