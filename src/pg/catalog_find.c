/* Finding things in a catalogue that has been read, or is being read. */
#include "pg/catalog_internal.h"

keel_pg_table *keel_pg_catalog_find(const keel_pg_catalog *catalog, const char *schema, const char *name)
{
    size_t low = 0;
    size_t high = catalog->tables.count;

    schema = schema != NULL ? schema : catalog->default_schema;
    while (schema != NULL && low < high) {
        size_t middle = low + (high - low) / 2;
        keel_pg_table *table = catalog->tables.items[middle];
        int order = strcmp(schema, table->schema);
        if (order == 0)
            order = strcmp(name, table->name);
        if (order == 0)
            return table;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

keel_pg_table *keel_pg_catalog_find_oid(const keel_pg_catalog *catalog, uint32_t oid)
{
    size_t low = 0;
    size_t high = catalog->tables.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        keel_pg_table *table = catalog->by_oid[middle];
        if (oid == table->oid)
            return table;
        if (oid < table->oid)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const keel_pg_column *keel_pg_table_column(const keel_pg_table *table, const char *name)
{
    for (size_t at = 0; at < table->columns.count; at++)
        if (strcmp(table->columns.items[at].name, name) == 0)
            return &table->columns.items[at];
    return NULL;
}

const keel_pg_column *keel_pg_table_column_number(const keel_pg_table *table, int attnum)
{
    for (size_t at = 0; at < table->columns.count; at++)
        if (table->columns.items[at].number == attnum)
            return &table->columns.items[at];
    return NULL;
}

const keel_pg_constraint *keel_pg_table_primary_key(const keel_pg_table *table)
{
    for (size_t at = 0; at < table->constraints.count; at++)
        if (table->constraints.items[at].type == 'p')
            return &table->constraints.items[at];
    return NULL;
}

keel_pg_table *keel_catalog_table_at(const keel_catalog_reader *reader, const keel_pg_result *rows, int row,
                                     int column)
{
    return keel_pg_catalog_find_oid(reader->catalog, keel_catalog_oid_at(rows, row, column));
}

char *keel_catalog_text_at(const keel_catalog_reader *reader, const keel_pg_result *rows, int row, int column)
{
    return keel_arena_strdup(reader->arena, keel_pg_text(rows, row, column));
}

char keel_catalog_char_at(const keel_pg_result *rows, int row, int column)
{
    const char *text = keel_pg_text(rows, row, column);

    return text != NULL ? text[0] : '\0';
}

uint32_t keel_catalog_oid_at(const keel_pg_result *rows, int row, int column)
{
    return (uint32_t)keel_pg_int(rows, row, column);
}
