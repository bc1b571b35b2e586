/* pgkeel check: chooses the checks, opens the snapshot, shares the work among the jobs, and fills the report: a
 * line per check with its outcome, and the findings. Reads only. Everything it starts on the server is cancelled
 * when it stops early. */
#ifndef KEEL_VERIFY_ENGINE_H
#define KEEL_VERIFY_ENGINE_H

#include <signal.h>

#include "report/progress.h"
#include "verify/check.h"
#include "verify/suite.h"

typedef enum keel_check_snapshot { KEEL_SNAPSHOT_ONE, KEEL_SNAPSHOT_TABLE } keel_check_snapshot;

typedef struct keel_check_options {
    const char *conninfo;
    const keel_suite *suite;          /* or NULL */
    struct keel_baseline_job *baseline; /* to save or to compare with (verify/baseline.h), or NULL */
    bool groups[KEEL_GROUP_COUNT];    /* none true = all */
    const char *const *only, *const *skip; /* ids, NULL-terminated, or NULL; "business" and "business.*" name a group */
    const char *const *tables;        /* NAME or SCHEMA.NAME, NULL-terminated; NULL = all */
    bool quick, strict;               /* strict: a check with WARNING findings has failed */
    int jobs;                         /* 1..64 */
    keel_check_snapshot snapshot;
    keel_usec statement_timeout;      /* per statement; 0 = none */
    keel_usec budget;                 /* quick: no reading of rows is begun after this; 0 = two minutes */
    keel_usec snapshot_age;           /* a snapshot older than this is warned of; 0 = ten minutes */
    const volatile sig_atomic_t *cancel; /* or NULL */
} keel_check_options;

/* What the run itself may find, beside the checks. */
typedef struct keel_check_notice {
    const char *id;
    keel_severity severity;
    const char *help;
} keel_check_notice;
extern const keel_check_notice keel_check_notices[]; /* ends with a row whose id is NULL */

/* What was found is in the report. False only if it could not be checked: no connection, an unknown id or table, no
 * check left to run, every check skipped. *ret_database lives in the arena. */
bool keel_check_database_run(keel_arena *arena, const keel_check_options *options, keel_report *report,
                             keel_progress *progress, const keel_check_database **ret_database, keel_error *err);

#endif
