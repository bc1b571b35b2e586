/* What the files that load the schema share: the entries of sqlite_schema, read once, and the
 * steps. */
#ifndef KEEL_SQLITE_SCHEMA_LOADER_H
#define KEEL_SQLITE_SCHEMA_LOADER_H

#include "sqlite/connection.h"
#include "sqlite/ddl.h"

typedef struct keel_schema_entry {
    const char *type, *name, *table, *sql; /* sql is NULL for an automatic index */
} keel_schema_entry;

typedef struct keel_schema_loader {
    keel_sqlite *db;
    keel_arena *arena;
    keel_error *err;
    struct {
        keel_schema_entry *items;
        size_t count, capacity;
    } entries;
    keel_sqlite_schema *schema;
} keel_schema_loader;

/* The text of a cell, NULL if it is NULL. */
const char *keel_schema_text(keel_schema_loader *loader, const keel_cell *cell);
/* Remembers the first thing that could not be read of a table. */
void keel_schema_problem(keel_schema_loader *loader, keel_sqlite_table *table, const char *problem);

/* Checks the parsed columns against table_xinfo and takes what only the file knows; the pragma
 * wins. */
bool keel_schema_load_columns(keel_schema_loader *loader, keel_sqlite_table *table);
/* Replaces the parsed key and unique indexes by those of the file, in order of creation. */
bool keel_schema_load_indexes(keel_schema_loader *loader, keel_sqlite_table *table);
/* Checks the parsed foreign keys against foreign_key_list; reads them from there if nothing was
 * parsed. */
bool keel_schema_load_foreign_keys(keel_schema_loader *loader, keel_sqlite_table *table);
/* Gives every foreign key its parent's columns, spelled as the parent spells them. */
void keel_schema_link_parents(keel_schema_loader *loader);

#endif
