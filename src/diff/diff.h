/* diff: two databases compared row by row, each as of one moment, without writing on either.
 *
 * A table is read once on both sides, in heap order, and a 64-bit hash of each row goes into sums that do not depend
 * on the order; only where sums differ are rows read again and compared value by value. So nothing is sorted, any
 * type and collation may be a key, and memory stays the same whatever the tables hold (docs/decisions/0011). */
#ifndef KEEL_DIFF_DIFF_H
#define KEEL_DIFF_DIFF_H

#include <signal.h>

#include "base/error.h"
#include "report/finding.h"
#include "report/progress.h"

enum { KEEL_DIFF_LIMIT = 20 };

typedef struct keel_diff_options {
    const char *source, *target;  /* conninfo */
    const char *map_file;         /* or NULL: tables and columns by name */
    const char *const *tables;    /* NAME or SCHEMA.NAME of the source, NULL-terminated; NULL or empty = all */
    const char *const *ignored;   /* columns left out, NAME or TABLE.NAME, NULL-terminated; or NULL */
    const char *keys;             /* "TABLE=a,b;TABLE=c", or NULL: primary keys */
    bool quick;                   /* sums of the servers' own hashes, where both are of one major version */
    int jobs;                     /* workers, each with a connection to either side; 0 = 2 */
    int64_t limit;                /* differences shown as findings; 0 = KEEL_DIFF_LIMIT. All are counted */
    const volatile sig_atomic_t *cancel; /* or NULL */
    /* 0 = as they are best; tests want small ones */
    int64_t at_once_bytes; /* a table up to this size on disk is compared in one go; -1 = none */
    int64_t stream_pages;  /* of a table that one COPY reads */
    int64_t bag_bytes;     /* of rows that a worker holds in memory */
} keel_diff_options;

typedef struct keel_diff_table {
    const char *source, *target; /* "public.orders" */
    const char *key;             /* "id" or "a, b"; NULL: whole rows are counted, as the table has no key */
    const char *method;          /* "ranges", "hashes", "rows" or "at once"; with quick "server hashes" */
    bool compared;               /* false: it could not be, and a finding says why */
    int64_t rows_source, rows_target;
    int64_t missing;   /* rows of the source that the target does not have */
    int64_t extra;     /* rows of the target that the source does not have */
    int64_t different; /* pairs of rows with the same key and another value somewhere */
    int64_t values;    /* values that differ in them */
    double seconds;
} keel_diff_table;

typedef struct keel_diff_result {
    keel_diff_table *tables;
    size_t table_count;
    int64_t rows;        /* of both sides */
    int64_t differences; /* missing + extra + different of all tables */
    bool quick;          /* the servers' hashes were used */
    bool one_snapshot;   /* both sides are one database, seen at one moment */
    const char *source_name, *target_name; /* for people, without passwords */
} keel_diff_result;

/* What was found is in the report, with a line per table; false only if it could not be compared at all: no
 * connection, a wrong map, an unknown table, or no table left that stands on both sides. The result lives in the
 * arena. Stopped on request, nothing of it keeps running on the servers. */
bool keel_diff(keel_arena *arena,
               const keel_diff_options *options,
               keel_report *report,
               keel_progress *progress,
               keel_diff_result **ret_result,
               keel_error *err);

/* What a comparison by other means (a SQLite file) says in the same words: a line per table of the result, and a table
 * that stands on one side only. */
void keel_diff_say_tables(keel_report *report, const keel_diff_result *result);
void keel_diff_say_table(keel_report *report, const char *name, bool in_target);

#endif
