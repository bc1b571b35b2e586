/* What the journal knows of migrations. A migration's row is there from the start of its first step; a step's row shares
 * the transaction of its step, or, for one that no transaction takes, says "running" before and "done" after. So after
 * any crash the rows say exactly what happened, and there is no state that somebody must force.
 *
 * `space` is "" or, where one database is migrated schema by schema, the schema. */
#ifndef KEEL_JOURNAL_MIGRATION_H
#define KEEL_JOURNAL_MIGRATION_H

#include "base/arena.h"
#include "pg/pg.h"

enum { KEEL_MIGRATION_LOCK_CLASS = 0x6b65656d }; /* advisory lock (class, hash of the space) of the runner at work */

#define KEEL_NOT_MEASURED INT64_MIN

typedef struct keel_done_step {
    char direction; /* 'u', 'd' */
    int number;
    bool running;   /* begun, no transaction took it, and nothing says that it ended */
    const char *label, *raw_hash, *token_hash;
    int pid;
    const char *backend_start; /* of a running one: who began it */
    const char *started_at, *finished_at; /* ISO UTC */
    double duration_ms, lock_wait_ms;
    int retries;
    int64_t wal_bytes, size_change; /* or KEEL_NOT_MEASURED */
} keel_done_step;

typedef struct keel_done_migration {
    const char *version, *name, *file, *layout;
    bool repeatable, adopted;
    const char *state; /* "applying", "applied", "reverting" */
    int64_t position;  /* in the order of application */
    int step_count;    /* that its way up had */
    const char *up_sql, *down_sql; /* with KEEL_JOURNAL_SQL, else NULL */
    const char *raw_hash, *token_hash;
    const char *started_at, *finished_at, *applied_by;
    struct { keel_done_step *items; size_t count, capacity; } steps; /* none with KEEL_JOURNAL_BRIEF */
} keel_done_migration;

typedef struct keel_done_migrations {
    keel_done_migration *items;
    size_t count, capacity;
} keel_done_migrations;

typedef enum keel_journal_depth {
    KEEL_JOURNAL_BRIEF, /* what a folder without anything new or wrong needs: no steps, no name, layout, start and role */
    KEEL_JOURNAL_STEPS,
    KEEL_JOURNAL_SQL,   /* and the SQL of the migrations */
} keel_journal_depth;

/* All of them in the order of application; none without a journal. */
bool keel_journal_migrations(keel_pg *pg, keel_arena *arena, const char *space, keel_journal_depth depth,
                             keel_done_migrations *ret_migrations, keel_error *err);
const keel_done_migration *keel_done_find(const keel_done_migrations *migrations, const char *version);
const keel_done_step *keel_done_step_find(const keel_done_migration *migration, char direction, int number);

/* What a new row says. */
typedef struct keel_new_migration {
    const char *space, *version, *name, *file, *layout;
    bool repeatable;
    int step_count;
    const char *up_sql, *down_sql; /* down NULL: none */
    const char *raw_hash, *token_hash;
    bool complete; /* its only step is in the same transaction: applied at once */
    bool adopted;  /* applied by another tool */
} keel_new_migration;
typedef struct keel_new_step {
    const char *space, *version;
    char direction;
    int number;
    const char *label, *raw_hash, *token_hash;
    int retries;
    double lock_wait_ms;
    const char *relations; /* SQL of type text[]: what its footprint is taken of (journal/footprint.h); NULL: not taken */
} keel_new_step;

/* SQL (with literals, to be sent in one message with the step itself), appended and ending in a semicolon. What ends a
 * step returns its wal_bytes and size_change. */
void keel_journal_add_migration(keel_str *out, const keel_new_migration *migration); /* begins or begins anew */
void keel_journal_add_state(keel_str *out, const char *space, const char *version, const char *state);
/* A done step, in the transaction of the step; its start is the transaction's. */
void keel_journal_add_step(keel_str *out, const keel_new_step *step);
/* A step outside of transactions: intent before, and the end after. */
void keel_journal_add_intent(keel_str *out, const keel_new_step *step);
void keel_journal_add_done(keel_str *out, const keel_new_step *step);
void keel_journal_add_forget_step(keel_str *out, const char *space, const char *version, char direction, int number);
/* A migration that nobody has begun before and whose only step is this one, about one relation (as to_regclass reads it;
 * NULL: none) which it does not drop: both rows at once; and what comes first in its transaction, timeouts and the
 * beginning of its footprint. Both are prepared once in a session, by the third: hundreds of small migrations are worth
 * that. */
void keel_journal_add_whole(keel_str *out, const keel_new_migration *migration, const keel_new_step *step,
                            const char *relation);
void keel_journal_add_whole_begin(keel_str *out, keel_usec lock_timeout, keel_usec statement_timeout, const char *relation);
void keel_journal_add_prepare(keel_str *out);
/* The migration is undone: its rows go, the event stays. */
void keel_journal_add_forget(keel_str *out, const char *space, const char *version);
/* kind: "reverted", "adopted", "repaired", ...; reason and detail (JSON) may be NULL. */
void keel_journal_add_event(keel_str *out, const char *space, const char *version, const char *kind, const char *reason,
                            const char *detail);

#endif
