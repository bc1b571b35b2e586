#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        const keel_sql_node *check = keel_lint_column_constraint(def, "CONSTR_CHECK");
        if (check == NULL || keel_lint_made_here(keel_lint_table(lint, s)))
            continue;
        const char *safe = keel_safe_moved(lint, s, def, check);
        keel_lint_blocks(lint, s, check, KEEL_ERROR,
                         safe != NULL ? safe
                                      : "Add the column without it; then ADD CONSTRAINT .. CHECK (..) NOT VALID, and VALIDATE CONSTRAINT in "
                                        "a step of its own.",
                         "readers and writers wait while every row is checked for \"%s\"", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l011 = {
    .id = "L011",
    .name = "add-column-check",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a scan",
    .help = "A column added with a CHECK has every row read under a lock that lets nobody through, even without "
            "a default. Add the column, then the CHECK NOT VALID, then VALIDATE it.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD COLUMN n int CHECK (n > 0);",
    .good = "ALTER TABLE t ADD COLUMN n int;\n"
            "ALTER TABLE t ADD CONSTRAINT t_n_positive CHECK (n > 0) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_n_positive;",
    .kinds = kinds,
    .judge = judge,
};
