#include "base/str.h"
#include "lint/rule.h"

static const char *by_check(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *command, const char *column)
{
    keel_rewrite rewrite = {.statement = s, .command = command, .gone = true};
    keel_alter_text alter;
    const char *safe = NULL;

    if (keel_alter_cut(keel_lint_arena(lint), s, &alter)) {
        rewrite.after = keel_safe_not_null(lint, s, alter.head, column);
        safe = keel_lint_rewrite(lint, &rewrite);
    }
    return safe != NULL ? safe : "Add CHECK (column IS NOT NULL) NOT VALID, VALIDATE it, SET NOT NULL, drop the CHECK, in steps.";
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_SetNotNull", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name");
        const keel_world_column *column = keel_world_column_find(table, name);
        if ((column != NULL && column->not_null) || keel_lint_made_here(table) || keel_world_proves_not_null(table, name, s->transaction))
            continue;
        keel_lint_blocks(lint, s, command, KEEL_ERROR, by_check(lint, s, command, name),
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
