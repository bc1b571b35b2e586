/* Unique indexes of the catalogue, and what speaks against trusting one. */
#include "verify/checks/unique_keys.h"

#include "verify/by_table.h"

/* A text index is sorted by a collation; when the library behind it has changed since, the index may no longer find
 * what it holds, and lets a second one in. Before PostgreSQL 15 nobody remembers the version of the default one. */
#define CHANGED_DEFAULT                                                                                              \
    "(SELECT co.oid = 100 AND d.datcollversion <> pg_catalog.pg_database_collation_actual_version(d.oid)"            \
    "   FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"

/* One row per key column. Names that an older server does not have are read through to_json. */
#define INDEXES_SQL(changed_default)                                                                                  \
    "SELECT i.indexrelid, x.relname,"                                                                                 \
    "       CASE WHEN NOT (i.indisvalid AND i.indisready) THEN 'invalid' WHEN s.suspect THEN 'collation' END,"        \
    "       pg_catalog.pg_get_expr(i.indpred, i.indrelid),"                                                           \
    "       coalesce(pg_catalog.to_json(i) ->> 'indnullsnotdistinct', 'false') = 'true',"                             \
    "       pg_catalog.pg_get_indexdef(i.indexrelid, k.place::pg_catalog.int4, false),"                               \
    "       pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname),"                        \
    "       a.attname, i.indrelid"                                                                                    \
    "  FROM pg_catalog.pg_index i"                                                                                    \
    "  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"                                                            \
    " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]),"                                  \
    "                               pg_catalog.unnest(i.indcollation::pg_catalog.oid[])) WITH ORDINALITY"             \
    "                    k(attnum, collation_oid, place)"                                                             \
    "  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0"       \
    "  LEFT JOIN pg_catalog.pg_collation co ON co.oid = k.collation_oid"                                              \
    "  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace"                                             \
    " CROSS JOIN LATERAL (SELECT pg_catalog.bool_or(co.collversion <> pg_catalog.pg_collation_actual_version(co.oid)" \
    "                            OR " changed_default ") AS suspect"                                                  \
    "                       FROM pg_catalog.pg_collation co"                                                          \
    "                      WHERE co.oid = ANY (i.indcollation::pg_catalog.oid[])) s"                                  \
    " WHERE i.indrelid = ANY ($2::pg_catalog.oid[]) AND i.indisunique AND i.indislive AND k.place <= i.indnkeyatts"   \
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index b"                                       \
    "                    WHERE b.index_relid = i.indexrelid)"                                                         \
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h"                                                         \
    "                     JOIN pg_catalog.pg_index u ON u.indexrelid = h.inhparent"                                   \
    "                    WHERE h.inhrelid = i.indexrelid AND u.indrelid = ANY ($1::pg_catalog.oid[])"                 \
    "                      AND (NOT u.indisvalid OR i.indisvalid AND i.indisready))"                                  \
    " ORDER BY i.indrelid, x.relname, i.indexrelid, k.place"

static const char indexes_sql[] = INDEXES_SQL(CHANGED_DEFAULT);
static const char indexes_sql_14[] = INDEXES_SQL("false");

enum { TABLE_COLUMN = 8 };

static const char *copy(keel_check_run *run, const keel_pg_result *rows, int row, int column)
{
    return keel_arena_strdup(run->arena, keel_pg_text(rows, row, column));
}

static const char *doubt_of(const char *why)
{
    if (why == NULL)
        return NULL;
    return strcmp(why, "invalid") == 0 ? "is not valid" : "was sorted by another version of its collation";
}

static keel_unique_key make_key(keel_check_run *run, const keel_pg_result *rows, int row, size_t count)
{
    return (keel_unique_key){
        .index = copy(run, rows, row, 1),
        .doubt = doubt_of(keel_pg_text(rows, row, 2)),
        .where = copy(run, rows, row, 3),
        .nulls_equal = keel_pg_bool(rows, row, 4),
        .expressions = keel_arena_alloc(run->arena, count * sizeof(char *)),
        .names = keel_arena_alloc(run->arena, count * sizeof(char *)),
        .count = count,
    };
}

static void fill(keel_check_run *run, const keel_pg_result *rows, int first, keel_unique_key *key)
{
    for (size_t i = 0; i < key->count; i++) {
        int row = first + (int)i;
        const char *column = keel_pg_text(rows, row, 7), *collation = keel_pg_text(rows, row, 6);
        const char *expression = column != NULL ? keel_row_column(run, column)
                                                : keel_arena_printf(run->arena, "(%s)", keel_pg_text(rows, row, 5));
        key->names[i] = copy(run, rows, row, column != NULL ? 7 : 5);
        key->expressions[i] = expression;
        if (collation == NULL)
            continue;
        key->text = true;
        key->expressions[i] = keel_arena_printf(run->arena, "%s COLLATE %s", expression, collation);
    }
}

static size_t rows_of_one(const keel_pg_result *rows, int first)
{
    int row = first;

    while (row < keel_pg_rows(rows) && strcmp(keel_pg_text(rows, row, 0), keel_pg_text(rows, first, 0)) == 0)
        row++;
    return (size_t)(row - first);
}

static bool has_unique_index(const keel_pg_table *table)
{
    for (size_t i = 0; i < table->indexes.count; i++)
        if (table->indexes.items[i].unique)
            return true;
    return false;
}

static bool load(keel_check_run *run, const char *oids, const void **ret_value, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const char *sql = run->db->server_version >= 150000 ? indexes_sql : indexes_sql_14;
    keel_by_table *all = keel_arena_alloc(run->arena, sizeof *all);
    const char *params[] = {run->db->oids, oids};

    if (!keel_pg_query(run->pg, &rows, err, sql, 2, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows);) {
        size_t count = rows_of_one(rows, row);
        uint32_t table = (uint32_t)keel_pg_int(rows, row, TABLE_COLUMN);
        keel_unique_keys *keys = keel_by_table_next(run->arena, all, table, sizeof *keys);
        keel_unique_key key = make_key(run, rows, row, count);
        fill(run, rows, row, &key);
        keel_arena_push(run->arena, keys, key);
        row += (int)count;
    }
    *ret_value = all;
    return true;
}

bool keel_unique_keys_declared(keel_check_run *run, const keel_pg_table *table, keel_unique_keys *keys,
                               keel_error *err)
{
    const void *loaded = NULL;

    if (!has_unique_index(table))
        return true;
    if (!keel_check_shared(run, table, load, &loaded, err))
        return false;
    const keel_unique_keys *found = keel_by_table_find(loaded, table->oid);
    for (size_t i = 0; found != NULL && i < found->count; i++)
        keel_arena_push(run->arena, keys, found->items[i]);
    return true;
}
