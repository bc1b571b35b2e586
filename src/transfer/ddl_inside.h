/* The inside of keel_plan_ddl: the maker that its files hand on, the shape of a table that is to be
 * created, and names. */
#ifndef KEEL_TRANSFER_DDL_INSIDE_H
#define KEEL_TRANSFER_DDL_INSIDE_H

#include "base/map.h"
#include "transfer/ddl.h"
#include "transfer/translate.h"

enum { KEEL_NAME_SIZE = 63 }; /* bytes of a PostgreSQL identifier (NAMEDATALEN - 1) */

/* A list of column names, in the arena. */
typedef struct keel_create_names {
    const char **items;
    size_t count, capacity;
} keel_create_names;

/* A column as the created table will have it. */
typedef struct keel_create_column {
    const keel_sqlite_column *source;
    const char *target;
    const keel_pg_type *type;
    const char *generated_sql; /* NULL: an ordinary column that receives values */
    const char *generated_note;
} keel_create_column;

/* The columns of a table that is to be created, in order. */
typedef struct keel_create_shape {
    const keel_plan_table *table;
    struct {
        keel_create_column *items;
        size_t count, capacity;
    } columns;
} keel_create_shape;

/* Columns of a created table that a foreign key may point at: plain, unique, without a predicate.
 */
typedef struct keel_create_unique {
    const keel_plan_table *table;
    const char *const *columns; /* target names */
    size_t count;
} keel_create_unique;

typedef struct keel_create_maker {
    keel_plan *plan;
    keel_arena *arena;
    keel_report *report;
    keel_map *names;           /* taken names, as ddl_name.c spells them */
    keel_create_shape *shapes; /* per table of the plan; empty for those that stand already */
    keel_ddl_list list;
    struct {
        keel_create_unique *items;
        size_t count, capacity;
    } uniques;
} keel_create_maker;

/* ddl_column.c */
void keel_create_shape_make(keel_arena *arena,
                            const keel_plan_table *table,
                            keel_create_shape *shape);
const keel_create_column *keel_create_shape_column(const keel_create_shape *shape,
                                                   const char *source);
bool keel_create_is_text(const keel_pg_type *type);
/* What SQLite compares by: NULL for plain bytes and for columns that are not text, else "NOCASE",
 * "RTRIM"... */
const char *keel_create_collation(const keel_create_column *column, const char *collation);
/* Translates for a table; false with *ret_reason unless translated or implied (*ret_sql is NULL
 * then). */
bool keel_create_translate(const keel_create_maker *maker,
                           const keel_create_shape *shape,
                           keel_translate_use use,
                           const keel_expr *expr,
                           const keel_pg_type *wanted,
                           const char **ret_sql,
                           const char **ret_note);

/* ddl_name.c */
typedef enum keel_name_scope {
    KEEL_NAME_RELATION = 1,   /* unique in its schema: indexes and what rests on them */
    KEEL_NAME_CONSTRAINT = 2, /* unique in its table */
} keel_name_scope;
void keel_create_names_reserve(keel_create_maker *maker);
/* Says CRITICAL where a name of a table or of a column cannot stand in PostgreSQL. */
void keel_create_names_check(keel_create_maker *maker, const keel_create_shape *shape);
/* A name that is free in the scopes (flags), near `wanted`; INFO if `object` is given and the name
 * had to change. */
const char *keel_create_name_take(keel_create_maker *maker,
                                  const keel_plan_table *table,
                                  unsigned scopes,
                                  const char *wanted,
                                  const char *object);
/* "t_a_b_key" as PostgreSQL itself would call it, cut to size. */
const char *keel_create_name_usual(const keel_create_maker *maker,
                                   const keel_plan_table *table,
                                   const keel_create_names *columns,
                                   const char *suffix);

/* ddl_table.c, ddl_index.c, ddl_foreign_key.c: append to maker->list. */
void keel_create_make_table(keel_create_maker *maker, const keel_create_shape *shape);
void keel_create_make_indexes(keel_create_maker *maker, const keel_create_shape *shape);
void keel_create_make_foreign_keys(keel_create_maker *maker, const keel_create_shape *shape);

/* ddl_parent.c */
typedef struct keel_create_parent {
    const keel_plan_table *planned; /* a table of this plan, or NULL */
    const keel_create_shape *shape; /* created by this plan, or NULL */
    const keel_pg_table *existing;  /* stands in the target already, or NULL */
    const keel_map_table *mapping;  /* or NULL */
    const char *schema, *name;
} keel_create_parent;
typedef struct keel_create_parent_part {
    const char *name; /* in the target */
    const keel_pg_type *type;
    bool case_blind; /* SQLite compares it by NOCASE */
} keel_create_parent_part;
/* false: the target has no such table and gets none. */
bool keel_create_parent_find(const keel_create_maker *maker,
                             const char *source,
                             keel_create_parent *ret_parent);
bool keel_create_parent_column(const keel_create_parent *parent,
                               const char *source,
                               keel_create_parent_part *ret_part);
/* Are these columns of the parent (target names, any order) unique by a plain key or index? */
bool keel_create_parent_unique(const keel_create_maker *maker,
                               const keel_create_parent *parent,
                               const keel_create_names *columns);

/* ddl.c */
const keel_create_shape *keel_create_shape_of(const keel_create_maker *maker,
                                              const keel_plan_table *table);
const char *keel_create_relation(const keel_create_maker *maker, const keel_plan_table *table);
/* A copy of the text in the arena. */
const char *keel_create_keep(const keel_create_maker *maker, const keel_str *text);
/* Quotes the names, joined by ", ". */
const char *keel_create_quoted_list(const keel_create_maker *maker, const keel_create_names *names);
void keel_create_push(keel_create_maker *maker, keel_ddl ddl);
/* A finding about something declared: evidence is {"sql": ..., "reason": ...}, either may be NULL.
 */
void keel_create_say(keel_create_maker *maker,
                     keel_severity severity,
                     const char *check,
                     const char *object,
                     const char *sql,
                     const char *reason,
                     const char *message);

#endif
