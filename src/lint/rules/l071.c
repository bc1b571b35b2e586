#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count && keel_streq(s->class->command, "DROP TABLE"); i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        if (!keel_lint_made_here(keel_world_table_find(keel_lint_world(lint), r->schema, r->name)))
            keel_lint_found(lint, s, NULL, KEEL_WARNING, r->name, "Rename it first, and drop it in a later migration (phase=contract).",
                            "its rows are gone, and clients that use it break");
    }
}

static const char *const kinds[] = {"DropStmt", NULL};

const keel_lint_rule keel_lint_l071 = {
    .id = "L071",
    .name = "drop-table",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment; the data are gone",
    .help = "A table that is dropped is gone with its rows; clients that still use it fail. Rename it first, "
            "wait, and drop it in a later migration.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int); CREATE INDEX u_pkey2 ON u (id);",
    .bad = "DROP TABLE t;",
    .good = "DROP INDEX CONCURRENTLY u_pkey2;",
    .kinds = kinds,
    .judge = judge,
};
