/* The indexes of the selected tables and of their partitions, in the detail that judging one against another takes. */
#ifndef KEEL_VERIFY_INDEXES_H
#define KEEL_VERIFY_INDEXES_H

#include "verify/wording.h"

typedef struct keel_index_key {
    int column;       /* attnum, 0 for an expression */
    const char *text; /* the column, quoted, or the expression */
    const char *kind; /* operator class with its options, and collation, as one text; "" for an INCLUDE column */
    const char *opclass;   /* its name, NULL where it is the default of the type */
    const char *collation; /* its name, NULL where it is that of the column (of an expression: the database's) */
    int order;        /* pg_index.indoption: 1 DESC, 2 NULLS FIRST */
} keel_index_key;

typedef struct keel_index_facts {
    uint32_t oid;
    const keel_pg_table *table;
    const char *schema, *name, *method;
    bool partitioned; /* has no rows of its own: the index of a partitioned table */
    bool attached;    /* part of a partitioned index: cannot be dropped alone */
    bool usable;      /* valid, ready and live */
    bool unique, primary, immediate, nulls_not_distinct;
    bool replica_identity;
    bool constraint;      /* stands behind a PRIMARY KEY, UNIQUE or EXCLUDE constraint */
    bool referenced;      /* a foreign key relies on it */
    const char *predicate; /* pg_get_expr, or NULL */
    const char *storage;   /* reloptions, or NULL */
    int64_t bytes;         /* with all partitions */
    int64_t table_bytes;   /* of the table's rows, without indexes and TOAST; 0 if it is partitioned */
    keel_index_key *keys;  /* key columns first, then INCLUDE */
    size_t key_count, column_count;
} keel_index_facts;

typedef struct keel_index_list {
    keel_index_facts *items; /* by table, then by name */
    size_t count, capacity;
} keel_index_list;

bool keel_indexes_load(keel_check_run *run, keel_index_list *ret_list, keel_error *err);
/* A constraint, a foreign key or the replica identity needs it, or it is part of another: it is not to be dropped. */
bool keel_index_is_bound(const keel_index_facts *index);

#endif
