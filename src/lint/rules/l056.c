#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_script *script = keel_lint_whole(lint);
    const char *name = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");

    if (s == script->items)
        return;
    const keel_lint_statement *before = s - 1;
    size_t at = 0;
    if (keel_lint_command(s, "AT_DropConstraint", &at) != NULL)
        return; /* in one statement the DROP would come first */
    if (before->transaction == s->transaction && keel_sql_kind_is(before->node, "AlterTableStmt") &&
        keel_streq(keel_sql_text_of(keel_sql_get(before->node, "relation"), "relname"), name))
        keel_lint_says(lint, s, NULL, KEEL_INFO, "Write both as one ALTER TABLE, with a comma.",
                       "line %d alters the same table", before->line);
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l056 = {
    .id = "L056",
    .name = "many-alters",
    .severity = KEEL_INFO,
    .lock = "one lock instead of several",
    .help = "Several ALTER TABLEs of one table in one transaction can be one statement: one lock, and at most "
            "one pass over its rows.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t ADD COLUMN n int;\n"
           "ALTER TABLE t ADD COLUMN m int;",
    .good = "ALTER TABLE t ADD COLUMN n int, ADD COLUMN m int;",
    .kinds = kinds,
    .judge = judge,
};
