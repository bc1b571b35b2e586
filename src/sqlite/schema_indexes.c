/* Indexes: PRAGMA index_list and index_xinfo, joined with what the CREATE statements say about
 * expressions, conditions and names of constraints. */
#include <strings.h>

#include "sqlite/schema_loader.h"

enum { CID_ROWID = -1, CID_EXPRESSION = -2 };

typedef struct index_list {
    keel_sqlite_index *items;
    size_t count, capacity;
} index_list;

static bool read_list(keel_schema_loader *loader, const keel_sqlite_table *table, index_list *list)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[5]; /* seq, name, unique, origin, partial */
    bool row = true;

    if (!keel_sqlite_pragma(loader->db, "index_list", table->name, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        const char *origin = keel_schema_text(loader, &cells[3]);
        keel_sqlite_index index = {.name = keel_schema_text(loader, &cells[1]),
                                   .unique = cells[2].integer != 0};
        index.origin = origin != NULL ? origin[0] : 'c';
        keel_arena_push(loader->arena, list, index);
    }
    return !row;
}

static bool
read_parts(keel_schema_loader *loader, const keel_sqlite_table *table, keel_sqlite_index *index)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    struct {
        keel_sqlite_index_part *items;
        size_t count, capacity;
    } parts = {0};
    keel_cell cells[6]; /* seqno, cid, name, desc, coll, key */
    bool row = true;

    if (!keel_sqlite_pragma(loader->db, "index_xinfo", index->name, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        if (cells[5].integer == 0)
            continue;
        keel_sqlite_index_part part = {.column = keel_schema_text(loader, &cells[2]),
                                       .collation =
                                           keel_ddl_collation(keel_schema_text(loader, &cells[4])),
                                       .descending = cells[3].integer != 0};
        if (cells[1].integer == CID_ROWID)
            part.column = table->rowid_alias;
        part.sql = part.column != NULL ? part.column : "";
        keel_arena_push(loader->arena, &parts, part);
    }
    index->parts = parts.items;
    index->part_count = parts.count;
    return !row;
}

static const char *find_sql(const keel_schema_loader *loader, const char *index)
{
    for (size_t i = 0; i < loader->entries.count; i++) {
        const keel_schema_entry *entry = &loader->entries.items[i];
        if (keel_streq(entry->type, "index") && keel_streq(entry->name, index))
            return entry->sql;
    }
    return NULL;
}

/* The parsed constraint over the same columns. */
static const keel_sqlite_index *find_constraint(const keel_sqlite_table *table,
                                                const keel_sqlite_index *index)
{
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_sqlite_index *parsed = &table->indexes.items[i];
        bool same = parsed->origin == index->origin && parsed->part_count == index->part_count;
        for (size_t part = 0; same && part < index->part_count; part++) {
            const char *name = parsed->parts[part].column, *real = index->parts[part].column;
            same = name != NULL && real != NULL && strcasecmp(name, real) == 0;
        }
        if (same)
            return parsed;
    }
    return NULL;
}

static void take_parts(keel_sqlite_index *index, const keel_sqlite_index *parsed)
{
    if (parsed->part_count != index->part_count)
        return;
    for (size_t part = 0; part < index->part_count; part++) {
        index->parts[part].expr = parsed->parts[part].expr;
        index->parts[part].sql = parsed->parts[part].sql;
    }
}

static void describe(keel_schema_loader *loader, keel_sqlite_table *table, keel_sqlite_index *index)
{
    keel_sqlite_index parsed = {0};
    keel_error problem;

    if (index->origin != 'c') {
        const keel_sqlite_index *constraint = find_constraint(table, index);
        index->constraint_name = constraint != NULL ? constraint->constraint_name : NULL;
        if (constraint != NULL)
            take_parts(index, constraint);
        return;
    }
    index->sql = find_sql(loader, index->name);
    if (index->sql == NULL)
        return;
    if (!keel_ddl_parse_index(loader->arena, index->sql, &parsed, &problem)) {
        keel_fail_context(&problem, "index \"%s\"", index->name);
        keel_schema_problem(loader, table, problem.message);
        return;
    }
    take_parts(index, &parsed);
    index->where_sql = parsed.where_sql;
    index->where_expr = parsed.where_expr;
}

/* The one key column of a rowid table is the rowid exactly if the file has no index for it. */
static void settle_alias(keel_sqlite_table *table, const index_list *list)
{
    const keel_sqlite_column *key = NULL;
    int key_columns = 0;

    for (size_t i = 0; i < table->columns.count; i++) {
        if (table->columns.items[i].primary_key == 0)
            continue;
        key = &table->columns.items[i];
        key_columns++;
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].origin == 'p')
            key_columns = 0;
    table->rowid_alias = key_columns == 1 && !table->without_rowid ? key->name : NULL;
}

bool keel_schema_load_indexes(keel_schema_loader *loader, keel_sqlite_table *table)
{
    index_list list = {0}, real = {0};

    if (!read_list(loader, table, &list))
        return false;
    settle_alias(table, &list);
    for (size_t i = list.count; i > 0; i--) { /* the pragma gives the youngest first */
        keel_sqlite_index *index = &list.items[i - 1];
        if (!read_parts(loader, table, index))
            return false;
        describe(loader, table, index);
        keel_arena_push(loader->arena, &real, *index);
    }
    table->indexes.items = real.items;
    table->indexes.count = real.count;
    table->indexes.capacity = real.capacity;
    return true;
}
