#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        if (keel_lint_column_constraint(def, "CONSTR_GENERATED") != NULL)
            keel_lint_blocks(lint, s, def, KEEL_ERROR,
                             "Add a plain column, keep it by a trigger, and fill the old rows in batches.",
                             "the table is rewritten to compute \"%s\"", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l021 = {
    .id = "L021",
    .name = "add-generated-stored",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite",
    .help = "A stored generated column is computed for every row that is there: the whole table is rewritten "
            "under a lock that lets nobody through. A plain column kept by a trigger and filled in batches does "
            "not block; PostgreSQL 18 has VIRTUAL columns.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD COLUMN g int GENERATED ALWAYS AS (a + 1) STORED;",
    .good = "ALTER TABLE t ADD COLUMN g int;",
    .kinds = kinds,
    .judge = judge,
};
