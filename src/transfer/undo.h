/* Taking a run back: exactly the rows that it inserted are deleted, children first, in bounded transactions, any
 * number of times with the same end. Rows changed since the copy are kept and reported unless forced; rows born in
 * the target are never touched, not even through a cascade: a parent that such rows refer to is kept and reported.
 *
 * Findings: undo.changed, undo.referenced (WARNING), undo.not_dropped (WARNING), undo.uncertain, undo.trigger (INFO). */
#ifndef KEEL_TRANSFER_UNDO_H
#define KEEL_TRANSFER_UNDO_H

#include <signal.h>

#include "base/arena.h"
#include "base/error.h"
#include "report/finding.h"
#include "report/progress.h"

typedef struct keel_undo_options {
    const char *conninfo;
    int64_t run;             /* 0: the newest that is not undone */
    const char *const *only; /* source or target names, NULL-terminated; or NULL: every table */
    bool dry_run;            /* counts in a READ ONLY transaction; nothing is deleted */
    bool force;              /* rows changed since the copy are listed and deleted as well */
    int jobs;                /* connections that delete; 0: 2 */
    const volatile sig_atomic_t *cancel; /* or NULL */
} keel_undo_options;

typedef struct keel_undo_table {
    const char *source, *target; /* target: schema.name */
    int64_t inserted;            /* by the run, less what the run itself took out again */
    int64_t deleted;             /* by this undo; a dry run: would be deleted */
    int64_t gone;                /* deleted by somebody else before */
    int64_t kept_changed, kept_referenced;
    bool dropped;
} keel_undo_table;

typedef struct keel_undo_result {
    int64_t run;
    keel_undo_table *tables; /* in the order of the undo: children first */
    size_t table_count;
    int64_t rows;            /* deleted, all tables */
    double seconds;
    bool complete;           /* nothing of the run was kept in the tables that were asked for */
} keel_undo_result;

/* An undone run gives zeros and complete. The result lives in the arena. Errors: USAGE (no such run), LOCKED (it is at
 * work), DATA (another run builds on it), CANCELLED (what is deleted stays deleted; the same command goes on). */
bool keel_transfer_undo(keel_arena *arena, const keel_undo_options *options, keel_report *report,
                        keel_progress *progress, keel_undo_result **ret_result, keel_error *err);

#endif
