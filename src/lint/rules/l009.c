#include "base/str.h"
#include "lint/rule.h"

/* NOT NULL first, in steps in front of the statement. */
static const char *not_null_first(keel_lint *lint, const keel_lint_statement *s, const char *column)
{
    keel_rewrite rewrite = {.statement = s};
    keel_alter_text alter;

    if (!keel_alter_cut(keel_lint_arena(lint), s, &alter))
        return "Make the column NOT NULL by way of a CHECK in steps before this one.";
    rewrite.before = keel_safe_not_null(lint, s, alter.head, column);
    return keel_lint_rewrite(lint, &rewrite);
}

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
            keel_lint_blocks(lint, s, def, KEEL_ERROR, not_null_first(lint, s, key->name),
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
