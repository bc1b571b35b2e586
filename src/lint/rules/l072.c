#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "DropdbStmt") || keel_streq(keel_sql_text_of(s->node, "removeType"), "OBJECT_SCHEMA"))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, s->class->command, "Drop the objects by name, or suppress this with the reason.",
                        "everything inside is gone");
}

static const char *const kinds[] = {"DropStmt", "DropdbStmt", NULL};

const keel_lint_rule keel_lint_l072 = {
    .id = "L072",
    .name = "drop-schema",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on all that is in it",
    .help = "DROP SCHEMA and DROP DATABASE remove everything inside.",
    .setup = "CREATE SCHEMA sc; CREATE VIEW sc.w AS SELECT 1 AS x;",
    .bad = "DROP SCHEMA sc CASCADE;",
    .good = "DROP VIEW sc.w;",
    .kinds = kinds,
    .judge = judge,
};
