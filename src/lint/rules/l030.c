#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_ValidateConstraint", &at)) != NULL) {
        const keel_world_constraint *c = keel_world_constraint_find(table, keel_sql_text_of(command, "name"));
        if (c != NULL && c->since == s->transaction)
            keel_lint_blocks(lint, s, command, KEEL_ERROR, keel_safe_step(lint, s),
                             "\"%s\" was added in the same transaction, whose lock is held while every row is checked", c->name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l030 = {
    .id = "L030",
    .name = "validate-same-tx",
    .severity = KEEL_ERROR,
    .lock = "the lock of ADD CONSTRAINT, held for the scan",
    .help = "NOT VALID is of use only if VALIDATE comes in another transaction: in the same one, the strong lock "
            "of ADD CONSTRAINT is held while every row is read. Put \"-- pgkeel:step\" between the two.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0) NOT VALID;\n"
           "ALTER TABLE t VALIDATE CONSTRAINT t_c;",
    .good = "ALTER TABLE t ADD CONSTRAINT t_c CHECK (a > 0) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_c;",
    .kinds = kinds,
    .judge = judge,
};
