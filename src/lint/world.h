/* What lint knows of the database at the point where a statement would run: the live catalogue, or nothing, and on top of
 * it what the statements before have done. Names are as PostgreSQL stores them (folded); schema NULL in a question means:
 * by search_path, which is the live role's, or any. */
#ifndef KEEL_LINT_WORLD_H
#define KEEL_LINT_WORLD_H

#include "base/arena.h"
#include "base/error.h"
#include "pg/pg.h"
#include "sql/classify.h"

typedef struct keel_world_column {
    const char *name;
    const char *type;   /* as format_type says it: "character varying(20)"; in text mode what the statement says */
    bool not_null, has_default, generated, identity;
    bool dropped;
    int since;          /* transaction of the run that added it; 0 = before the run */
} keel_world_column;

typedef struct keel_world_constraint {
    const char *name;
    char type;             /* p u f c x */
    const char *check;     /* c: normalised tokens of its expression */
    const char *not_null_column; /* c: it says no more than COLUMN IS NOT NULL */
    const char **columns;  /* p u f: names */
    size_t column_count;
    const char *parent_schema, *parent_table; /* f */
    bool validated;
    int since;             /* transaction of the run that added it; 0 = before */
    int validated_since;
} keel_world_constraint;

typedef struct keel_world_index {
    const char *name, *method;
    const char **columns; /* plain key columns; NULL items for expressions */
    size_t column_count;
    bool unique, primary, valid, partial, of_constraint;
    bool plain;           /* btree on columns alone: no order, collation, operator class, INCLUDE or WHERE of its own */
    int64_t scans;        /* live: idx_scan, -1 not known */
    int since;
} keel_world_index;

typedef struct keel_world_table {
    const char *schema, *name;
    char kind;           /* r table, p partitioned, v view, m materialised view, f foreign, 0 not known */
    bool known;          /* from the live catalogue or made by the run: columns and the rest are complete */
    int since;           /* transaction of the run that made it; 0 = before the run */
    double rows;         /* -1 not known */
    int64_t bytes;       /* -1 not known */
    double writes;       /* live: rows written per second since the statistics began; -1 not known */
    bool partition;
    const char *parent;  /* of a partition: "schema.name" */
    const char *default_partition; /* of a partitioned table: "schema.name", or NULL */
    bool replicated;     /* in a publication */
    bool unlogged;
    struct { keel_world_column *items; size_t count, capacity; } columns;
    struct { keel_world_constraint *items; size_t count, capacity; } constraints;
    struct { keel_world_index *items; size_t count, capacity; } indexes;
    struct { struct keel_world_table **items; size_t count, capacity; } inbound; /* tables whose foreign keys point here */
    bool dropped;
} keel_world_table;

/* Somebody else's transaction in this database, when the world was loaded. Ages of other roles' are seen by pg_monitor. */
typedef struct keel_world_lock {
    const char *schema, *name; /* of a table, index or view */
    keel_sql_lock lock;
} keel_world_lock;
typedef struct keel_world_session {
    int pid;             /* 0: a prepared transaction */
    const char *who;     /* for people: who, in which role, what it does */
    const char *name;    /* application_name, or the prepared transaction's */
    double seconds;      /* since its transaction began */
    bool snapshot;       /* keeps one: CREATE INDEX CONCURRENTLY waits for its end */
    bool vacuum;         /* autovacuum against wraparound, which does not give way */
    struct { keel_world_lock *items; size_t count, capacity; } locks; /* granted */
} keel_world_session;

/* A SELECT * of pg_stat_statements that reads this table. */
typedef struct keel_world_star {
    const char *table, *query; /* the query may be cut */
    double calls;
} keel_world_star;

typedef struct keel_world keel_world;

/* Knows nothing: text mode. */
keel_world *keel_world_empty(keel_arena *arena);
/* The live catalogue (keel_pg_catalog), sizes, statistics, partitions, publications, standbys. Reads only. */
bool keel_world_load(keel_pg *pg, keel_arena *arena, keel_world **ret_world, keel_error *err);
/* What the statement does to it; `transaction` as in keel_lint_statement. Statements it does not understand change nothing. */
void keel_world_apply(keel_world *world, const keel_sql_node *node, int transaction);

bool keel_world_live(const keel_world *world);
int keel_world_server_version(const keel_world *world); /* 0 = not live */
bool keel_world_has_standby(const keel_world *world);
keel_pg *keel_world_pg(const keel_world *world); /* for a rule that has to ask itself; NULL in text mode */

/* Others' transactions, the oldest first; NULL behind the last. */
const keel_world_session *keel_world_session_at(const keel_world *world, size_t index);
/* Does it hold a lock on this table or index that `wanted` would wait for? */
bool keel_world_session_holds(const keel_world_session *session, const char *schema, const char *name, keel_sql_lock wanted);
/* The most frequent one, or NULL: none, not live, or no pg_stat_statements there to be read. */
const keel_world_star *keel_world_star_of(const keel_world *world, const char *table);

/* NULL if there is no such table: in text mode, none that the run has made. */
const keel_world_table *keel_world_table_find(const keel_world *world, const char *schema, const char *name);
/* By a RangeVar. */
const keel_world_table *keel_world_relation(const keel_world *world, const keel_sql_node *range_var);
const keel_world_table *keel_world_index_table(const keel_world *world, const char *schema, const char *index,
                                               const keel_world_index **ret_index);
/* What a CREATE INDEX makes. */
keel_world_index keel_world_index_of(keel_arena *arena, const keel_sql_node *create);
const keel_world_column *keel_world_column_find(const keel_world_table *table, const char *name);
const keel_world_constraint *keel_world_constraint_find(const keel_world_table *table, const char *name);
/* Is there a valid CHECK that says COLUMN IS NOT NULL, validated in another transaction than this one? */
bool keel_world_proves_not_null(const keel_world_table *table, const char *column, int transaction);
/* The next partition that the live catalogue has of this table, from *at on, which is moved behind it; NULL behind the last.
 * Start with 0. */
const keel_world_table *keel_world_partition(const keel_world *world, const keel_world_table *parent, size_t *at);
/* Is it the name of a table, an index or a constraint of this schema (NULL: of any)? */
bool keel_world_name_taken(const keel_world *world, const char *schema, const char *name);
bool keel_world_index_leads(const keel_world_table *table, const char *const *columns, size_t count);
/* The values that ALTER TYPE has given to enums in this transaction: the next from *at on, NULL behind the last. Start
 * with 0. */
const char *keel_world_new_enum_value(const keel_world *world, int transaction, size_t *at);
/* Volatility of a function by name, live ('i', 's', 'v'), else by a built-in list; 0 = not known. */
char keel_world_volatility(const keel_world *world, const char *schema, const char *function);

#endif
