/* The plan of a transfer: what goes where and how, decided before a row moves and then only read. Made from the
 * source's declarations, the target's catalogue and the mapping; decisions that a run has journalled (key mode,
 * tables it created, slices) override what would be decided today, so that a resume continues the same plan. */
#ifndef KEEL_TRANSFER_PLAN_H
#define KEEL_TRANSFER_PLAN_H

#include "convert/encode.h"
#include "convert/rowhash.h"
#include "journal/journal.h"
#include "pg/catalog.h"
#include "report/finding.h"
#include "sqlite/schema.h"
#include "transfer/keymap.h"
#include "transfer/mapping.h"

enum { KEEL_KEY_COLUMNS = 32 }; /* as many as an index of PostgreSQL may have */

typedef enum keel_column_role {
    KEEL_ROLE_VALUE,     /* converted by rule */
    KEEL_ROLE_KEY,       /* the table's own key, newly given (remap) */
    KEEL_ROLE_REFERENCE, /* rewritten through another table's map (remap) */
} keel_column_role;

typedef struct keel_plan_table keel_plan_table;

typedef struct keel_plan_column {
    const char *source;                      /* source column name */
    const keel_sqlite_column *source_column;
    int cell;                                /* its index among the cells that are read */
    const char *target;
    const keel_pg_type *type;
    const keel_pg_column *target_column;     /* NULL while the table is to be created */
    keel_rule rule;
    keel_column_role role;
    const keel_plan_table *rewritten_by;     /* REFERENCE: whose key map */
    const char *constant;                    /* `set: value`: the field's bytes are made once by the server; else NULL */
    bool as_text;                            /* type without an encoder: sent as text into a stage, cast by the server */
    bool identity_always;
} keel_plan_column;

/* A foreign key whose parent rows must have arrived. Parent in the run: checked in the client against `keys`;
 * else by the server's own constraint. */
typedef struct keel_plan_reference {
    const char *name;
    int *columns;                 /* indexes into table->columns, -1 where the child column is not transferred */
    size_t count;
    keel_plan_table *parent;      /* NULL if the parent is not in the run */
    size_t parent_keyset;         /* index into parent->keysets */
    const keel_sqlite_foreign_key *source; /* or NULL: only the target has it */
    const keel_pg_constraint *target;      /* or NULL: to be created */
    bool cyclic;                  /* parent and child are in one cycle (self reference included) */
    bool second_pass;             /* cyclic and the target enforces it already: loaded as NULL, then set */
    bool parent_first;            /* the same, but it cannot be NULL meanwhile: the whole parent is loaded before */
} keel_plan_reference;

/* A list of columns that foreign keys point at (and the key itself): presence, and new values for the key. */
typedef struct keel_plan_keyset {
    int *cells;          /* indexes among the table's cells */
    size_t count;
    bool is_key;         /* the table's own key: the one that remap renames and the journal stores */
    keel_keymap *map;    /* made when the data phase starts */
    bool looked_up;      /* else the map reads keys for the journal, and what is loaded need not be put into it */
} keel_plan_keyset;

struct keel_plan_table {
    int number;                        /* names it in the journal: the load order when the run began */
    size_t index;                      /* in plan->tables */
    const keel_sqlite_table *source;
    const keel_map_table *mapping;     /* or NULL */
    const char *schema, *name;         /* target */
    keel_pg_table *target;             /* NULL while it is to be created; set after creation */
    bool create;                       /* this run creates (or created) it */
    bool remap;
    bool renames;                      /* its key may differ in the target: remap, or rows that merge by `match` */
    bool target_had_rows;              /* when the plan was made */
    struct { keel_plan_column *items; size_t count, capacity; } columns;   /* as sent, in COPY order */
    struct { const keel_map_set **items; size_t count, capacity; } sets;   /* target columns with a stated value */
    struct { keel_plan_reference *items; size_t count, capacity; } references;
    struct { keel_plan_keyset *items; size_t count, capacity; } keysets;
    int key_column;                    /* index into columns of the single-column target key, -1 if none */
    bool integer_key;                  /* key_column's values are int2/4/8 in the target */
    bool integer_source_key;           /* the source key is one INTEGER-affinity column */
    int *key_columns;                  /* the target's primary key as indexes into columns; complete or empty */
    size_t key_column_count;
    const keel_row_hasher *key_hasher; /* over key_columns; NULL without a key */
    int key_keyset;                    /* index into keysets of the key's own, -1 if none */
    const char *key_sequence;          /* remap: quoted sequence; NULL: default_sql makes keys (uuid) */
    const char *key_default_sql;
    int group;                         /* tables of one cycle share it */
    bool cyclic;                       /* in a cycle, or refers to itself */

    const char *select_sql;            /* every cell in order, then the position; "... WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid" or whole */
    size_t cell_count;
    size_t source_key_cells[KEEL_KEY_COLUMNS];     /* cells that name a row for people */
    size_t source_key_count;
    bool by_rowid;                     /* slices are rowid ranges; else one slice and the position is an ordinal */
    keel_sqlite_range *slices;
    size_t slice_count;
    int64_t source_rows;               /* count(*) under the filter; -1 until counted */

    bool late_references;              /* of a running transfer: see encode_inside.h */
    bool staged;                       /* needs the stage always: text columns, sets, match on a table with rows */
    bool fire_triggers;
    const char *copy_columns;          /* "a", "b" quoted */
    const keel_row_hasher *hasher;     /* over columns in order */
    const keel_sqlite_profile *profiles; /* one per source column, or NULL: not scanned */
    const keel_run_table *journalled;    /* of the run that is resumed, or NULL */
};

typedef struct keel_plan_options {
    const char *source_path;
    const char *schema;                /* --schema or NULL */
    const char *const *only;           /* --table, NULL-terminated, or NULL */
    const char *const *exclude;        /* --exclude, or NULL */
    keel_key_choice keys;
    bool no_create;
    bool skip_triggers;
    bool scan;                         /* plan: profile every table; run: only what a silent declaration needs */
} keel_plan_options;

typedef struct keel_plan {
    keel_arena *arena;
    keel_plan_options options;
    const keel_mapping *mapping;
    const keel_sqlite_schema *source;
    keel_pg_catalog *catalog;
    keel_plan_table **tables;          /* in load order, parents first */
    size_t table_count;
    const char *schema;                /* where tables are created */
    bool creates_schema;
} keel_plan;

/* Makes the plan. What forbids the transfer becomes a CRITICAL finding (all of them are reported, not just the
 * first); false only if the plan could not be made at all. `journalled`: the tables of the run that is resumed. */
bool keel_plan_make(keel_arena *arena, keel_sqlite *db, keel_pg *pg, const keel_plan_options *options,
                    const keel_mapping *mapping, const keel_run_table *journalled, size_t journalled_count,
                    keel_report *report, keel_plan **ret_plan, keel_error *err);

/* The pieces of keel_plan_make, in the order it calls them (plan_table.c, plan_reference.c, plan_select.c). */
bool keel_plan_table_make(keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_plan_table *table, keel_report *report,
                          keel_error *err);
/* Decides what the numbers of a time column are, if all of its cells leave no doubt (plan_epoch.c). */
bool keel_plan_epoch(keel_plan *plan, keel_sqlite *db, const keel_plan_table *table, keel_plan_column *column,
                     keel_report *report, keel_error *err);
void keel_plan_check_target(keel_plan *plan, keel_pg *pg, keel_plan_table *table, keel_report *report);
bool keel_plan_link(keel_plan *plan, keel_report *report, keel_error *err); /* references, key modes, load order */
bool keel_plan_select(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err);
/* New slices over all rows, for a run that looks for rows added since. */
bool keel_plan_reslice(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err);
/* plan_judge.c: what the finished plan should make its reader aware of: how the source is locked, key modes, encoding, room. */
bool keel_plan_judge(keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_report *report, keel_error *err);
/* Does a column of this type lead one to expect cells of this storage class (by name)? NULL always. */
bool keel_plan_expects(const keel_plan_column *column, const char *class);
keel_plan_table *keel_plan_find_source(const keel_plan *plan, const char *source);
/* "schema"."name" of the target, in the plan's arena. */
const char *keel_plan_relation(const keel_plan *plan, const keel_plan_table *table);
/* true if the table's key map goes from one integer to another: stored as runs. */
bool keel_plan_integer_map(const keel_plan_table *table);
int keel_plan_column_by_source(const keel_plan_table *table, const char *source); /* -1 if it is not transferred */

/* The declared type of a SQLite column in words of PostgreSQL, e.g. "bigint", "varchar(20)"; NULL where the declaration is
 * silent (no type, or a word that says nothing). */
const char *keel_type_for_declaration(keel_arena *arena, const keel_sqlite_column *column);
/* What integers between low and high seem to be in a time column (1973 to 2100). */
keel_epoch keel_unambiguous_epoch(int64_t low, int64_t high);
/* The type that the majority of cells ask for, for a silent declaration. */
const char *keel_type_for_cells(const keel_sqlite_profile *profile);

/* Statements that make the tables of the plan as the source declares them; whatever cannot be carried becomes a
 * finding in the report. Statements are in the order of execution; `after_load` ones come after the rows. */
typedef enum keel_ddl_phase {
    KEEL_DDL_TABLE,
    KEEL_DDL_INDEX,
    KEEL_DDL_FOREIGN_KEY,
    KEEL_DDL_VALIDATE,
    KEEL_DDL_ANALYZE, /* added by the run for every table, runs after its last INDEX */
} keel_ddl_phase;
typedef struct keel_ddl {
    keel_ddl_phase phase;
    keel_plan_table *table;
    const char *object;      /* "public.exploits", "index idx_x on public.t" */
    const char *sql;
    bool unique;             /* INDEX: a primary key, unique constraint or unique index */
    const char *unique_columns; /* unique: quoted list or expressions, for finding duplicates */
    const char *unique_where;   /* partial: the predicate; or NULL */
    const keel_plan_reference *reference; /* FOREIGN_KEY, VALIDATE */
} keel_ddl;
typedef struct keel_ddl_list { keel_ddl *items; size_t count, capacity; } keel_ddl_list;
bool keel_plan_ddl(keel_plan *plan, keel_report *report, keel_ddl_list *ret_list, keel_error *err);

#endif
