#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_streq(keel_sql_text_of(s->node, "behavior"), "DROP_CASCADE"))
        keel_lint_found(lint, s, NULL, KEEL_ERROR, s->class->object != NULL ? s->class->object : s->class->command,
                        "Drop what depends on it by name, in front of this statement.", "CASCADE drops what is not named here");
}

static const char *const kinds[] = {"DropStmt", NULL};

const keel_lint_rule keel_lint_l082 = {
    .id = "L082",
    .name = "cascade",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on all that goes",
    .help = "CASCADE drops whatever depends on the object, without naming it: views, foreign keys, columns of "
            "other tables.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "DROP TABLE t CASCADE;",
    .good = "DROP TABLE t;",
    .kinds = kinds,
    .judge = judge,
};
