#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        bool empty = table != NULL && table->since == 0 && keel_lint_live(lint) && table->bytes == 0;
        if (keel_lint_column_constraint(def, "CONSTR_NOTNULL") == NULL || keel_lint_column_filled(def) || empty || keel_lint_made_here(table))
            continue;
        keel_lint_found(lint, s, def, KEEL_ERROR, keel_lint_relation(lint, s->node, "relation"),
                        "Give it a constant DEFAULT; or add it nullable, fill it in batches, and SET NOT NULL by way of a CHECK.",
                        "\"%s\" is NOT NULL without a default: fails if the table has a row", keel_sql_text_of(def, "colname"));
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l017 = {
    .id = "L017",
    .name = "add-column-not-null-no-default",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE; fails if there is any row",
    .help = "A NOT NULL column without a default cannot be added to a table with rows: the migration fails. Give "
            "it a constant default, or add it nullable, backfill it, and SET NOT NULL.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ADD COLUMN n int NOT NULL;",
    .good = "ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 0;",
    .kinds = kinds,
    .judge = judge,
};
