#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_SetNotNull", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name");
        const keel_world_column *column = keel_world_column_find(table, name);
        if ((column != NULL && column->not_null) || keel_world_proves_not_null(table, name, s->transaction))
            continue;
        const char *relation = keel_lint_relation(lint, s->node, "relation"), *quoted = keel_lint_name(lint, name);
        keel_lint_blocks(lint, s, command, KEEL_ERROR,
                         keel_arena_printf(keel_lint_arena(lint),
                                           "ALTER TABLE %s ADD CONSTRAINT <name> CHECK (%s IS NOT NULL) NOT VALID;\n-- pgkeel:step\n"
                                           "ALTER TABLE %s VALIDATE CONSTRAINT <name>;\n-- pgkeel:step\n"
                                           "ALTER TABLE %s ALTER %s SET NOT NULL;\nALTER TABLE %s DROP CONSTRAINT <name>;",
                                           relation, quoted, relation, relation, quoted, relation),
                         "readers and writers wait while every row is looked at for NULL in \"%s\"", name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l016 = {
    .id = "L016",
    .name = "set-not-null",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a scan",
    .help = "SET NOT NULL reads every row under a lock that lets nobody through, unless a validated CHECK "
            "(column IS NOT NULL) proves it. Add that CHECK NOT VALID, VALIDATE it, SET NOT NULL, and drop the "
            "CHECK.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t;",
    .bad = "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
    .good = "ALTER TABLE t ADD CONSTRAINT t_a_nn CHECK (a IS NOT NULL) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_a_nn;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL;\n"
            "ALTER TABLE t DROP CONSTRAINT t_a_nn;",
    .kinds = kinds,
    .judge = judge,
};
