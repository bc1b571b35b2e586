#include <string.h>

#include "verify/indexes.h"

/* The first key that is a plain jsonb column, or NULL. */
static const keel_pg_column *jsonb_key(const keel_index_facts *index)
{
    for (size_t i = 0; i < index->key_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(index->table, index->keys[i].column);
        if (column != NULL && column->type->kind == KEEL_PG_JSONB)
            return column;
    }
    return NULL;
}

static void report(keel_check_run *run, const keel_index_facts *index, const keel_pg_column *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const char *table = keel_word_sql_table(run, index->table);
    const char *at_once = index->partitioned ? "" : " CONCURRENTLY";
    const char *remedy = keel_arena_printf(
        run->arena, "CREATE INDEX%s ON %s USING gin (%s); DROP INDEX%s %s;", at_once, table,
        keel_word_sql_list(run, &column->name, 1), at_once, keel_word_sql(run, index->schema, index->name));
    keel_json json;

    keel_evidence_start(&json, &evidence);
    keel_json_kv_text(&json, "table", keel_check_table_name(run, index->table));
    keel_json_kv_text(&json, "column", column->name);
    keel_json_kv_text(&json, "method", index->method);
    keel_json_kv_int(&json, "bytes", index->bytes);
    keel_check_found(run, keel_word_name(run, index->schema, index->name), keel_evidence_finish(&json), remedy,
                     "%s index on the jsonb column \"%s\" of %s: it serves only comparisons of whole documents, and a "
                     "large document does not fit into it",
                     index->method, column->name, keel_check_table_name(run, index->table));
}

static bool run_check(keel_check_run *run, keel_error *err)
{
    keel_index_list indexes;
    int64_t looked = 0;

    if (!keel_indexes_load(run, &indexes, err))
        return false;
    for (size_t i = 0; i < indexes.count; i++) {
        const keel_index_facts *index = &indexes.items[i];
        const keel_pg_column *column = jsonb_key(index);
        bool ordered = strcmp(index->method, "btree") == 0 || strcmp(index->method, "hash") == 0;
        looked += column != NULL;
        if (column != NULL && ordered && !index->unique && !keel_index_is_bound(index))
            report(run, index, column);
    }
    keel_check_looked(run, looked, "jsonb indexes");
    return true;
}

const keel_check keel_check_schema_jsonb_btree = {
    .id = "schema.jsonb_btree",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "indexes on jsonb columns are of a kind that searches documents",
    .help = "Looks for btree and hash indexes whose key is a plain jsonb column. They find whole documents by equality; "
            "no @>, ? or @@ uses them, and btree refuses the row once a document is larger than about 2.7 kB "
            "(\"index row size exceeds maximum\"). CREATE INDEX without USING makes a btree: what was meant is nearly "
            "always USING gin. Unique indexes and those behind constraints are left alone, and so are indexes on an "
            "expression such as (doc->>'name').",
    .triggers = "CREATE TABLE readings (id int PRIMARY KEY, measurements jsonb);"
                "CREATE INDEX ON readings (measurements);",
    .passes = "CREATE TABLE readings (id int PRIMARY KEY, measurements jsonb);"
              "CREATE INDEX ON readings USING gin (measurements);",
    .run = run_check,
};
