#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid"
        " AND d.classid = 'pg_catalog.pg_rewrite'::regclass JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid"
        " AND a.attnum = d.refobjsubid WHERE pg_catalog.format('%s.%s', d.refobjid::regclass, a.attname) = $1)";
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AlterColumnType", &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name");
        const char *full = keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_relation(lint, s->node, "relation"), name);
        if (keel_lint_ask(lint, sql, full))
            keel_lint_says(lint, s, command, KEEL_ERROR, "Drop the view, alter the column, and make the view anew, in one step.",
                           "a view uses \"%s\": PostgreSQL refuses to alter its type", name);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l026 = {
    .id = "L026",
    .name = "alter-type-dependents",
    .severity = KEEL_ERROR,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "none: it fails",
    .help = "A column that a view, a rule or a generated column uses cannot have its type changed: the migration "
            "fails. Drop the view and make it anew in the same step.",
    .setup = "CREATE TABLE t (id int, a int, b int); CREATE VIEW w AS SELECT a FROM t;",
    .bad = "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
    .good = "ALTER TABLE t ALTER COLUMN b TYPE bigint;",
    .kinds = kinds,
    .judge = judge,
};
