#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddConstraint", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        if (!keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_CHECK") || keel_sql_true(def, "skip_validation") ||
            keel_lint_made_here(keel_lint_table(lint, s)))
            continue;
        const char *safe = keel_safe_not_valid(lint, s, def);
        keel_lint_blocks(lint, s, def, KEEL_ERROR,
                         safe != NULL ? safe : "Add it under a name and NOT VALID, and VALIDATE CONSTRAINT in a step of its own.",
                         "readers and writers wait while every row is checked");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l010 = {
    .id = "L010",
    .name = "check-not-validated",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a scan",
    .help = "Adding a CHECK reads every row under a lock that lets nobody through. Add it NOT VALID, which takes "
            "a moment, and VALIDATE it in a transaction of its own, which lets readers and writers through.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_a_positive CHECK (a > 0);",
    .good = "ALTER TABLE t ADD CONSTRAINT t_a_positive CHECK (a > 0) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_a_positive;",
    .kinds = kinds,
    .judge = judge,
};
