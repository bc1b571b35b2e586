#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    for (size_t i = 0; i < s->class->relations.count && keel_streq(s->class->command, "DROP TABLE"); i++) {
        const keel_sql_relation *r = &s->class->relations.items[i];
        const keel_world_table *table = keel_world_table_find(keel_lint_world(lint), r->schema, r->name);
        for (size_t k = 0; table != NULL && !keel_lint_made_here(table) && k < table->constraints.count; k++)
            if (table->constraints.items[k].type == 'f' && table->constraints.items[k].parent_table != NULL)
                keel_lint_found(lint, s, NULL, KEEL_WARNING, r->name,
                                keel_arena_printf(keel_lint_arena(lint), "ALTER TABLE %s DROP CONSTRAINT %s; in a step before.",
                                                  keel_lint_name(lint, r->name),
                                                  keel_lint_name(lint, table->constraints.items[k].name)),
                                "\"%s\" is locked too, for its foreign key", table->constraints.items[k].parent_table);
    }
}

static const char *const kinds[] = {"DropStmt", NULL};

const keel_lint_rule keel_lint_l037 = {
    .id = "L037",
    .name = "drop-table-with-fks",
    .severity = KEEL_WARNING,
    .lock = "ACCESS EXCLUSIVE on both tables, for a moment",
    .help = "Dropping a foreign key, or a table that has one, locks the other table too against everybody. Drop "
            "the foreign key alone first, behind a short lock_timeout.",
    .setup = "CREATE TABLE t (id int PRIMARY KEY, a int, b int NOT NULL, v text); INSERT INTO t SELECT i, i, i, "
             "repeat('x', 300) FROM generate_series(1, 40000) i; ANALYZE t; CREATE TABLE c (id int, t_id int, "
             "CONSTRAINT c_t FOREIGN KEY (t_id) REFERENCES t (id));",
    .bad = "DROP TABLE c CASCADE;",
    .good = "ALTER TABLE c DROP CONSTRAINT c_t;\n"
            "-- pgkeel:step\n"
            "DROP TABLE c;",
    .kinds = kinds,
    .judge = judge,
};
