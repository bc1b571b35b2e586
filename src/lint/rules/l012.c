#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_world_relation(keel_lint_world(lint), keel_sql_get(s->node, "relation"));
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(s->node, "cmds", &commands);
    const char *why = NULL;

    for (size_t i = 0; i < count; i++) {
        const keel_sql_node *def = keel_sql_get(&commands[i], "def");
        if (!keel_streq(keel_sql_text_of(&commands[i], "subtype"), "AT_AddConstraint") ||
            !keel_streq(keel_sql_text_of(def, "contype"), "CONSTR_FOREIGN") || keel_sql_true(def, "skip_validation") ||
            (table != NULL && table->since > 0))
            continue;
        keel_severity severity = keel_lint_weigh(lint, table, KEEL_ERROR, &why);
        const char *safe = keel_safe_not_valid(lint, s, def);
        keel_lint_found(lint, s, def, severity, keel_lint_relation(lint, s->node, "relation"),
                        safe != NULL ? safe : "Add it under a name and NOT VALID, and VALIDATE CONSTRAINT in a step of its own.",
                        "writers of both tables wait while every row is looked up: %s", why);
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l012 = {
    .id = "L012",
    .name = "fk-not-validated",
    .severity = KEEL_ERROR,
    .lock = "SHARE ROW EXCLUSIVE on both tables, for a scan of the child",
    .help = "Adding a foreign key checks every row at once, and nobody may write to either table meanwhile. Add it NOT VALID, which is "
            "brief, and VALIDATE it in a transaction of its own, which lets writers through.",
    .setup = "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT i FROM generate_series(1, 40000) i;"
             "CREATE TABLE t (id int PRIMARY KEY, p_id int, v text);"
             "INSERT INTO t SELECT i, i, repeat('x', 300) FROM generate_series(1, 40000) i; CREATE INDEX t_p_id ON t (p_id); ANALYZE;",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p_id) REFERENCES p (id);",
    .good = "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t VALIDATE CONSTRAINT t_p;",
    .kinds = kinds,
    .judge = judge,
};
