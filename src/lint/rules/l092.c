#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    keel_lint_found(lint, s, NULL, KEEL_INFO, keel_sql_name_of(s->node, "typeName"),
                    "A text column with a CHECK, or a table of the values with a foreign key.",
                    "values of an enum cannot be removed, nor put into another order");
}

static const char *const kinds[] = {"CreateEnumStmt", NULL};

const keel_lint_rule keel_lint_l092 = {
    .id = "L092",
    .name = "enum",
    .severity = KEEL_INFO,
    .flags = KEEL_LINT_OFF,
    .lock = "",
    .help = "An enum takes new values, but gives none back: to remove or reorder them, a new type is made and every column "
            "rewritten. A CHECK on a text column can be exchanged without a rewrite (NOT VALID, VALIDATE); a table of the "
            "values needs no DDL at all.",
    .setup = "SELECT 1;",
    .bad = "CREATE TYPE mood AS ENUM ('bad', 'good');",
    .good = "CREATE TABLE moods (mood text PRIMARY KEY CHECK (mood IN ('bad', 'good')));",
    .kinds = kinds,
    .judge = judge,
};
