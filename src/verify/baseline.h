/* A baseline: what a database was like at one moment, in a file, so that a later look can say what has changed
 * since (before and after a deployment, a restore, a move). Per table: the number of rows, a hash of every column's
 * values, some rows by their keys, columns, constraints, indexes, triggers, size; and sequences, views, functions,
 * types, privileges. No row's contents are in it but the keys of the sampled rows.
 *
 * The hash of a column is the sum, over all rows, of a 64-bit hash of the value's text, seeded by the row's key. So
 * the order of rows does not matter, a value that moves from one row to another does, one pass over the table gives
 * all of them, and a column that has been added, or made wider, does not spoil the others. The server computes it
 * with functions that are the same in every version so far; nobody promises that, so a probe of them is saved too,
 * and where the other server's probe differs, hashes are not compared and the report says so.
 *
 * The checks of the group "baseline" read and compare (verify/checks/baseline_*.c); they have nothing to do without a
 * job. Everything lives in the arena of who made it and is read only after that. */
#ifndef KEEL_VERIFY_BASELINE_H
#define KEEL_VERIFY_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"

enum { KEEL_BASELINE_FORM = 1 }; /* of the file; one number up with every change that an older reader gets wrong */

typedef struct keel_baseline_column {
    const char *name, *type;
    const char *default_sql, *collation; /* or NULL */
    const char *made;                    /* "generated", "identity always", "identity by default"; or NULL */
    bool not_null;
    bool hashed;
    uint64_t hash;
} keel_baseline_column;

/* A constraint, an index, a trigger of a table; a view, a function, a type of the database. */
typedef struct keel_baseline_part {
    const char *kind; /* "foreign key", "unique index", "view" */
    const char *name;
    const char *definition; /* a long one as "md5 ..." */
    bool sound;             /* validated, valid, enabled */
} keel_baseline_part;

typedef struct keel_baseline_parts {
    keel_baseline_part *items;
    size_t count, capacity;
    bool known; /* false: it was not looked at */
} keel_baseline_parts;

typedef struct keel_baseline_row {
    const char **key; /* as text, one per column of the key */
    uint64_t hash;    /* of the whole row */
} keel_baseline_row;

typedef struct keel_baseline_table {
    const char *schema, *name;
    const char *root; /* of a partition: "schema.name" of the partitioned table at the top; else NULL */
    char kind, persistence;
    bool row_security;
    int64_t bytes;
    bool counted, exact; /* not exact: from the server's statistics */
    int64_t rows;
    struct { const char **items; size_t count; } key; /* the primary key's columns; none = no key */
    bool numbered;                                    /* the key is one integer */
    bool has_greatest;
    int64_t greatest; /* key, of a numbered table */
    int64_t kept;     /* not in the file: rows up to the greatest key of the baseline compared with; -1 = unknown */
    bool hashed;      /* the hashes stand in the columns or, without a key, here: */
    uint64_t row_hash;
    struct { keel_baseline_column *items; size_t count, capacity; } columns;
    keel_baseline_parts constraints, indexes, triggers;
    struct { keel_baseline_row *items; size_t count, capacity; } sample;
} keel_baseline_table;

typedef struct keel_baseline_sequence {
    const char *name;       /* schema.name */
    const char *owner;      /* "schema.table" of the column that it feeds, or NULL */
    const char *definition; /* "bigint, from 1 to 10 by 1" */
    bool readable;          /* false: this role may not see its value */
    bool used;              /* it has given a value */
    int64_t last, step;
    const char *sql_name;   /* not in the file: quoted */
} keel_baseline_sequence;

typedef struct keel_baseline {
    const char *tool_version, *saved_at, *target, *encoding;
    int server_version; /* 150018 */
    bool quick;
    bool complete; /* all tables: no --table was given */
    uint64_t probe; /* of the hash functions; see above */
    bool probed;
    int64_t bytes;           /* of the database; -1 = unknown */
    const char *fingerprint; /* of the schema, without sizes and rows; NULL = not all of it was looked at */
    struct { keel_baseline_table *items; size_t count, capacity; } tables; /* by schema and name */
    struct { keel_baseline_sequence *items; size_t count, capacity; } sequences;
    bool sequences_known;
    keel_baseline_parts objects;
} keel_baseline;

/* Reads a file of keel_baseline_write. Errors: IO; CONFIG, with the place, for what is damaged, changed by hand, of
 * another form, or no baseline at all. */
bool keel_baseline_read(keel_arena *arena, const char *path, const keel_baseline **ret_baseline, keel_error *err);
/* Writes through a temporary file beside it and a rename: there is the old file, or the new one, never half of it. */
bool keel_baseline_write(const keel_baseline *baseline, const char *path, keel_error *err);
/* Whether that could work, asked before the work. */
bool keel_baseline_writable(const char *path, keel_error *err);
const keel_baseline_table *keel_baseline_find(const keel_baseline *baseline, const char *schema, const char *name);

/* One command's work with baselines: what is read now, and what it is compared with. Thread-safe where workers use
 * it. */
typedef struct keel_baseline_job keel_baseline_job;
/* before: the baseline to compare with (borrowed), or NULL to read one for saving. */
keel_baseline_job *keel_baseline_job_create(const keel_baseline *before);
void keel_baseline_job_free(keel_baseline_job *job);
KEEL_DEFINE_CLEANUP(keel_baseline_job, keel_baseline_job_free);
const keel_baseline *keel_baseline_job_before(const keel_baseline_job *job);
/* True if tables were read for saving: then there is a result, whatever the checks found to do. */
bool keel_baseline_job_saves(const keel_baseline_job *job);
/* What was read, once the checks are through; NULL if nothing was. Lives as long as the job. */
const keel_baseline *keel_baseline_job_result(const keel_baseline_job *job);

#endif
