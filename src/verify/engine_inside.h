/* What the files of the engine share: the chosen checks, the tasks they make, the workers that do them. */
#ifndef KEEL_VERIFY_ENGINE_INSIDE_H
#define KEEL_VERIFY_ENGINE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "verify/engine.h"

/* What a task says about its check, and the sum over a check's tasks. */
typedef struct keel_check_tally {
    int64_t objects;
    char what[64];
    char skip[256];
    char remarks[512]; /* joined by commas; "..." for those that found no room */
} keel_check_tally;
void keel_tally_remark(keel_check_tally *tally, const char *remark);

/* engine_share.c; the share lives in the arena, what it holds does not. */
typedef struct keel_check_share keel_check_share;
keel_check_share *keel_check_share_create(keel_arena *arena);
void keel_check_share_free(keel_check_share *share);

/* A chosen check and what became of it. */
typedef struct keel_engine_entry {
    const keel_check *check; /* of an item: the filled copy */
    size_t item;
    keel_check_tally tally; /* all its tasks; under the engine's lock */
    keel_check_share *share; /* of its `each`, or NULL */
    size_t done;            /* tasks that came to an end */
    size_t unread;          /* tables, or itself, that it could not look at */
    size_t late;            /* tasks left out because the budget was used up */
    keel_usec spent;
    const char *refused; /* why it was not begun at all (the suite skips it); or NULL */
} keel_engine_entry;

/* No table: run. With one: each, or the pass over it, for one check or (no entry) for all that scan. */
typedef struct keel_engine_task {
    keel_engine_entry *entry;
    const keel_pg_table *table;
    bool scan;
    int64_t weight; /* bytes it may read: the heaviest is begun first */
    int attempts;
    bool fresh; /* wants a snapshot of its own: the common one no longer shows a table as it was */
} keel_engine_task;

/* A table that was named as unreadable. Not closed: some of its columns can be read. */
typedef struct keel_engine_closed {
    uint32_t oid;
    bool closed;
} keel_engine_closed;

/* A table that was held exclusively when the catalogue was read: nobody knows more of it than its name. */
typedef struct keel_engine_withheld {
    const keel_pg_table *table;
    const char *holder;
} keel_engine_withheld;

/* SQL: who holds a lock, over pg_locks l and pg_stat_activity a; and which locks keep a reader waiting. */
#define KEEL_ENGINE_HOLDER                                                                                   \
    "'process ' || l.pid || COALESCE(' (' || NULLIF(a.application_name, '') || ')', '')"                     \
    " || COALESCE(', ' || a.state, '')"                                                                      \
    " || COALESCE(', since ' || pg_catalog.to_char(a.xact_start, 'HH24:MI:SS') || ' UTC', '')"
#define KEEL_ENGINE_HELD                                                                                     \
    "l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()"    \
    " AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"

typedef struct keel_engine keel_engine;

typedef struct keel_engine_worker {
    keel_engine *engine;
    keel_pg *pg;
    pthread_t thread;
    keel_usec began; /* of the open transaction; 0 = none is open */
    int tasks;       /* begun in it */
} keel_engine_worker;

struct keel_engine {
    const keel_check_options *options;
    keel_arena *arena; /* of the thread that called; workers must not touch it */
    keel_report *found; /* what the tasks found, in the order they ended */
    keel_progress *progress;
    keel_pg *lead; /* holds the snapshot */
    const char *snapshot;
    _Atomic keel_usec snapshot_began; /* monotonic */
    const char *role;         /* current_user */
    struct { keel_engine_withheld *items; size_t count, capacity; } withheld;
    keel_check_database db;
    keel_engine_closed *reported; /* tables named as unreadable so far; under the lock */
    size_t reported_count;
    keel_usec deadline; /* quick: monotonic, else 0 */
    struct { keel_engine_entry *items; size_t count, capacity; } entries;
    struct { keel_engine_task *items; size_t count, capacity; } tasks;
    keel_engine_worker *workers;
    int jobs;

    pthread_mutex_t lock; /* of everything below, and of the entries' numbers */
    KEEL_VEC(keel_pg *) open; /* connections whose statements a wish to stop cancels */
    size_t next;
    KEEL_VEC(keel_engine_task) again; /* to be tried once more, at the end */
    keel_error err;                   /* what ended the whole run */
    atomic_bool stop;
};

/* The flag is written by a signal handler, in any thread. */
static inline bool keel_engine_cancelled(const keel_engine *e)
{
    return e->options->cancel != NULL && __atomic_load_n(e->options->cancel, __ATOMIC_RELAXED) != 0;
}

/* engine_choose.c, engine_tables.c: which checks, which tables. USAGE if a word means nothing or nothing is left. */
bool keel_engine_choose_checks(keel_engine *e, keel_error *err);
bool keel_engine_choose_tables(keel_engine *e, keel_error *err);
/* Did --table ask for it, or for everything? */
bool keel_engine_table_wanted(const keel_engine *e, const keel_pg_table *table);
/* Is any chosen check going to read rows? */
bool keel_engine_reads_rows(const keel_engine *e);
/* Says which kinds of relations hold rows that no check reads. */
bool keel_engine_find_unread(keel_engine *e, keel_error *err);

/* engine_open.c: the lead, its snapshot, the catalogue. */
bool keel_engine_open(keel_engine *e, keel_error *err);

/* engine_session.c: transactions, the workers' short ones on the lead's snapshot. */
bool keel_engine_begin_on(const keel_engine *e, keel_pg *pg, bool imports, keel_error *err);
/* A connection that is cancelled when the user wishes to stop; open until keel_engine_close. */
bool keel_engine_connect(keel_engine *e, const char *purpose, keel_pg **ret_pg, keel_error *err);
bool keel_engine_open_workers(keel_engine *e, keel_error *err);
void keel_engine_close(keel_engine *e);
bool keel_engine_begin(keel_engine_worker *w, const keel_engine_task *task, keel_error *err);
void keel_engine_end(keel_engine_worker *w); /* gives back every lock */

/* engine_tasks.c */
bool keel_engine_scans(const keel_engine_task *task, const keel_engine_entry *entry); /* has it a part in the pass? */
bool keel_engine_task_reads(const keel_engine_task *task);                            /* rows, not only the catalogue */
bool keel_engine_concerns(const keel_engine_task *task, const keel_engine_entry *entry);
void keel_engine_make_tasks(keel_engine *e);
bool keel_engine_next_task(keel_engine *e, keel_engine_task *ret_task);

/* engine_work.c: all tasks by all workers. False if the whole run failed. */
bool keel_engine_work(keel_engine *e, keel_error *err);
/* Then what checks have put aside is judged. */
void keel_engine_finish(keel_engine *e);
/* One part of a task that one check answers for. */
typedef struct keel_engine_part {
    keel_engine_entry *entry;
    keel_check_run run;
    keel_check_tally tally;
} keel_engine_part;
void keel_engine_start_part(keel_engine_worker *w, keel_engine_entry *entry, keel_arena *arena, keel_report *report,
                            keel_engine_part *ret_part);

/* engine_truth.c: false in *ret_true if the transaction has read a table that was emptied for its snapshot. */
bool keel_engine_snapshot_is_true(keel_engine_worker *w, const keel_engine_task *task, bool *ret_true, keel_error *err);

/* engine_scan.c: the pass over one table. False if the table could not be read at all. */
bool keel_engine_scan(keel_engine_worker *w, const keel_engine_task *task, keel_arena *arena, keel_report *report,
                      keel_engine_part **ret_parts, size_t *ret_count, keel_error *err);

/* engine_failure.c: why a task failed, in words; tells tables that are gone from tables that are kept from us. */
typedef enum keel_engine_cause {
    KEEL_CAUSE_OTHER,
    KEEL_CAUSE_LOCKED,
    KEEL_CAUSE_DENIED,
    KEEL_CAUSE_SLOW,
    KEEL_CAUSE_GONE,
    KEEL_CAUSE_RECOVERY,
} keel_engine_cause;
keel_engine_cause keel_engine_cause_of(const keel_error *err);
void keel_engine_report_failure(keel_engine_worker *w, const keel_engine_task *task, const keel_error *failure);
/* Before the start: names the tables that somebody holds or this role may not read, and remembers them. */
bool keel_engine_find_denied(keel_engine *e, keel_error *err);
/* Is there nothing to be had from the table, whichever check asks? While workers run: under the lock. */
bool keel_engine_is_closed(const keel_engine *e, uint32_t oid);
/* Counts the table, or the check itself, as unread for every check that has a part in the task. */
void keel_engine_count_unread(keel_engine *e, const keel_engine_task *task);

/* engine_watch.c: a thread that watches for the user's wish to stop and for the age of the snapshot. */
typedef struct keel_engine_watch {
    keel_engine *engine;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over, running, warned;
} keel_engine_watch;
bool keel_engine_watch_start(keel_engine_watch *watch, keel_engine *e, keel_error *err);
void keel_engine_watch_stop(keel_engine_watch *watch);

/* engine_outcome.c: findings in a lasting order, and a line per check. False if nothing was checked. */
bool keel_engine_conclude(keel_engine *e, keel_report *report, keel_error *err);

#endif
