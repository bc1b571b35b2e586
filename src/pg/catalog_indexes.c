/* Indexes of the catalogue. */
#include "pg/catalog_internal.h"

#define INDEXES_SQL(nulls_not_distinct)                                                             \
    "SELECT i.indrelid, x.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary,"   \
    "       i.indisvalid, i.indpred IS NOT NULL, i.indexprs IS NOT NULL, i.indimmediate,"           \
    "       " nulls_not_distinct ", i.indnkeyatts, i.indkey"                                        \
    "  FROM pg_catalog.pg_index i"                                                                  \
    "  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"                                          \
    "  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"                                            \
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"                                    \
    " WHERE " KEEL_CATALOG_READ_TABLES " ORDER BY i.indrelid, x.relname"

static const char indexes_sql[] = INDEXES_SQL("i.indnullsnotdistinct");
static const char indexes_sql_14[] = INDEXES_SQL("false");

/* The first numbers of an int2vector ("1 3 0"): behind the key part stand INCLUDE columns. */
static void add_key_columns(const keel_catalog_reader *reader, const char *vector, size_t count, keel_pg_index *index)
{
    char *at;

    index->columns = keel_arena_alloc(reader->arena, count * sizeof *index->columns);
    for (; index->column_count < count; vector = at) {
        long number = strtol(vector, &at, 10);
        if (at == vector)
            return;
        index->columns[index->column_count++] = (int)number;
    }
}

static keel_pg_index make_index(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    keel_pg_index index = {
        .name = keel_catalog_text_at(reader, rows, row, 1),
        .definition = keel_catalog_text_at(reader, rows, row, 2),
        .unique = keel_pg_bool(rows, row, 3),
        .primary = keel_pg_bool(rows, row, 4),
        .valid = keel_pg_bool(rows, row, 5),
        .partial = keel_pg_bool(rows, row, 6),
        .expression = keel_pg_bool(rows, row, 7),
        .immediate = keel_pg_bool(rows, row, 8),
        .nulls_not_distinct = keel_pg_bool(rows, row, 9),
    };

    add_key_columns(reader, keel_pg_text(rows, row, 11), (size_t)keel_pg_int(rows, row, 10), &index);
    return index;
}

bool keel_catalog_read_indexes(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *sql = keel_pg_server_version(reader->pg) >= 150000 ? indexes_sql : indexes_sql_14;

    if (!keel_catalog_query(reader, &rows, err, sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_pg_table *table = keel_catalog_table_at(reader, rows, row, 0);
        if (table != NULL)
            keel_arena_push(reader->arena, &table->indexes, make_index(reader, rows, row));
    }
    return true;
}
