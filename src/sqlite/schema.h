/* What a SQLite file declares, completely: read from sqlite_schema's own CREATE statements (parsed by
 * sqlite/ddl.c) and checked against the table_xinfo, index_list and foreign_key_list pragmas. Everything lives
 * in the caller's arena. Names are kept exactly as written (unquoted form). */
#ifndef KEEL_SQLITE_SCHEMA_H
#define KEEL_SQLITE_SCHEMA_H

#include "sqlite/expr.h"
#include "sqlite/sqlite.h"

typedef enum keel_affinity { KEEL_AFFINITY_BLOB, KEEL_AFFINITY_TEXT, KEEL_AFFINITY_NUMERIC, KEEL_AFFINITY_INTEGER, KEEL_AFFINITY_REAL } keel_affinity;

typedef struct keel_sqlite_column {
    const char *name;
    const char *type;       /* as declared, "" if none: "VARCHAR(20)", "DECIMAL(10,2)" */
    const char *type_word;  /* upper case without arguments: "VARCHAR", "UNSIGNED BIG INT" */
    int type_args[2];       /* the numbers in parentheses, 0 if absent */
    keel_affinity affinity;
    bool not_null;
    int primary_key;        /* 1-based position in the primary key, 0 if none */
    const char *collation;  /* "BINARY", "NOCASE", "RTRIM", or an application's own */
    const char *default_sql;             /* as written, without outer parentheses of an expression; NULL if none */
    const keel_expr *default_expr;       /* parsed; NULL if none or not parseable */
    enum { KEEL_NOT_GENERATED, KEEL_GENERATED_STORED, KEEL_GENERATED_VIRTUAL } generated;
    const char *generated_sql;
    const keel_expr *generated_expr;
    bool hidden;            /* virtual table hidden column */
} keel_sqlite_column;

typedef struct keel_sqlite_check { const char *name /* or NULL */, *sql; const keel_expr *expr; /* NULL if not parseable */ } keel_sqlite_check;

typedef struct keel_sqlite_foreign_key {
    const char *name; /* or NULL */
    const char **columns;
    const char *parent;
    const char **parent_columns; /* always filled: the parent's primary key if not written; NULL if it has none */
    size_t count;
    const char *on_delete, *on_update; /* "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT" */
    bool deferrable_initially_deferred;
    const char *match; /* or NULL; SQLite ignores it */
} keel_sqlite_foreign_key;

typedef struct keel_sqlite_index_part { const char *column /* NULL for an expression */; const char *sql; const keel_expr *expr; const char *collation; bool descending; } keel_sqlite_index_part;

typedef struct keel_sqlite_index {
    const char *name;       /* sqlite_autoindex_... for constraints */
    char origin;            /* c CREATE INDEX, u UNIQUE constraint, p PRIMARY KEY */
    const char *constraint_name; /* of origin u/p, or NULL */
    bool unique;
    keel_sqlite_index_part *parts;
    size_t part_count;
    const char *where_sql;  /* partial, else NULL */
    const keel_expr *where_expr;
    const char *sql;        /* CREATE INDEX as written, NULL for u and p */
} keel_sqlite_index;

typedef struct keel_sqlite_table {
    const char *name;
    const char *sql;
    bool without_rowid, strict, is_virtual, shadow;
    const char *rowid_alias; /* the INTEGER PRIMARY KEY column, or NULL */
    const char *primary_key_name; /* CONSTRAINT name of the PRIMARY KEY, or NULL; a rowid alias has no index that could hold it */
    bool autoincrement;
    int64_t sequence; /* sqlite_sequence.seq, 0 if none */
    const char *rowid_name; /* a name of the rowid that no column hides: "rowid", "_rowid_" or "oid"; NULL if all are hidden or WITHOUT ROWID */
    struct { keel_sqlite_column *items; size_t count, capacity; } columns;
    struct { keel_sqlite_check *items; size_t count, capacity; } checks; /* table and column checks */
    struct { keel_sqlite_foreign_key *items; size_t count, capacity; } foreign_keys;
    struct { keel_sqlite_index *items; size_t count, capacity; } indexes;
    struct { const char **items; size_t count, capacity; } conflict_clauses; /* "UNIQUE ON CONFLICT REPLACE" ...: PostgreSQL has none */
    const char *parse_problem; /* what ddl.c could not read of the CREATE statement, or NULL */
} keel_sqlite_table;

typedef struct keel_sqlite_named { const char *name, *table, *sql; } keel_sqlite_named;

typedef struct keel_sqlite_schema {
    struct { keel_sqlite_table *items; size_t count, capacity; } tables; /* without sqlite_* internal ones */
    struct { keel_sqlite_named *items; size_t count, capacity; } views;
    struct { keel_sqlite_named *items; size_t count, capacity; } triggers;
} keel_sqlite_schema;

bool keel_sqlite_schema_load(keel_sqlite *db, keel_arena *arena, keel_sqlite_schema **ret_schema, keel_error *err);
keel_sqlite_table *keel_sqlite_find_table(const keel_sqlite_schema *schema, const char *name); /* ASCII case-blind, as SQLite */
keel_sqlite_column *keel_sqlite_find_column(const keel_sqlite_table *table, const char *name);

/* Counts per storage class of every column of a table, with what decides a silent declaration; one scan. */
typedef struct keel_sqlite_profile {
    int64_t rows;
    int64_t class_counts[KEEL_CELL_CLASSES];
    int64_t min_integer, max_integer;   /* INTEGER cells; valid if any */
    int64_t text_iso_times;             /* TEXT cells that look like an ISO date or time: the sum of the three below */
    int64_t max_text_chars;
    int64_t naive_times, zoned_times, iso_dates; /* without a zone, with one, a date alone */
} keel_sqlite_profile;
bool keel_sqlite_profile_table(keel_sqlite *db, const keel_sqlite_table *table, keel_sqlite_profile *ret_profiles /* one per column */, keel_error *err);

#endif
