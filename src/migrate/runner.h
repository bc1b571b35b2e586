/* What runs steps shares: the session, what the user asked for, what has been done so far. */
#ifndef KEEL_MIGRATE_RUNNER_H
#define KEEL_MIGRATE_RUNNER_H

#include "migrate/migrate.h"
#include "migrate/session.h"
#include "migrate/work.h"

typedef struct keel_runner {
    keel_arena *arena;
    const keel_migrate_options *options;
    keel_session session;
    keel_report *report;
    keel_migrate_result *result;
    const char *space;   /* "" or the schema that this run is about */
    unsigned random;     /* of the jitter */
} keel_runner;

/* The folder of these options: as given, or read now. */
bool keel_migrate_folder(keel_arena *arena, const keel_migrate_options *options, const keel_migration_folder **ret_folder,
                         keel_error *err);

/* One step on its way up or down, and what of the migration's own row goes with it. */
typedef struct keel_step_run {
    const keel_new_migration *migration; /* up, first step: its row; else NULL */
    const char *version, *file;
    char direction;
    const keel_step *step;
    int number;      /* the journal's */
    bool first, last; /* of its side */
    bool resumed;    /* this connection has not run the steps before it */
    const keel_done_step *begun; /* a "running" row that an earlier runner left, or NULL */
    bool whole;      /* its migration is this step alone, and nobody has begun it before */
    /* filled while it runs */
    const char *relations; /* see keel_run_name_relations */
    const char *relation;  /* the only one of them; NULL: there is none */
    int retries;
    keel_usec lock_wait;
    keel_usec duration;
    int64_t wal_bytes, size_change; /* or KEEL_NOT_MEASURED */
} keel_step_run;

/* Runs it and journals it. On failure the error names FILE:LINE, and everything of the step but a journalled intent is
 * rolled back. */
bool keel_run_step(keel_runner *runner, keel_step_run *run, keel_error *err);

/* The schema as this run leaves it, for `migrate verify`; only if it has run a step. err NULL: best effort, true. */
bool keel_run_keep_schema(keel_runner *runner, keel_error *err);

/* The inside of keel_run_step: run_transaction.c, run_outside.c; what both need is in run_rows.c, run_wait.c, run_fail.c. */
bool keel_run_transaction(keel_runner *runner, keel_step_run *run, keel_error *err);
bool keel_run_outside(keel_runner *runner, keel_step_run *run, keel_error *err);
/* The journal's part of a step's end: step row, and the migration's row as first and last demand. */
void keel_run_add_rows(const keel_runner *runner, const keel_step_run *run, keel_str *out);
/* Sets run->relations, whose growth belongs to the step, as SQL of type text[]; NULL if its footprint cannot be taken.
 * Several of them end run->whole. */
void keel_run_name_relations(const keel_runner *runner, keel_step_run *run);
/* From what the journal's last statement has returned; NULL and other rows: not measured. */
void keel_run_take_footprint(keel_step_run *run, const keel_pg_result *rows);
/* The step, or a SET of its file before it, takes on another role. */
bool keel_run_takes_role(const keel_step *step);
/* Rows are written by who has connected, whatever role the file has taken on: for the rest of the transaction. */
void keel_run_add_own_role(const keel_step_run *run, keel_str *out);
keel_new_step keel_run_row(const keel_runner *runner, const keel_step_run *run);
/* A lock that was not granted in time, or a deadlock. */
bool keel_run_may_pass(const keel_error *err);
/* Waits behind a failure that may pass. False when it is not of that kind, or the
 * attempts are used up, which the error then says. `blockers` is told. */
bool keel_run_again(keel_runner *runner, keel_step_run *run, int attempt, keel_usec spent, const char *blockers,
                    keel_error *err);
/* FILE:LINE before the server's message, the caret shown, and a finding "migrate.failed". `position` counts characters of
 * the statement from 1; 0 = not known. */
bool keel_run_fail(keel_runner *runner, const keel_step_run *run, const keel_step_statement *statement,
                   int64_t position, keel_error *err);
keel_usec keel_run_lock_timeout(const keel_runner *runner, const keel_step *step);
keel_usec keel_run_statement_timeout(const keel_runner *runner, const keel_step *step);
/* The idle callback's context and the callback: notes what is waited for, and stops on request. */
typedef struct keel_run_watch {
    keel_runner *runner;
    const keel_step_run *run;
    keel_str blockers; /* who blocked last */
    keel_usec began, said;
} keel_run_watch;
bool keel_run_idle(void *context);

#endif
