/* CREATE TABLE and CREATE INDEX as sqlite_schema holds them, read into the schema model: everything
 * that the text says and nothing that only the file knows (names of automatic indexes, parents'
 * keys, counters). An expression that cannot be read keeps its text and has no tree; any other
 * surprise is an error with its place. */
#ifndef KEEL_SQLITE_DDL_H
#define KEEL_SQLITE_DDL_H

#include "sqlite/schema.h"

/* Fills name, columns, checks, foreign_keys, indexes (origin p and u, without a name),
 * conflict_clauses, rowid_alias, autoincrement, without_rowid, strict, primary_key_name. *table is
 * left half filled on failure. */
bool keel_ddl_parse_table(keel_arena *arena,
                          const char *sql,
                          keel_sqlite_table *table,
                          keel_error *err);

/* Fills name, unique, parts, where, origin c. */
bool keel_ddl_parse_index(keel_arena *arena,
                          const char *sql,
                          keel_sqlite_index *index,
                          keel_error *err);

/* Fills type, type_word, type_args and affinity from a declared type; "" is none. */
void keel_ddl_set_type(keel_arena *arena,
                       keel_sqlite_column *column,
                       const char *type,
                       bool strict);

/* The name of a collation, SQLite's own three in capitals. */
const char *keel_ddl_collation(const char *name);

/* Parses a column's default_sql into default_expr: a bare word is a text, as SQLite reads it. */
const keel_expr *keel_ddl_parse_default(keel_arena *arena, const char *sql);

#endif
