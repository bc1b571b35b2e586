#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const char *name = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");

    if (keel_streq(keel_sql_text_of(s->node, "renameType"), "OBJECT_TABLE"))
        keel_lint_says(lint, s, NULL, KEEL_WARNING,
                       keel_arena_printf(keel_lint_arena(lint), "In the same transaction: CREATE VIEW %s AS SELECT * FROM %s;",
                                         keel_lint_name(lint, name), keel_lint_name(lint, keel_sql_text_of(s->node, "newname"))),
                       "clients that name \"%s\" break", name);
}

static const char *const kinds[] = {"RenameStmt", NULL};

const keel_lint_rule keel_lint_l074 = {
    .id = "L074",
    .name = "rename-table",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "Clients that know the old name fail at once. An updatable view under the old name, made in the same "
            "transaction, lets them go on.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t RENAME TO z;",
    .good = "ALTER TABLE t RENAME CONSTRAINT t_pkey TO t_key;",
    .kinds = kinds,
    .judge = judge,
};
