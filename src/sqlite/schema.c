#include "sqlite/schema.h"

#include <strings.h>

#include "sqlite/schema_loader.h"

static const char entries_sql[] =
    "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid";
static const char sequence_sql[] = "SELECT name, seq FROM main.sqlite_sequence";

const char *keel_schema_text(keel_schema_loader *loader, const keel_cell *cell)
{
    if (cell->class != KEEL_CELL_TEXT)
        return NULL;
    return keel_arena_strndup(loader->arena, (const char *)cell->bytes, cell->size);
}

void keel_schema_problem(keel_schema_loader *loader, keel_sqlite_table *table, const char *problem)
{
    if (table->parse_problem == NULL)
        table->parse_problem = keel_arena_strdup(loader->arena, problem);
}

static bool read_entries(keel_schema_loader *loader)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[4];
    bool row = true; /* a failing step leaves it */

    if (!keel_sqlite_query(loader->db, entries_sql, NULL, 0, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        keel_schema_entry entry = {
            keel_schema_text(loader, &cells[0]), keel_schema_text(loader, &cells[1]),
            keel_schema_text(loader, &cells[2]), keel_schema_text(loader, &cells[3])};
        if (entry.type != NULL && entry.name != NULL)
            keel_arena_push(loader->arena, &loader->entries, entry);
    }
    return !row;
}

static bool is_internal(const char *name)
{
    return strncasecmp(name, "sqlite_", strlen("sqlite_")) == 0;
}

static void
parse_create(keel_schema_loader *loader, keel_sqlite_table *table, const keel_schema_entry *entry)
{
    keel_error problem;

    table->is_virtual = entry->sql == NULL || strncasecmp(entry->sql, "CREATE VIRTUAL", 14) == 0;
    if (!table->is_virtual && !keel_ddl_parse_table(loader->arena, entry->sql, table, &problem)) {
        *table = (keel_sqlite_table){0};
        keel_schema_problem(loader, table, problem.message);
    }
    table->name = entry->name;
    table->sql = entry->sql;
}

static void add_entry(keel_schema_loader *loader, const keel_schema_entry *entry)
{
    keel_sqlite_schema *schema = loader->schema;
    keel_sqlite_named named = {entry->name, entry->table, entry->sql};

    if (keel_streq(entry->type, "view")) {
        keel_arena_push(loader->arena, &schema->views, named);
    } else if (keel_streq(entry->type, "trigger")) {
        keel_arena_push(loader->arena, &schema->triggers, named);
    } else if (keel_streq(entry->type, "table") && !is_internal(entry->name)) {
        keel_sqlite_table table = {0};
        parse_create(loader, &table, entry);
        keel_arena_push(loader->arena, &schema->tables, table);
    }
}

/* Kinds and options as the file knows them: virtual, shadow, WITHOUT ROWID, STRICT. */
static bool read_table_list(keel_schema_loader *loader)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[6]; /* schema, name, type, ncol, wr, strict */
    bool row = true;

    if (!keel_sqlite_query(loader->db, "PRAGMA main.table_list", NULL, 0, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        const char *type = keel_schema_text(loader, &cells[2]);
        const char *name = keel_schema_text(loader, &cells[1]);
        keel_sqlite_table *table =
            name != NULL ? keel_sqlite_find_table(loader->schema, name) : NULL;
        if (table == NULL)
            continue;
        table->is_virtual = keel_streq(type, "virtual");
        table->shadow = keel_streq(type, "shadow");
        table->without_rowid = cells[4].integer != 0;
        table->strict = cells[5].integer != 0;
    }
    return !row;
}

static void name_rowid(keel_sqlite_table *table)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++) {
        if (table->rowid_name == NULL && keel_sqlite_find_column(table, names[i]) == NULL)
            table->rowid_name = names[i];
    }
    if (table->without_rowid)
        table->rowid_name = NULL;
}

static bool load_table(keel_schema_loader *loader, keel_sqlite_table *table)
{
    if (!keel_schema_load_columns(loader, table))
        return false;
    if (table->is_virtual)
        return true;
    if (!keel_schema_load_indexes(loader, table) || !keel_schema_load_foreign_keys(loader, table))
        return false;
    name_rowid(table);
    return true;
}

static bool has_sequences(const keel_schema_loader *loader)
{
    for (size_t i = 0; i < loader->entries.count; i++)
        if (keel_streq(loader->entries.items[i].name, "sqlite_sequence"))
            return true;
    return false;
}

static bool read_sequences(keel_schema_loader *loader)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[2];
    bool row = true;

    if (!has_sequences(loader))
        return true;
    if (!keel_sqlite_query(loader->db, sequence_sql, NULL, 0, &rows, loader->err))
        return false;
    while (keel_sqlite_next(rows, &row, loader->err) && row) {
        keel_sqlite_cells(rows, cells);
        const char *name = keel_schema_text(loader, &cells[0]);
        keel_sqlite_table *table =
            name != NULL ? keel_sqlite_find_table(loader->schema, name) : NULL;
        if (table != NULL && cells[1].class == KEEL_CELL_INTEGER)
            table->sequence = cells[1].integer;
    }
    return !row;
}

static bool load(keel_schema_loader *loader)
{
    if (!read_entries(loader))
        return false;
    for (size_t i = 0; i < loader->entries.count; i++)
        add_entry(loader, &loader->entries.items[i]);
    if (!read_table_list(loader))
        return false;
    for (size_t i = 0; i < loader->schema->tables.count; i++) {
        keel_sqlite_table *table = &loader->schema->tables.items[i];
        if (!load_table(loader, table))
            return keel_fail_context(loader->err, "table \"%s\"", table->name);
    }
    keel_schema_link_parents(loader);
    return read_sequences(loader);
}

bool keel_sqlite_schema_load(keel_sqlite *db,
                             keel_arena *arena,
                             keel_sqlite_schema **ret_schema,
                             keel_error *err)
{
    keel_schema_loader loader = {.db = db, .arena = arena, .err = err};
    bool begun = db->in_transaction;

    loader.schema = keel_arena_alloc(arena, sizeof *loader.schema);
    if (!begun && !keel_sqlite_begin_together(&db, 1, err))
        return false;
    bool loaded = load(&loader);
    if (!begun)
        keel_sqlite_end(db);
    if (loaded)
        *ret_schema = loader.schema;
    return loaded;
}

keel_sqlite_table *keel_sqlite_find_table(const keel_sqlite_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->tables.count; i++)
        if (strcasecmp(schema->tables.items[i].name, name) == 0)
            return &schema->tables.items[i];
    return NULL;
}

keel_sqlite_column *keel_sqlite_find_column(const keel_sqlite_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcasecmp(table->columns.items[i].name, name) == 0)
            return &table->columns.items[i];
    return NULL;
}
