/* The catalogue of a live database, read once into plain structs that live in the caller's arena: tables,
 * columns with resolved types, constraints, indexes, triggers. Reads pg_catalog only (works on 12-18). */
#ifndef KEEL_PG_CATALOG_H
#define KEEL_PG_CATALOG_H

#include "base/arena.h"
#include "pg/pg.h"

/* Families that have a binary encoder of ours; everything else is OTHER and travels as text. */
typedef enum keel_pg_kind {
    KEEL_PG_BOOL, KEEL_PG_INT2, KEEL_PG_INT4, KEEL_PG_INT8, KEEL_PG_FLOAT4, KEEL_PG_FLOAT8, KEEL_PG_NUMERIC,
    KEEL_PG_TEXT,    /* text, and name-less text-like types without a length */
    KEEL_PG_VARCHAR, KEEL_PG_CHAR, /* character varying, character: `length` in characters, 0 = unlimited */
    KEEL_PG_BYTEA, KEEL_PG_DATE, KEEL_PG_TIME, KEEL_PG_TIMESTAMP, KEEL_PG_TIMESTAMPTZ,
    KEEL_PG_UUID, KEEL_PG_JSON, KEEL_PG_JSONB, KEEL_PG_INET, KEEL_PG_CIDR,
    KEEL_PG_ENUM,    /* `labels` */
    KEEL_PG_ARRAY,   /* `element`, one dimension */
    KEEL_PG_OTHER,
} keel_pg_kind;

typedef struct keel_pg_type keel_pg_type;
struct keel_pg_type {
    uint32_t oid;            /* as declared (a domain's own oid) */
    uint32_t base_oid;       /* what travels in binary: the base type under any domains */
    const char *name;        /* format_type of the declaration: "numeric(20,2)", "public.mood" */
    keel_pg_kind kind;       /* of the base type */
    bool domain;             /* declared as a domain (its CHECKs are the server's to judge) */
    bool domain_not_null;
    int length;              /* varchar(n), char(n); 0 = unlimited */
    int precision, scale;    /* numeric(p,s); precision 0 = unlimited. scale may be negative on 15+ */
    int fraction_digits;     /* time/timestamp(p): 0..6, default 6 */
    const keel_pg_type *element; /* ARRAY */
    const char *const *labels;   /* ENUM */
    size_t label_count;
};

typedef struct keel_pg_column {
    const char *name;
    int number; /* attnum */
    const keel_pg_type *type;
    bool not_null;
    const char *default_sql; /* pg_get_expr, or NULL */
    char identity;           /* 'a' always, 'd' by default, 0 none */
    bool generated;          /* GENERATED ... STORED (or virtual, 18+): cannot be written */
    const char *sequence;    /* quoted schema.name of the sequence that feeds it (serial or identity), or NULL */
    bool default_generates;  /* default is nextval(...) or a volatile uuid function: the target makes its keys */
    const char *collation;   /* name, or NULL for the type's default */
} keel_pg_column;

typedef struct keel_pg_constraint {
    char type; /* p primary, u unique, f foreign, c check, x exclusion; n not null, of 18 and only while NOT VALID */
    const char *name;
    const char *definition; /* pg_get_constraintdef */
    const char *check_sql;  /* c: the expression (pg_get_expr of conbin) */
    bool deferrable, initially_deferred, validated;
    int *columns; /* attnums */
    size_t column_count;
    /* foreign keys */
    uint32_t parent_oid;
    const char *parent_schema, *parent_table;
    const char *const *parent_columns; /* names, pairwise with columns */
    char on_delete, on_update;         /* a no action, r restrict, c cascade, n set null, d set default */
} keel_pg_constraint;

typedef struct keel_pg_index {
    const char *name;
    const char *definition; /* pg_get_indexdef */
    bool unique, primary, valid, partial, expression, immediate;
    bool nulls_not_distinct;
    int *columns; /* attnums of the key part; 0 for an expression */
    size_t column_count;
} keel_pg_index;

typedef struct keel_pg_trigger {
    const char *name;
    const char *function;
    bool before, row, on_insert, on_update, on_delete, always; /* always: fires in replica mode too */
    bool enabled; /* fires in an ordinary session; ENABLE REPLICA gives always without enabled */
} keel_pg_trigger;

typedef struct keel_pg_table {
    uint32_t oid;
    const char *schema, *name;
    char kind;        /* r, p partitioned, f foreign, v view */
    char persistence; /* p, u unlogged */
    bool partition;   /* of a partitioned table */
    uint32_t partition_of; /* its oid; 0 if it is no partition */
    bool row_security, force_row_security;
    double estimated_rows; /* reltuples, -1 unknown */
    int64_t bytes;
    struct { keel_pg_column *items; size_t count, capacity; } columns;
    struct { keel_pg_constraint *items; size_t count, capacity; } constraints; /* its own, incl. f */
    struct { keel_pg_index *items; size_t count, capacity; } indexes;
    struct { keel_pg_trigger *items; size_t count, capacity; } triggers; /* user triggers only */
    struct { keel_pg_constraint **items; size_t count, capacity; } inbound; /* foreign keys of others that point here */
    struct { struct keel_pg_table **items; size_t count, capacity; } inbound_from; /* the tables they stand on */
} keel_pg_table;

typedef struct keel_pg_catalog {
    struct { keel_pg_table **items; size_t count, capacity; } tables; /* every ordinary/partitioned table outside system schemas and "pgkeel" */
    keel_pg_table **by_oid;     /* the same tables in the order of their oids; `tables` is by schema and name */
    const char *default_schema; /* current_schema(), or NULL */
} keel_pg_catalog;

/* Reads one snapshot in a transaction of its own, or in the caller's if one is open. Names inside definitions,
 * defaults and types are schema-qualified whatever the search_path is. */
bool keel_pg_catalog_load(keel_pg *pg, keel_arena *arena, keel_pg_catalog **ret_catalog, keel_error *err);
/* The same without the tables of these oids, an array as text: "{16384,16391}". For tables that somebody holds
 * exclusively: their definitions can only be read when he is done. */
bool keel_pg_catalog_load_except(keel_pg *pg, keel_arena *arena, const char *except, keel_pg_catalog **ret_catalog,
                                 keel_error *err);
/* schema NULL: the default schema. NULL if there is no such table. */
keel_pg_table *keel_pg_catalog_find(const keel_pg_catalog *catalog, const char *schema, const char *name);
keel_pg_table *keel_pg_catalog_find_oid(const keel_pg_catalog *catalog, uint32_t oid);
const keel_pg_column *keel_pg_table_column(const keel_pg_table *table, const char *name);
const keel_pg_column *keel_pg_table_column_number(const keel_pg_table *table, int attnum);
/* The primary key constraint, or NULL. */
const keel_pg_constraint *keel_pg_table_primary_key(const keel_pg_table *table);
/* Makes the model of a type that may not exist in any table yet, by its SQL name ("varchar(20)", "timestamptz"). */
bool keel_pg_type_by_name(keel_pg *pg, keel_arena *arena, const char *sql_name, const keel_pg_type **ret_type,
                          keel_error *err);
/* The same without the server, for the common built-in types in their short spelling ("bigint", "varchar(20)",
 * "numeric(10,2)", "timestamptz"); NULL for any other name. */
const keel_pg_type *keel_pg_type_builtin(keel_arena *arena, const char *sql_name);

#endif
