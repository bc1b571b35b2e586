#include "base/str.h"
#include "lint/table_rewrite.h"

static bool is_key(const keel_world_table *table, const keel_world_index *index)
{
    if (!index->unique || !index->valid || index->partial || index->column_count == 0)
        return false;
    for (size_t i = 0; i < index->column_count; i++) {
        const keel_world_column *column = index->columns[i] != NULL ? keel_world_column_find(table, index->columns[i]) : NULL;
        if (column == NULL || !column->not_null)
            return false;
    }
    return true;
}

static bool has_key(const keel_world_table *table)
{
    for (size_t i = 0; i < table->indexes.count; i++)
        if (is_key(table, &table->indexes.items[i]))
            return true;
    return false;
}

/* A change of all rows, or a rewrite, whose way around is a new column that is filled. */
static bool wants_batches(keel_lint *lint, const keel_lint_statement *s)
{
    if (keel_sql_kind_is(s->node, "UpdateStmt"))
        return keel_sql_get(s->node, "whereClause") == NULL;
    return keel_lint_rewritten(lint, s) != NULL;
}

static void judge(keel_lint *lint, const keel_lint_statement *s)
{
    const keel_world_table *table = keel_lint_table(lint, s);

    if (table == NULL || !table->known || has_key(table) || !wants_batches(lint, s))
        return;
    keel_lint_blocks(lint, s, NULL, KEEL_WARNING, "Give it a primary key first, or a unique index on columns that are NOT NULL.",
                     "the table has no key to walk it by: pgkeel migrate backfill cannot take it in batches");
}

static const char *const kinds[] = {"AlterTableStmt", "UpdateStmt", NULL};

const keel_lint_rule keel_lint_l121 = {
    .id = "L121",
    .name = "no-key-for-batches",
    .severity = KEEL_WARNING,
    .flags = KEEL_LINT_NEEDS_LIVE,
    .lock = "",
    .help = "The way around a long lock is a change in batches, and batches walk a table along its key. A table without a "
            "primary key or a unique index on NOT NULL columns has none: all that is left is one statement over all rows.",
    .setup = "CREATE TABLE k (id int NOT NULL, a int, v text); INSERT INTO k SELECT i, i, repeat('x', 300) FROM "
             "generate_series(1, 40000) i; ANALYZE k;",
    .bad = "UPDATE k SET a = a + 1;",
    .good = "CREATE UNIQUE INDEX CONCURRENTLY k_id ON k (id);\n"
            "-- pgkeel:step\n"
            "UPDATE k SET a = a + 1;",
    .kinds = kinds,
    .judge = judge,
};
