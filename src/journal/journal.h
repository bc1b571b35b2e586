/* The journal: what pgkeel did stands in the schema "pgkeel" of the target, written in the same transaction as the
 * deed. This header is the schema itself, its versions, and runs; chunks and rejects are in chunk.h.
 *
 * Locks: a run that works holds the session advisory lock (KEEL_JOURNAL_LOCK_CLASS, run) on its main connection, so
 * a second process knows that the run is alive; the lock dies with its connection. */
#ifndef KEEL_JOURNAL_JOURNAL_H
#define KEEL_JOURNAL_JOURNAL_H

#include "base/arena.h"
#include "pg/pg.h"

enum { KEEL_JOURNAL_VERSION = 1, KEEL_JOURNAL_LOCK_CLASS = 0x6b65656c };

/* Creates the schema and the tables of transfers; safe when several start at once. A journal of a newer pgkeel is refused.
 * No right to create it: SERVER error whose hint is the administrator's SQL. */
bool keel_journal_ensure(keel_pg *pg, keel_error *err);
/* The same with the tables of migrate, and those of backfill: a database gets only those of what is done in it. */
bool keel_journal_ensure_migrate(keel_pg *pg, keel_error *err);
bool keel_journal_ensure_backfill(keel_pg *pg, keel_error *err);
/* Adds the remedy, where there is none yet, to what the server says when the journal's own SQL fails: no rights, a read-only
 * session, a schema "pgkeel" that is not, or no longer, the journal, a row that another runner wrote first. False. */
bool keel_journal_explain(keel_error *err);
bool keel_journal_exists(keel_pg *pg, bool *ret_exists, keel_error *err);
/* Has it the tables of transfers? */
bool keel_journal_has_runs(keel_pg *pg, bool *ret_has, keel_error *err);
/* Drops the schema; refuses while a run is alive. */
bool keel_journal_drop(keel_pg *pg, keel_error *err);
/* Deletes rejects, row hashes and key maps of runs that ended more than `days` ago; *ret_runs = runs touched. Such runs can no
 * longer be undone by hash, nor extended. */
bool keel_journal_prune(keel_pg *pg, int days, int64_t *ret_runs, keel_error *err);

typedef struct keel_run {
    int64_t run;
    int64_t base_run;      /* of --retry-rejects and --new-rows, else 0 */
    const char *mode;      /* "copy", "retry", "new" */
    const char *state;     /* "running", "complete", "undoing", "undone", "abandoned" */
    const char *source;    /* absolute path */
    const char *source_facts; /* JSON */
    const char *target;    /* host:port/db, no password */
    const char *mapping_file, *mapping; /* as read; "" without one */
    const char *options;   /* JSON: what else makes the plan, for "same command again" */
    const char *started_at, *finished_at; /* ISO UTC; finished NULL while running */
    int exit_code;         /* -1 while running */
    bool home;             /* this cluster, database and journal are those that the run wrote to (not a restored copy) */
} keel_run;

/* Inserts a run in state "running" (own transaction) and returns its number. */
bool keel_journal_run_create(keel_pg *pg, const keel_run *run, int64_t *ret_run, keel_error *err);
/* run 0 = the newest. *ret_run NULL if there is none (or no journal). */
bool keel_journal_run_load(keel_pg *pg, keel_arena *arena, int64_t run, keel_run **ret_run, keel_error *err);
/* Newest first. */
bool keel_journal_runs(keel_pg *pg, keel_arena *arena, keel_run **ret_runs, size_t *ret_count, keel_error *err);
/* Takes the run's lock on this connection for as long as it lives; KEEL_ERR_LOCKED names the holder. */
bool keel_journal_run_lock(keel_pg *pg, int64_t run, keel_error *err);
/* Sets state (and exit code, finish time when the state ends the run), durably: synchronous commit. */
bool keel_journal_run_finish(keel_pg *pg, int64_t run, const char *state, int exit_code, keel_error *err);

/* A table of a run: decisions that a resume must repeat, and what accounting needs. */
typedef struct keel_run_table {
    int table;                   /* keel_plan_table.number */
    const char *source, *schema, *name;
    const char *keys;            /* "keep", "remap" */
    bool created;
    bool had_rows;               /* the target had rows when the run began */
    bool by_rowid;
    int64_t source_rows;         /* -1 unknown */
    const char *key_column;      /* target key column, or NULL */
    const char *columns;         /* JSON array of {"source","target","type"} as sent */
    int64_t *slices;             /* low, high pairs */
    size_t slice_count;
    int64_t undone;              /* rows removed by undo */
    /* sums over its chunks (filled by keel_journal_run_tables) */
    int64_t read, inserted, merged, rejected;
    double seconds;
} keel_run_table;
bool keel_journal_run_table_add(keel_pg *pg, int64_t run, const keel_run_table *table, keel_error *err);
bool keel_journal_run_tables(keel_pg *pg, keel_arena *arena, int64_t run, keel_run_table **ret_tables, size_t *ret_count, keel_error *err);
bool keel_journal_run_table_counted(keel_pg *pg, int64_t run, int table, int64_t source_rows, keel_error *err);

/* Steps other than chunks (DDL, sequences, analyze), by a key that is unique within the run. */
bool keel_journal_step_done(keel_pg *pg, int64_t run, const char *step, bool *ret_done, keel_error *err);
/* To be called in the transaction of the deed (or after it, for what cannot share one). */
bool keel_journal_step_record(keel_pg *pg, int64_t run, const char *step, const char *sql, keel_error *err);

#endif
