/* The map: what the user says about a comparison beyond "by name". Names are checked against the databases later. */
#ifndef KEEL_DIFF_MAP_H
#define KEEL_DIFF_MAP_H

#include "base/yaml.h"

typedef struct keel_diff_name { /* [schema.]name */
    const char *schema; /* or NULL */
    const char *name;
} keel_diff_name;

typedef struct keel_diff_names {
    const char **items;
    size_t count, capacity;
} keel_diff_names;

typedef struct keel_diff_map_column {
    const char *source;
    const char *to;  /* or NULL: same name */
    const char *sql; /* an expression on the source in its place, or NULL */
    bool skip;
    const keel_yaml *node;
} keel_diff_map_column;

typedef struct keel_diff_map_table {
    keel_diff_name source;
    keel_diff_name to; /* name NULL: the same */
    bool skip;
    const char *from;  /* a SELECT on the source in the table's place, or NULL */
    const char *where; /* a condition on both sides, or NULL */
    keel_diff_names key;
    struct { keel_diff_map_column *items; size_t count, capacity; } columns;
    const keel_yaml *node;
} keel_diff_map_table;

typedef struct keel_diff_map {
    const char *file; /* NULL without one */
    struct { keel_diff_map_table *items; size_t count, capacity; } tables;
    struct { keel_diff_name *items; size_t count, capacity; } schemas; /* schema: of the source, name: of the target */
} keel_diff_map;

/* path NULL gives the empty map. Errors are CONFIG with file, line and column. */
bool keel_diff_map_read(keel_arena *arena, const char *path, keel_diff_map **ret_map, keel_error *err);
const keel_diff_map_column *keel_diff_map_column_find(const keel_diff_map_table *table, const char *source);

/* Reads "name" or "schema.name", parts optionally in double quotes as in SQL; false if it is none of these. */
bool keel_diff_name_read(keel_arena *arena, const char *text, keel_diff_name *ret_name);
/* Adds the names of "a,b" with blanks around them removed; false if one is empty. */
bool keel_diff_names_read(keel_arena *arena, const char *text, size_t size, keel_diff_names *names);

#endif
