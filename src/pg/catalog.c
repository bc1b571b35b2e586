/* Reading the catalogue: one query per class of objects, whatever the number of tables. */
#include "pg/catalog_internal.h"

/* Sizes need a lock on the table: where somebody holds or awaits an exclusive one, the last known size serves. */
static const char tables_sql[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition, c.relrowsecurity,"
    "       c.relforcerowsecurity,"
    "       CASE WHEN c.reltuples = 0 AND current_setting('server_version_num')::pg_catalog.int4 < 140000"
    "            THEN -1 ELSE c.reltuples END,"
    "       CASE WHEN c.oid IN (SELECT l.relation FROM pg_catalog.pg_locks l"
    "                            WHERE l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()"
    "                              AND l.locktype = 'relation' AND l.database = (SELECT d.oid"
    "                                  FROM pg_catalog.pg_database d WHERE d.datname = current_database()))"
    "            THEN c.relpages * current_setting('block_size')::pg_catalog.int8"
    "            ELSE pg_total_relation_size(c.oid) END,"
    "       (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition)"
    "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE " KEEL_CATALOG_READ_TABLES " ORDER BY n.nspname, c.relname";

static keel_pg_table *make_table(const keel_catalog_reader *reader, const keel_pg_result *rows, int row)
{
    keel_pg_table *table = keel_arena_alloc(reader->arena, sizeof *table);

    table->oid = keel_catalog_oid_at(rows, row, 0);
    table->schema = keel_catalog_text_at(reader, rows, row, 1);
    table->name = keel_catalog_text_at(reader, rows, row, 2);
    table->kind = keel_catalog_char_at(rows, row, 3);
    table->persistence = keel_catalog_char_at(rows, row, 4);
    table->partition = keel_pg_bool(rows, row, 5);
    table->row_security = keel_pg_bool(rows, row, 6);
    table->force_row_security = keel_pg_bool(rows, row, 7);
    table->estimated_rows = strtod(keel_pg_text(rows, row, 8), NULL);
    table->bytes = keel_pg_int(rows, row, 9);
    table->partition_of = keel_catalog_oid_at(rows, row, 10);
    return table;
}

static int by_oid(const void *left, const void *right)
{
    const keel_pg_table *const *a = left;
    const keel_pg_table *const *b = right;

    return ((*a)->oid > (*b)->oid) - ((*a)->oid < (*b)->oid);
}

static bool read_tables(keel_catalog_reader *reader, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_pg_catalog *catalog = reader->catalog;

    if (!keel_catalog_query(reader, &rows, err, tables_sql))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        keel_arena_push(reader->arena, &catalog->tables, make_table(reader, rows, row));
    size_t size = catalog->tables.count * sizeof *catalog->by_oid;
    catalog->by_oid = keel_arena_alloc(reader->arena, size);
    if (size > 0)
        memcpy(catalog->by_oid, catalog->tables.items, size);
    if (size > 0)
        qsort(catalog->by_oid, catalog->tables.count, sizeof *catalog->by_oid, by_oid);
    return true;
}

static bool read_all_types(keel_catalog_reader *reader, keel_error *err)
{
    return keel_catalog_read_types(reader, NULL, err);
}

/* Last, because the lists of constraints no longer grow. */
static bool link_inbound(keel_catalog_reader *reader, keel_error *err KEEL_UNUSED)
{
    for (size_t at = 0; at < reader->catalog->tables.count; at++) {
        keel_pg_table *table = reader->catalog->tables.items[at];
        for (size_t which = 0; which < table->constraints.count; which++) {
            keel_pg_constraint *constraint = &table->constraints.items[which];
            keel_pg_table *parent = keel_pg_catalog_find_oid(reader->catalog, constraint->parent_oid);
            if (constraint->type != 'f' || parent == NULL)
                continue;
            keel_arena_push(reader->arena, &parent->inbound, constraint);
            keel_arena_push(reader->arena, &parent->inbound_from, table);
        }
    }
    return true;
}

static bool read_parts(keel_catalog_reader *reader, keel_error *err)
{
    static const struct {
        const char *what;
        keel_catalog_part *read;
    } parts[] = {
        {"tables", read_tables},
        {"types", read_all_types},
        {"columns", keel_catalog_read_columns},
        {"sequences", keel_catalog_read_sequences},
        {"constraints", keel_catalog_read_constraints},
        {"indexes", keel_catalog_read_indexes},
        {"triggers", keel_catalog_read_triggers},
        {"foreign keys", link_inbound},
    };

    for (size_t at = 0; at < KEEL_COUNT_OF(parts); at++)
        if (!parts[at].read(reader, err))
            return keel_fail_context(err, "read the catalogue: %s", parts[at].what);
    return true;
}

static bool set_path(keel_pg *pg, const char *path, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *ignored = NULL;

    return keel_pg_query(pg, &ignored, err, "SELECT pg_catalog.set_config('search_path', $1, true)", 1, &path);
}

static bool run_with_empty_path(keel_catalog_reader *reader, keel_catalog_part *part, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};

    return keel_pg_query_value(reader->pg, &path, NULL, err, "SELECT pg_catalog.current_setting('search_path')",
                               0, NULL) &&
           set_path(reader->pg, "", err) && part(reader, err) &&
           set_path(reader->pg, keel_str_text(&path), err);
}

bool keel_catalog_with_empty_path(keel_catalog_reader *reader, keel_catalog_part *part, keel_error *err)
{
    keel_pg *pg = reader->pg;

    if (keel_pg_in_transaction(pg))
        return run_with_empty_path(reader, part, err);
    if (!keel_pg_exec(pg, err, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        return false;
    if (run_with_empty_path(reader, part, err) && keel_pg_exec(pg, err, "COMMIT"))
        return true;
    keel_pg_rollback(pg);
    return false;
}

bool keel_catalog_query(const keel_catalog_reader *reader, keel_pg_result **ret_rows, keel_error *err, const char *sql)
{
    return keel_pg_query(reader->pg, ret_rows, err, sql, 1, &reader->except);
}

bool keel_pg_catalog_load(keel_pg *pg, keel_arena *arena, keel_pg_catalog **ret_catalog, keel_error *err)
{
    return keel_pg_catalog_load_except(pg, arena, "{}", ret_catalog, err);
}

bool keel_pg_catalog_load_except(keel_pg *pg, keel_arena *arena, const char *except, keel_pg_catalog **ret_catalog,
                                 keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str schema = {0};
    bool none;
    keel_catalog_reader reader = {.pg = pg, .arena = arena, .except = except};

    if (!keel_pg_query_value(pg, &schema, &none, err, "SELECT pg_catalog.current_schema()", 0, NULL))
        return false;
    reader.catalog = keel_arena_alloc(arena, sizeof *reader.catalog);
    reader.catalog->default_schema = none ? NULL : keel_arena_strdup(arena, keel_str_text(&schema));
    if (!keel_catalog_with_empty_path(&reader, read_parts, err))
        return false;
    *ret_catalog = reader.catalog;
    return true;
}
