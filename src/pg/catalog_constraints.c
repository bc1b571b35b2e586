/* Constraints of the catalogue, foreign keys with their parents. */
#include "pg/catalog_internal.h"

/* One row per constraint and key column. A foreign key to a partitioned table has hidden rows, one per partition
 * of the parent, on the same child: left out. */
static const char constraints_sql[] =
    "SELECT o.conrelid, o.oid, o.contype, o.conname, pg_get_constraintdef(o.oid),"
    "       CASE WHEN o.contype = 'c' THEN pg_get_expr(o.conbin, o.conrelid) END,"
    "       o.condeferrable, o.condeferred, o.convalidated,"
    "       o.confrelid, pn.nspname, pc.relname, o.confdeltype, o.confupdtype,"
    "       k.attnum, pa.attname"
    "  FROM pg_catalog.pg_constraint o"
    "  JOIN pg_catalog.pg_class c ON c.oid = o.conrelid"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  LEFT JOIN LATERAL unnest(o.conkey, o.confkey) WITH ORDINALITY k(attnum, parent_attnum, place) ON true"
    "  LEFT JOIN pg_catalog.pg_class pc ON pc.oid = o.confrelid"
    "  LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace"
    "  LEFT JOIN pg_catalog.pg_attribute pa ON pa.attrelid = o.confrelid AND pa.attnum = k.parent_attnum"
    " WHERE (o.contype IN ('p', 'u', 'f', 'c', 'x') OR o.contype = 'n' AND NOT o.convalidated)"
    "   AND " KEEL_CATALOG_READ_TABLES
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint up WHERE o.contype = 'f'"
    "                      AND up.oid = o.conparentid AND up.conrelid = o.conrelid)"
    " ORDER BY o.conrelid, o.contype <> 'p', o.conname, o.oid, k.place";

static keel_pg_constraint make_constraint(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    keel_pg_constraint made = {
        .type = keel_catalog_char_at(rows, row, 2),
        .name = keel_catalog_text_at(reader, rows, row, 3),
        .definition = keel_catalog_text_at(reader, rows, row, 4),
        .check_sql = keel_catalog_text_at(reader, rows, row, 5),
        .deferrable = keel_pg_bool(rows, row, 6),
        .initially_deferred = keel_pg_bool(rows, row, 7),
        .validated = keel_pg_bool(rows, row, 8),
    };

    if (made.type != 'f')
        return made;
    made.parent_oid = keel_catalog_oid_at(rows, row, 9);
    made.parent_schema = keel_catalog_text_at(reader, rows, row, 10);
    made.parent_table = keel_catalog_text_at(reader, rows, row, 11);
    made.on_delete = keel_catalog_char_at(rows, row, 12);
    made.on_update = keel_catalog_char_at(rows, row, 13);
    return made;
}

/* The key columns stand in the rows from `first` on, `count` of them. */
static void add_columns(const keel_catalog_reader *reader, const keel_pg_result *rows, int first, size_t count,
                        keel_pg_constraint *constraint)
{
    const char **parents = NULL;

    if (keel_pg_is_null(rows, first, 14))
        return; /* a CHECK that names no column */
    constraint->columns = keel_arena_alloc(reader->arena, count * sizeof *constraint->columns);
    if (constraint->type == 'f')
        parents = keel_arena_alloc(reader->arena, count * sizeof *parents);
    for (size_t at = 0; at < count; at++) {
        constraint->columns[at] = (int)keel_pg_int(rows, first + (int)at, 14);
        if (parents != NULL)
            parents[at] = keel_catalog_text_at(reader, rows, first + (int)at, 15);
    }
    constraint->column_count = count;
    constraint->parent_columns = parents;
}

/* How many rows from `first` on belong to the same constraint. */
static size_t rows_of_one(const keel_pg_result *rows, int first)
{
    size_t count = 1;
    uint32_t oid = keel_catalog_oid_at(rows, first, 1);

    while (first + (int)count < keel_pg_rows(rows) &&
           keel_catalog_oid_at(rows, first + (int)count, 1) == oid)
        count++;
    return count;
}

bool keel_catalog_read_constraints(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_catalog_query(reader, &rows, err, constraints_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows);) {
        size_t count = rows_of_one(rows, row);
        keel_pg_table *table = keel_catalog_table_at(reader, rows, row, 0);
        if (table != NULL) {
            keel_pg_constraint constraint = make_constraint(reader, rows, row);
            add_columns(reader, rows, row, count, &constraint);
            keel_arena_push(reader->arena, &table->constraints, constraint);
        }
        row += (int)count;
    }
    return true;
}
