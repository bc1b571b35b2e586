#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        if (strstr(keel_sql_name_of(keel_sql_get(def, "typeName"), "names"), "serial") != NULL)
            keel_lint_blocks(lint, s, def, KEEL_ERROR,
                             "CREATE SEQUENCE, add a plain column, SET DEFAULT nextval(..), then fill the old rows in batches.",
                             "the table is rewritten to number its rows");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l019 = {
    .id = "L019",
    .name = "add-column-serial",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a rewrite",
    .help = "A serial column numbers every row that is there: the whole table is rewritten under a lock that "
            "lets nobody through. Add a plain column with a sequence as its default, and fill the old rows in "
            "batches.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD COLUMN n bigserial;",
    .good = "CREATE SEQUENCE t_n_seq;\n"
            "ALTER TABLE t ADD COLUMN n bigint;\n"
            "ALTER TABLE t ALTER COLUMN n SET DEFAULT nextval('t_n_seq');",
    .kinds = kinds,
    .judge = judge,
};
