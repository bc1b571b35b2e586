/* A suite: checks/NAME.yaml, what only the team knows about its database. Read and judged for spelling here (line
 * and column in every error); held against the database by the checks that carry KEEL_CHECK_NEEDS_SUITE. Several
 * files become one suite. Everything lives in the caller's arena and is read only. */
#ifndef KEEL_VERIFY_SUITE_H
#define KEEL_VERIFY_SUITE_H

#include "base/arena.h"
#include "base/error.h"
#include "report/finding.h"

/* Where a demand stands, for the report: "checks/app.yaml", 12. */
typedef struct keel_suite_place {
    const char *file;
    int line, column;
} keel_suite_place;

typedef struct keel_suite_names {
    const char **items;
    size_t count, capacity;
    keel_suite_place place; /* of the list */
} keel_suite_names;

typedef struct keel_suite_column {
    const char *name;
    bool absent;             /* must not exist */
    const char *type;        /* any spelling PostgreSQL knows; NULL = not demanded */
    const char *default_sql; /* NULL = not demanded, "" = must have none; of a generated column its expression */
    int not_null;            /* 1 must be, 0 must not be, -1 not demanded */
    bool serial;             /* written as serial: a sequence must feed it, as a default or as an identity */
    keel_suite_place place;
} keel_suite_column;

typedef struct keel_suite_index {
    const char *name;       /* NULL: any index of this definition will do */
    keel_suite_names keys;  /* "chain", "timestamp desc", "lower(email)"; none = by name only */
    keel_suite_names include;
    const char *where;      /* predicate; NULL = none */
    const char *method;     /* "btree" unless said */
    bool unique;
    keel_severity severity; /* WARNING unless said */
    keel_suite_place place;
} keel_suite_index;

typedef struct keel_suite_constraint {
    const char *name;  /* NULL: any of this definition */
    const char *check; /* the expression of a CHECK; NULL: by name only, or one of the others */
    keel_severity severity;
    keel_suite_place place;
} keel_suite_constraint;

typedef struct keel_suite_key { /* must be unique, by a constraint and in the rows */
    keel_suite_names columns;
    bool primary, declared; /* declared: a unique index must stand behind it; else only the rows are judged */
    keel_suite_place place;
} keel_suite_key;

typedef struct keel_suite_reference {
    keel_suite_names columns;
    const char *parent_schema, *parent_table; /* schema NULL = the child's */
    keel_suite_names parent_columns;          /* none = the primary key */
    bool declared;                            /* a foreign key must exist; else only the rows are judged */
    const char *on_delete, *on_update;        /* "cascade", "restrict", "set null", "set default", "no action"; NULL = any */
    keel_severity severity;                   /* of a missing key; orphans are ERROR */
    keel_suite_place place;
} keel_suite_reference;

typedef struct keel_suite_allowed {
    const char *column;
    keel_suite_names values;
    keel_severity severity;
    keel_suite_place place;
} keel_suite_allowed;

typedef struct keel_suite_times {
    const char *column;
    const char *floor;  /* a time PostgreSQL reads, or NULL */
    const char *future; /* an interval that values may lie ahead, or NULL = 1 day */
    bool may_be_future; /* `future: allowed` */
    keel_severity severity;
    keel_suite_place place;
} keel_suite_times;

typedef enum keel_suite_count_kind {
    KEEL_COUNT_NUMBER, KEEL_COUNT_TABLE, KEEL_COUNT_SQLITE, KEEL_COUNT_QUERY,
} keel_suite_count_kind;
typedef struct keel_suite_count {
    keel_suite_count_kind kind;
    int64_t number;           /* NUMBER */
    const char *schema, *table; /* TABLE; SQLITE: table */
    const char *path;         /* SQLITE: the file; a relative one was seen from the suite's folder */
    const char *sql;          /* QUERY: one number */
    const char *where;        /* of the counted table; NULL = all rows */
    char relation;            /* '=' equals, '>' at least, '<' at most */
    keel_severity severity;
    keel_suite_place place;
} keel_suite_count;

typedef struct keel_suite_partitions { /* range partitions by time must exist for the coming N periods */
    int64_t ahead;
    const char *period; /* "day", "week", "month", "year" */
    keel_suite_place place;
} keel_suite_partitions;

typedef struct keel_suite_audit { /* a write must leave a row in `table`: tried in a transaction that is rolled back */
    const char *sql;   /* the write; NULL = UPDATE of one row to itself */
    const char *into_schema, *into; /* the audit table */
    keel_suite_place place;
} keel_suite_audit;

typedef struct keel_suite_table {
    const char *schema, *name; /* schema NULL = the role's default schema */
    bool absent;               /* must not exist */
    keel_severity severity;    /* of the table or a column missing: CRITICAL unless said */
    struct { keel_suite_column *items; size_t count, capacity; } columns;
    struct { keel_suite_key *items; size_t count, capacity; } keys;
    struct { keel_suite_index *items; size_t count, capacity; } indexes;
    struct { keel_suite_constraint *items; size_t count, capacity; } constraints;
    struct { keel_suite_reference *items; size_t count, capacity; } references;
    struct { keel_suite_allowed *items; size_t count, capacity; } allowed;
    struct { keel_suite_times *items; size_t count, capacity; } times;
    struct { keel_suite_count *items; size_t count, capacity; } counts;
    keel_suite_names not_null; /* must hold no NULL in any row, whatever the declaration says */
    const keel_suite_partitions *partitions;
    const keel_suite_audit *audit;
    keel_suite_names triggers; /* must exist and be enabled */
    keel_suite_place place;
} keel_suite_table;

typedef struct keel_suite_rule {
    const char *id;
    const char *check;      /* "business.ID" */
    const char *title;      /* what is true when it holds */
    keel_severity severity; /* ERROR unless said */
    const char *sql;        /* must return no row */
    const char *message;    /* with {count} and {COLUMN} of the first row; NULL = from the title */
    const char *remedy;
    keel_suite_place place;
} keel_suite_rule;

typedef struct keel_suite_statement { /* of the application: must PREPARE */
    const char *name, *sql;
    keel_severity severity; /* ERROR unless said */
    keel_suite_place place;
} keel_suite_statement;

struct keel_suite {
    struct { keel_suite_table *items; size_t count, capacity; } tables;
    struct { keel_suite_rule *items; size_t count, capacity; } rules;
    struct { keel_suite_statement *items; size_t count, capacity; } statements;
    keel_suite_names roles;      /* must exist */
    keel_suite_names extensions; /* must be installed */
    keel_suite_names skip;       /* ids of checks that this team does not want, each with its reason */
    keel_suite_names skip_reasons;
};
typedef struct keel_suite keel_suite;

/* Reads the files, in order; a table, rule or statement named twice is an error. A file that demands nothing is an
 * error. Errors are KEEL_ERR_CONFIG "FILE:LINE:COLUMN: ...". */
bool keel_suite_read(keel_arena *arena, const char *const *paths, size_t count, const keel_suite **ret_suite,
                     keel_error *err);
/* The same from text; `name` is what errors call it and where relative paths are seen from. */
bool keel_suite_read_text(keel_arena *arena, const char *name, const char *text, const keel_suite **ret_suite,
                          keel_error *err);
/* The suite's table of this name, also where the suite leaves the schema out and it is the default one. */
const keel_suite_table *keel_suite_find(const keel_suite *suite, const char *schema, const char *default_schema,
                                        const char *name);

#endif
