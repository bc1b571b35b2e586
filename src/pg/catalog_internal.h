/* What the files of the catalogue share while it is being read. */
#ifndef KEEL_PG_CATALOG_INTERNAL_H
#define KEEL_PG_CATALOG_INTERNAL_H

#include "pg/catalog.h"

/* The tables that the catalogue holds, as a condition on pg_class c and pg_namespace n. */
#define KEEL_CATALOG_TABLES                                              \
    "c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT " \
    "IN ('information_schema', 'pgkeel')"

/* The same without those that the caller asked to leave out: $1. What deparses a definition waits for whoever holds the
 * table exclusively. */
#define KEEL_CATALOG_READ_TABLES KEEL_CATALOG_TABLES " AND c.oid <> ALL ($1::pg_catalog.oid[])"

/* A row of pg_type with what a model of it needs. */
typedef struct keel_type_row {
    uint32_t oid, base, element; /* base of a domain, element of an array, else 0 */
    char type;                   /* typtype */
    int base_typmod;
    const char *base_name; /* of a domain */
    bool not_null, text_like;
    struct { const char **items; size_t count, capacity; } labels;
} keel_type_row;

typedef struct keel_type_rows {
    keel_type_row *items; /* in the order of their oids */
    size_t count, capacity;
} keel_type_rows;

typedef struct keel_catalog_reader {
    keel_pg *pg;
    keel_arena *arena;
    keel_pg_catalog *catalog;
    keel_type_rows types;
    const char *except; /* oids of tables to leave out, "{16384}" */
} keel_catalog_reader;

typedef bool keel_catalog_part(keel_catalog_reader *reader, keel_error *err);
keel_catalog_part keel_catalog_read_columns;
keel_catalog_part keel_catalog_read_sequences;
keel_catalog_part keel_catalog_read_constraints;
keel_catalog_part keel_catalog_read_indexes;
keel_catalog_part keel_catalog_read_triggers;

/* A query with KEEL_CATALOG_READ_TABLES in it. */
bool keel_catalog_query(const keel_catalog_reader *reader, keel_pg_result **ret_rows, keel_error *err, const char *sql);

/* Rows of the given type, or of all column types if oid is NULL, with everything they are made of. */
bool keel_catalog_read_types(keel_catalog_reader *reader, const char *oid, keel_error *err);
/* The model of a type; name is format_type(oid, typmod). */
const keel_pg_type *keel_catalog_type(const keel_catalog_reader *reader, uint32_t oid, int typmod, const char *name);

/* Runs `part` with an empty search_path, so that the server qualifies every name, in a read-only transaction of
 * its own or in the caller's, whose search_path is put back. */
bool keel_catalog_with_empty_path(keel_catalog_reader *reader, keel_catalog_part *part, keel_error *err);

/* The table whose oid stands in a result, or NULL if it is not in the catalogue. */
keel_pg_table *keel_catalog_table_at(const keel_catalog_reader *reader, const keel_pg_result *rows, int row,
                                     int column);
/* Text of a result, copied to the arena; NULL for SQL NULL. */
char *keel_catalog_text_at(const keel_catalog_reader *reader, const keel_pg_result *rows, int row, int column);
/* The first byte of a text, 0 if empty or NULL. */
char keel_catalog_char_at(const keel_pg_result *rows, int row, int column);
uint32_t keel_catalog_oid_at(const keel_pg_result *rows, int row, int column);

#endif
