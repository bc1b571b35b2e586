/* What the files of a backfill share: one job, from the words of the command to the last batch. */
#ifndef KEEL_MIGRATE_BACKFILL_JOB_H
#define KEEL_MIGRATE_BACKFILL_JOB_H

#include "migrate/backfill.h"
#include "migrate/session.h"

enum { KEEL_BACKFILL_KEY_COLUMNS = 32 }; /* PostgreSQL's own limit */

typedef struct keel_backfill_column {
    const char *name, *type; /* type as SQL */
} keel_backfill_column;

typedef struct keel_backfill_job {
    keel_arena *arena;
    const keel_backfill_options *options;
    keel_backfill_result *result;
    keel_session session;
    const char *oid, *schema, *name; /* of the table */
    const char *qualified;           /* "schema"."name" */
    struct { keel_backfill_column *items; size_t count, capacity; } key;
    const char **last; /* the key's values where the walk stands, as text; NULL: at its start */
    unsigned random;   /* of the jitter */
} keel_backfill_job;

/* backfill_table.c: the table and the key to walk along. */
bool keel_backfill_find(keel_backfill_job *job, keel_error *err);
/* backfill_judge.c: has the server plan the SQL, so that what is wrong with it is said now; runs nothing. */
bool keel_backfill_judge(keel_backfill_job *job, keel_error *err);
/* The nearest of the table's columns, or NULL. */
const char *keel_backfill_nearest_column(keel_backfill_job *job, const char *name);

/* backfill_journal.c. Identity of the job, into the result. */
void keel_backfill_identify(keel_backfill_job *job);
/* What the journal knows: fills `last` and the totals, resumed, was_complete. Without a journal: nothing. */
bool keel_backfill_load(keel_backfill_job *job, keel_error *err);
/* Its row is there after this, and stands at the start unless it is to go on. */
bool keel_backfill_begin(keel_backfill_job *job, keel_error *err);
/* In the transaction of a batch: the walk stands at `last` now. */
bool keel_backfill_save(keel_backfill_job *job, const char *const *last, int64_t rows, keel_error *err);
bool keel_backfill_finish(keel_backfill_job *job, keel_error *err);

/* backfill_batch.c: one transaction over the next `size` keys, retried while its locks are not granted in time (with
 * *size halved each time). *ret_keys 0: there are none left. */
bool keel_backfill_batch(keel_backfill_job *job, int64_t *size, int64_t *ret_keys, int64_t *ret_rows, keel_error *err);
/* The statement of a batch; `first`: the one that has no lower bound. */
void keel_backfill_add_update(const keel_backfill_job *job, bool first, keel_str *out);

/* backfill_pace.c: half as many keys after a batch that took too long, half as many again after a quick one. */
int64_t keel_backfill_resize(int64_t size, keel_usec took, keel_usec target);
/* Returns when no standby is further behind than allowed. */
bool keel_backfill_await_standbys(keel_backfill_job *job, keel_error *err);
/* False if it was stopped in its sleep. */
bool keel_backfill_sleep(const keel_backfill_job *job, keel_usec duration);
bool keel_backfill_stopped(const keel_backfill_job *job);

#endif
