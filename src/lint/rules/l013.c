#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, "AT_AddColumn", &at)) != NULL) {
        const keel_sql_node *def = keel_sql_get(command, "def");
        const keel_sql_node *key = keel_lint_column_constraint(def, "CONSTR_FOREIGN");
        bool scans = keel_lint_column_constraint(def, "CONSTR_DEFAULT") != NULL;
        if (key == NULL)
            continue;
        const char *safe = scans ? keel_safe_moved(lint, s, def, key) : NULL;
        if (scans)
            keel_lint_blocks(lint, s, key, KEEL_ERROR,
                             safe != NULL ? safe : "Add the column, then the foreign key NOT VALID, and VALIDATE it in a step of its own.",
                             "every row is looked up in %s under locks on both tables", keel_lint_relation(lint, key, "pktable"));
        else
            keel_lint_says(lint, s, key, KEEL_INFO, NULL, "%s is locked against writers for a moment; no row is read",
                           keel_lint_relation(lint, key, "pktable"));
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l013 = {
    .id = "L013",
    .name = "add-column-references",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE on the table, SHARE ROW EXCLUSIVE on the parent; with a default, a scan of both",
    .help = "A column added with REFERENCES locks the parent against writers. Without a default no row is read "
            "and the locks are brief; with one, every row is looked up in the parent under them.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE TABLE p (id int PRIMARY KEY); "
             "INSERT INTO p SELECT i FROM generate_series(1, 40000) i; ANALYZE p;",
    .bad = "ALTER TABLE t ADD COLUMN p_id int DEFAULT 1 REFERENCES p (id);",
    .good = "ALTER TABLE t ADD COLUMN p_id int;\n"
            "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_p;",
    .kinds = kinds,
    .judge = judge,
};
