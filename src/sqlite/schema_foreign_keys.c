/* Foreign keys: the text tells names and deferral, PRAGMA foreign_key_list proves that none was
 * overlooked. */
#include <strings.h>

#include "sqlite/schema_loader.h"

/* One row of the pragma: a column of a key. */
typedef struct key_row {
    int64_t id;
    const char *parent, *from, *to, *on_update, *on_delete, *match;
} key_row;

typedef struct key_rows {
    key_row *items;
    size_t count, capacity;
} key_rows;

static bool read_pragma(keel_schema_loader *loader, const keel_sqlite_table *table, key_rows *keys)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[8]; /* id, seq, table, from, to, on_update, on_delete, match */
    bool row = true;

    if (!keel_sqlite_pragma(loader->db, "foreign_key_list", table->name, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        key_row key = {.id = cells[0].integer,
                       .parent = keel_schema_text(loader, &cells[2]),
                       .from = keel_schema_text(loader, &cells[3]),
                       .to = keel_schema_text(loader, &cells[4]),
                       .on_update = keel_schema_text(loader, &cells[5]),
                       .on_delete = keel_schema_text(loader, &cells[6])};
        keel_arena_push(loader->arena, keys, key);
    }
    return !row;
}

static size_t width(const key_rows *keys, size_t first)
{
    size_t size = 1;

    while (first + size < keys->count && keys->items[first + size].id == keys->items[first].id)
        size++;
    return size;
}

static void
add_key(keel_schema_loader *loader, keel_sqlite_table *table, const key_row *rows, size_t count)
{
    keel_sqlite_foreign_key key = {.parent = rows[0].parent,
                                   .count = count,
                                   .on_delete = rows[0].on_delete,
                                   .on_update = rows[0].on_update};
    const char **parents = keel_arena_alloc(loader->arena, count * sizeof *parents);

    key.columns = keel_arena_alloc(loader->arena, count * sizeof *key.columns);
    key.parent_columns = parents;
    for (size_t i = 0; i < count; i++) {
        key.columns[i] = rows[i].from;
        parents[i] = rows[i].to;
        if (rows[i].to == NULL)
            key.parent_columns = NULL; /* the parent's primary key */
    }
    keel_arena_push(loader->arena, &table->foreign_keys, key);
}

bool keel_schema_load_foreign_keys(keel_schema_loader *loader, keel_sqlite_table *table)
{
    key_rows keys = {0};
    size_t count = 0;

    if (!read_pragma(loader, table, &keys))
        return false;
    for (size_t at = 0; at < keys.count; at += width(&keys, at))
        count++;
    if (count == table->foreign_keys.count)
        return true;
    keel_schema_problem(loader, table,
                        "the foreign keys of the CREATE statement are not those of the table");
    table->foreign_keys.count = 0;
    for (size_t at = 0; at < keys.count; at += width(&keys, at))
        add_key(loader, table, &keys.items[at], width(&keys, at));
    return true;
}

static const char **
primary_key(keel_schema_loader *loader, const keel_sqlite_table *parent, size_t count)
{
    const char **names = keel_arena_alloc(loader->arena, count * sizeof *names);
    size_t found = 0;

    for (size_t i = 0; i < parent->columns.count; i++) {
        const keel_sqlite_column *column = &parent->columns.items[i];
        if (column->primary_key == 0)
            continue;
        if ((size_t)column->primary_key > count)
            return NULL;
        names[column->primary_key - 1] = column->name;
        found++;
    }
    return found == count ? names : NULL;
}

static void link_key(keel_schema_loader *loader, keel_sqlite_foreign_key *key)
{
    const keel_sqlite_table *parent = keel_sqlite_find_table(loader->schema, key->parent);

    if (parent == NULL)
        return;
    key->parent = parent->name;
    if (key->parent_columns == NULL) {
        key->parent_columns = primary_key(loader, parent, key->count);
        return;
    }
    for (size_t i = 0; i < key->count; i++) {
        const keel_sqlite_column *column = keel_sqlite_find_column(parent, key->parent_columns[i]);
        if (column != NULL)
            key->parent_columns[i] = column->name;
    }
}

void keel_schema_link_parents(keel_schema_loader *loader)
{
    for (size_t i = 0; i < loader->schema->tables.count; i++) {
        keel_sqlite_table *table = &loader->schema->tables.items[i];
        for (size_t key = 0; key < table->foreign_keys.count; key++)
            link_key(loader, &table->foreign_keys.items[key]);
    }
}
