#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_streq(keel_sql_text_of(s->node, "renameType"), "OBJECT_COLUMN"))
        keel_lint_says(lint, s, NULL, KEEL_WARNING, "Add a column of the new name, write both, and drop the old one in a later migration.",
                       "clients that name \"%s\" break", keel_sql_text_of(s->node, "subname"));
}

static const char *const kinds[] = {"RenameStmt", NULL};

const keel_lint_rule keel_lint_l073 = {
    .id = "L073",
    .name = "rename-column",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE, for a moment",
    .help = "Clients that know the old name fail at once, and those that know the new one failed until now. Add "
            "a column, write both, and drop the old one later; or leave a view under the old name.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "ALTER TABLE t RENAME COLUMN a TO z;",
    .good = "ALTER TABLE t ADD COLUMN z int;",
    .kinds = kinds,
    .judge = judge,
};
