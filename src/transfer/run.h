/* `transfer plan` and `transfer run`: from a SQLite file to a PostgreSQL database, once. */
#ifndef KEEL_TRANSFER_RUN_H
#define KEEL_TRANSFER_RUN_H

#include <signal.h>

#include "report/progress.h"
#include "transfer/plan.h"

typedef struct keel_run_options {
    const char *conninfo;
    const char *source_path;
    const char *mapping_file;    /* or NULL */
    const char *schema;          /* or NULL */
    const char *const *only;     /* NULL-terminated, or NULL */
    const char *const *exclude;
    keel_key_choice keys;
    bool no_create, skip_triggers;
    int jobs;                    /* 0 = number of processors, at most 8 */
    int64_t max_rejects;         /* -1 = no bound */
    bool again;                  /* a complete run is not the end of it: copy anew */
    bool restart;                /* undo an unfinished run and begin again */
    int64_t retry_rejects;       /* > 0: load what that run rejected */
    int64_t new_rows;            /* > 0: load what that run has not seen */
    const volatile sig_atomic_t *cancel; /* or NULL */
} keel_run_options;

typedef struct keel_run_result {
    int64_t run;
    bool resumed, already_complete;
    keel_run_table *tables;      /* with the sums of their chunks */
    size_t table_count;
    int64_t rows;                /* inserted by the run in all */
    double seconds;              /* of this process's data phase */
    double rows_per_second;      /* of this process's data phase */
    double first_byte_seconds;   /* from the start of the call to the data phase */
    int exit_code;               /* 0, or 1 with rejects or ERROR findings */
} keel_run_result;

/* Scans the source and says what would happen; writes nothing anywhere. Findings go into the report. */
bool keel_transfer_plan(keel_arena *arena, const keel_run_options *options, keel_report *report, keel_plan **ret_plan,
                        keel_ddl_list *ret_ddl, keel_error *err);

/* Runs, or goes on with the run that the journal knows. false: it could not, err says why and how to go on. */
bool keel_transfer_run(keel_arena *arena, const keel_run_options *options, keel_report *report, keel_progress *progress,
                       keel_run_result **ret_result, keel_error *err);

#endif
