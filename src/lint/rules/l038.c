#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *column = NULL, *def, *items = NULL;
    size_t at = 0;

    while ((def = keel_lint_constraint(s, "CONSTR_FOREIGN", &at, &column)) != NULL) {
        size_t count = column == NULL ? keel_sql_list(def, "fk_attrs", &items) : 1;
        const char **columns = keel_arena_alloc(keel_lint_arena(lint), (count + 1) * sizeof *columns);
        for (size_t i = 0; i < count; i++)
            columns[i] = column == NULL ? keel_sql_text_of(&items[i], "sval") : keel_sql_text_of(column, "colname");
        if ((table == NULL || !table->known) || keel_world_index_leads(table, columns, count))
            continue;
        keel_lint_blocks(lint, s, def, KEEL_WARNING,
                         keel_arena_printf(keel_lint_arena(lint), "CREATE INDEX CONCURRENTLY <name> ON %s (%s); in a step before.",
                                           keel_lint_relation(lint, s->node, "relation"),
                                           column == NULL ? keel_lint_names(lint, def, "fk_attrs") : columns[0]),
                         "no index leads with the columns of the foreign key: every delete of a parent reads the table");
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l038 = {
    .id = "L038",
    .name = "fk-without-index",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "row locks of the parent, held for a scan of the child at every delete",
    .help = "Without an index on its columns, a foreign key makes every DELETE or key UPDATE of the parent read "
            "the whole child. Build the index CONCURRENTLY before.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE TABLE p (id int PRIMARY KEY); "
             "INSERT INTO p SELECT i FROM generate_series(1, 40000) i; ANALYZE p;",
    .bad = "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (a) REFERENCES p (id) NOT VALID;",
    .good = "CREATE INDEX CONCURRENTLY t_a ON t (a);\n"
            "-- pgkeel:step\n"
            "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (a) REFERENCES p (id) NOT VALID;",
    .kinds = kinds,
    .judge = judge,
};
