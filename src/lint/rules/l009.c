#include "base/str.h"
#include "lint/rule.h"

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_world_index *index = NULL;
    const keel_sql_node *column = NULL, *def;
    size_t at = 0;

    while ((def = keel_lint_constraint(s, "CONSTR_PRIMARY", &at, &column)) != NULL) {
        const char *name = keel_sql_text_of(def, "indexname");
        if (*name == '\0' || keel_world_index_table(keel_lint_world(lint), "", name, &index) == NULL)
            continue;
        for (size_t i = 0; i < index->column_count; i++) {
            const keel_world_column *key = keel_world_column_find(table, index->columns[i] != NULL ? index->columns[i] : "");
            if (key == NULL || key->not_null || keel_world_proves_not_null(table, key->name, s->transaction))
                continue;
            keel_lint_blocks(lint, s, def, KEEL_ERROR,
                             keel_arena_printf(keel_lint_arena(lint),
                                               "ALTER TABLE %s ADD CONSTRAINT <name> CHECK (%s IS NOT NULL) NOT VALID; VALIDATE it in a "
                                               "step of its own; then SET NOT NULL.",
                                               keel_lint_relation(lint, s->node, "relation"), keel_lint_name(lint, key->name)),
                             "\"%s\" may be NULL, so the whole table is read under the lock", key->name);
        }
    }
}

static const char *const kinds[] = {"AlterTableStmt", NULL};

const keel_lint_rule keel_lint_l009 = {
    .id = "L009",
    .name = "pk-using-index-nullable",
    .severity = KEEL_ERROR,
    .lock = "ACCESS EXCLUSIVE for a scan",
    .help = "A primary key makes its columns NOT NULL. If they are not yet, the whole table is read under a lock "
            "that lets nobody through, in spite of USING INDEX. Make them NOT NULL first, by way of a validated "
            "CHECK.",
    .setup = "CREATE TABLE n (id int, v text); INSERT INTO n SELECT i, repeat('x', 300) FROM generate_series(1, "
             "40000) i; CREATE UNIQUE INDEX n_id ON n (id); ANALYZE n;",
    .bad = "ALTER TABLE n ADD CONSTRAINT n_pkey PRIMARY KEY USING INDEX n_id;",
    .good = "ALTER TABLE n ADD CONSTRAINT n_id_nn CHECK (id IS NOT NULL) NOT VALID;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE n VALIDATE CONSTRAINT n_id_nn;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE n ALTER id SET NOT NULL;\n"
            "-- pgkeel:step\n"
            "ALTER TABLE n ADD CONSTRAINT n_pkey PRIMARY KEY USING INDEX n_id;",
    .kinds = kinds,
    .judge = judge,
};
