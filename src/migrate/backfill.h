/* migrate backfill: one UPDATE of a whole table in many short transactions, along a key, in the key's order. Where it
 * stands is a row of pgkeel.backfill, written by the transaction of the batch: whatever stops it, every row that it
 * reaches is updated once, and the same call goes on behind the last batch. */
#ifndef KEEL_MIGRATE_BACKFILL_H
#define KEEL_MIGRATE_BACKFILL_H

#include <signal.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "report/progress.h"

enum { KEEL_BACKFILL_LEAST = 10, KEEL_BACKFILL_MOST = 100000 }; /* keys of a batch */

typedef struct keel_backfill_options {
    const char *conninfo;
    const char *table;      /* "orders" by the search_path, or "shop.orders" */
    const char *set;        /* "region = 'eu', note = upper(note)" */
    const char *where;      /* or NULL: every row */
    const char *key;        /* column to walk along, "a,b" for a composite key; NULL: the primary key, else another */
    int64_t batch;          /* keys of the first batch; from there on by target_time */
    keel_usec target_time;  /* how long a batch should take */
    keel_usec max_lag;      /* of a standby's replay: no batch begins above it; 0 = not looked at */
    keel_usec pause;        /* between two batches */
    keel_usec lock_timeout; /* of a row that somebody else has locked */
    int retries;            /* of a batch that does not get its locks in time; each with half the keys */
    keel_usec wait;         /* for another runner of the same backfill */
    bool again;             /* one that is finished begins anew */
    bool dry_run;           /* table, key and SQL are judged, nothing is changed */
    const volatile sig_atomic_t *cancel; /* or NULL: stops between two batches */
} keel_backfill_options;

typedef struct keel_backfill_result {
    const char *id;         /* of table, SQL and key: the same for the same command */
    const char *table, *key; /* "public.orders"; "id", "a, b"; NULL until they are known */
    const char *statement;  /* of a batch, with $1 ... for the bounds of its keys */
    double estimated_rows;  /* of the table; 0 = the server has no estimate */
    int64_t rows, batches;  /* of this call */
    int64_t total_rows, total_batches; /* of the backfill, earlier calls included */
    double seconds;         /* of this call */
    bool resumed, complete;
    bool was_complete;      /* there was nothing left to do */
    const char *since;      /* of resumed and was_complete: when it was last at work, in UTC */
} keel_backfill_result;

/* Rows whose keys are inserted behind the place that the walk has reached are not visited. *ret_result is filled on
 * failure as well, as far as it came. Errors: USAGE (no such table, column or key; a key column is set), SERVER (the SQL is
 * refused, before anything is done), LOCKED (the same backfill is at work elsewhere), CANCELLED. */
bool keel_backfill(keel_arena *arena, const keel_backfill_options *options, keel_progress *progress,
                   const keel_backfill_result **ret_result, keel_error *err);

#endif
