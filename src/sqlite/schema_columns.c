/* Columns: what was parsed against PRAGMA table_xinfo. */
#include <strings.h>

#include "sqlite/schema_loader.h"

/* hidden: 1 of a virtual table, 2 and 3 generated */
enum { VISIBLE = 0, HIDDEN = 1, GENERATED_VIRTUAL = 2, GENERATED_STORED = 3 };

typedef struct pragma_columns {
    keel_sqlite_column *items;
    size_t count, capacity;
} pragma_columns;

static keel_sqlite_column
pragma_column(keel_schema_loader *loader, const keel_sqlite_table *table, const keel_cell *cells)
{
    keel_sqlite_column column = {.name = keel_schema_text(loader, &cells[1]),
                                 .collation = "BINARY"};
    const char *type = keel_schema_text(loader, &cells[2]);

    keel_ddl_set_type(loader->arena, &column, type != NULL ? type : "", table->strict);
    column.not_null = cells[3].integer != 0;
    column.default_sql = keel_schema_text(loader, &cells[4]);
    if (column.default_sql != NULL)
        column.default_expr = keel_ddl_parse_default(loader->arena, column.default_sql);
    column.primary_key = (int)cells[5].integer;
    column.hidden = cells[6].integer == HIDDEN;
    if (cells[6].integer == GENERATED_VIRTUAL)
        column.generated = KEEL_GENERATED_VIRTUAL;
    if (cells[6].integer == GENERATED_STORED)
        column.generated = KEEL_GENERATED_STORED;
    return column;
}

static bool
read_pragma(keel_schema_loader *loader, const keel_sqlite_table *table, pragma_columns *columns)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[7]; /* cid, name, type, notnull, dflt_value, pk, hidden */
    bool row = true;

    if (!keel_sqlite_pragma(loader->db, "table_xinfo", table->name, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        keel_arena_push(loader->arena, columns, pragma_column(loader, table, cells));
    }
    return !row;
}

static bool same_columns(const keel_sqlite_table *table, const pragma_columns *columns)
{
    if (table->columns.count != columns->count)
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        const keel_sqlite_column *parsed = &table->columns.items[i], *real = &columns->items[i];
        if (strcasecmp(parsed->name, real->name) != 0 || parsed->primary_key != real->primary_key ||
            parsed->generated != real->generated)
            return false;
    }
    return true;
}

/* SQLite's own word for collation and AUTOINCREMENT, where the text could not be read. */
static void
ask_metadata(keel_schema_loader *loader, keel_sqlite_table *table, keel_sqlite_column *column)
{
    const char *collation = NULL;
    int autoincrement = 0;

    int code = sqlite3_table_column_metadata(loader->db->handle, "main", table->name, column->name,
                                             NULL, &collation, NULL, NULL, &autoincrement);
    if (code != SQLITE_OK)
        return;
    if (collation != NULL)
        column->collation = keel_ddl_collation(keel_arena_strdup(loader->arena, collation));
    table->autoincrement |= autoincrement != 0;
}

static void
take_pragma(keel_schema_loader *loader, keel_sqlite_table *table, const pragma_columns *columns)
{
    table->columns.count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        keel_sqlite_column column = columns->items[i];
        ask_metadata(loader, table, &column);
        keel_arena_push(loader->arena, &table->columns, column);
    }
}

/* What the file enforces is the truth: WITHOUT ROWID and STRICT make keys NOT NULL. */
static void
correct_parsed(keel_schema_loader *loader, keel_sqlite_table *table, const pragma_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        keel_sqlite_column *parsed = &table->columns.items[i];
        parsed->name = columns->items[i].name;
        parsed->not_null = columns->items[i].not_null;
        parsed->hidden = columns->items[i].hidden;
        keel_ddl_set_type(loader->arena, parsed, parsed->type, table->strict);
    }
}

bool keel_schema_load_columns(keel_schema_loader *loader, keel_sqlite_table *table)
{
    pragma_columns columns = {0};

    if (!read_pragma(loader, table, &columns)) {
        if (!table->is_virtual)
            return false;
        keel_schema_problem(loader, table, loader->err->message); /* its module is not here */
        return true;
    }
    if (same_columns(table, &columns)) {
        correct_parsed(loader, table, &columns);
        return true;
    }
    if (!table->is_virtual)
        keel_schema_problem(loader, table,
                            "the columns of the CREATE statement are not those of the table");
    take_pragma(loader, table, &columns);
    return true;
}
