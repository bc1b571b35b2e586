#include "lint/table_rewrite.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        const keel_sql_node *value = keel_lint_column_constraint(def, "CONSTR_DEFAULT");
        if (keel_lint_default_rewrites(lint, def))
            keel_lint_blocks(lint, s, value, KEEL_ERROR,
                             "Add the column without the default, ALTER COLUMN .. SET DEFAULT, then fill the old rows in batches.",
                             "the table is rewritten for the default of \"%s\"", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l018 = {
    .id = "L018",
    .name = "add-column-volatile-default",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite",
    .help = "A default that is another value for every row (a volatile function) rewrites the whole table under "
            "a lock that lets nobody through. Add the column without it, SET DEFAULT for new rows, and fill the "
            "old ones in batches.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid();",
    .good = "ALTER TABLE t ADD COLUMN u uuid;\n"
            "ALTER TABLE t ALTER COLUMN u SET DEFAULT gen_random_uuid();",
    .kinds = kinds,
    .judge = judge,
};
