/* transfer verify: every row of both sides is read again and compared value by value, on a road of
 * its own: what the server returns is decoded and held against the source's cells; the encoders
 * that wrote the rows have no say (they help to pair rows that have no integer key, where an error
 * of theirs shows as a missing row). Both sides are read in one consistent snapshot each; nothing
 * is written on either.
 *
 * With a journal, a row that differs but was changed in the target since the copy is INFO; one that
 * stands as the run wrote it is an ERROR. Without one (by mapping), whatever differs is an ERROR.
 */
#ifndef KEEL_TRANSFER_VERIFY_H
#define KEEL_TRANSFER_VERIFY_H

#include <signal.h>

#include "report/finding.h"
#include "report/progress.h"

#include "base/error.h"

enum { KEEL_VERIFY_LIMIT = 20 };

typedef struct keel_verify_options {
    const char *conninfo;
    const char *source_path; /* NULL: as the journal remembers it */
    int64_t run; /* 0 = the newest; a run that builds on others is verified together with them */
    const char *mapping_file; /* by_mapping: the mapping, NULL = by name */
    bool by_mapping;          /* compare source and target without a journal */
    const char *schema;       /* by_mapping: where tables without `to:` are */
    const char *const *only;  /* source tables, NULL-terminated; NULL = all */
    int jobs;
    int64_t limit; /* differences shown as findings, per severity; 0 = KEEL_VERIFY_LIMIT. All are
                      counted */
    const volatile sig_atomic_t *cancel; /* or NULL */
} keel_verify_options;

typedef struct keel_verify_table {
    const char *source, *target;
    const char *key;     /* source columns by which rows are named, "a, b"; NULL without a key */
    int64_t source_rows; /* as read now */
    int64_t compared;    /* pairs of rows */
    int64_t different;   /* values that differ (not in rows changed since) */
    int64_t different_rows; /* rows that they stand in */
    int64_t missing;     /* source rows without a row in the target */
    int64_t extra;       /* target rows (of the run; by_mapping: any) without a row in the source */
    int64_t changed_since; /* rows changed in the target since the copy */
    int64_t rejected;      /* source rows that the run rejected */
    int64_t merged;        /* source rows that stand for rows that were there before */
    double seconds;
} keel_verify_table;

typedef struct keel_verify_result {
    int64_t run; /* 0 without a journal */
    keel_verify_table *tables;
    size_t table_count;
    int64_t rows;        /* compared */
    int64_t differences; /* different + missing + extra of all tables */
} keel_verify_result;

/* What was found is in the report; false only if it could not be verified at all (nothing to verify
 * included). The result lives in the arena. */
bool keel_transfer_verify(keel_arena *arena,
                          const keel_verify_options *options,
                          keel_report *report,
                          keel_progress *progress,
                          keel_verify_result **ret_result,
                          keel_error *err);

#endif
