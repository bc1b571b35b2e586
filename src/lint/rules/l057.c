#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_lint_statement *last = keel_lint_last_near(lint, s);

    for (const keel_lint_statement *after = s + 1; after <= last; after++) {
        if (after->class->manner != KEEL_MANNER_BRIEF || after->class->relations.count == 0)
            continue;
        keel_lint_says(lint, s, NULL, KEEL_INFO, "Put \"-- pgkeel:step\" between them.",
                       "rows are changed in the transaction of line %d, which changes the schema", after->line);
        return;
    }
}

static const char *const kinds[] = {"InsertStmt", "UpdateStmt", "DeleteStmt", NULL};

const keel_lint_rule keel_lint_l057 = {
    .id = "L057",
    .name = "ddl-and-dml",
    .severity = KEEL_INFO,
    .lock = "",
    .help = "Changes of the schema and of data in one transaction: the data work holds the locks of the schema "
            "work, and one rolls back the other. Two steps are easier to watch and to take back.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); CREATE TABLE u (id int PRIMARY "
             "KEY, a int);",
    .bad = "UPDATE t SET a = 1 WHERE id = 1;\n"
           "ALTER TABLE t ADD COLUMN n int;",
    .good = "ALTER TABLE t ADD COLUMN n int;",
    .kinds = kinds,
    .judge = judge,
};
