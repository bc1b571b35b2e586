/* The inside of a running transfer: what its phases and workers share. Only src/transfer includes it; the
 * commands use transfer/run.h, verify.h and undo.h.
 *
 * The way of a row: lane.c reads it, encode_row.c turns it into a COPY tuple in the chunk's buffer, send.c sends
 * the chunk in one transaction together with its journal row, and if the server refuses, stage.c finds the guilty
 * rows or send.c splits the chunk, until only guilty rows are left over as rejects. */
#ifndef KEEL_TRANSFER_TRANSFER_H
#define KEEL_TRANSFER_TRANSFER_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "journal/chunk.h"
#include "report/progress.h"
#include "transfer/plan.h"

enum {
    KEEL_CHUNK_ROWS = 50000,
    KEEL_CHUNK_BYTES = 8 * 1024 * 1024,
    KEEL_SEND_BYTES = 128 * 1024,
};

/* One row of a chunk, encoded. */
typedef struct keel_row {
    size_t start; /* of its tuple (2-byte count first) in chunk->data */
    uint32_t size;
    int32_t merged_into; /* stage: 1 = merged, its key is in new_key */
    int64_t position;
    uint64_t hash, key_hash;
    keel_new_key new_key; /* remap or merged: the key in the target */
} keel_row;

typedef struct keel_row_key {
    keel_old_key key;
    bool none; /* a cell of it is NULL */
} keel_row_key;
typedef struct keel_row_keys {
    keel_row_key *items;
    size_t count, capacity;
} keel_row_keys;

typedef struct keel_chunk {
    keel_str data;
    struct { keel_row *items; size_t count, capacity; } rows;
    keel_row_keys *keys;          /* per keyset, parallel to rows; filled where the keyset has a map */
    keel_row_keys *rejected_keys; /* per keyset */
    struct { keel_reject *items; size_t count, capacity; } rejects; /* strings in `arena` */
    struct { const char **items; size_t count, capacity; } key_names; /* per row, of maps whose old keys are not integers */
    keel_arena *arena;            /* of this chunk */
    int64_t read, first_position, last_position;
    int64_t merged_different;     /* merged rows whose other columns differ from the target's */
    double started;
} keel_chunk;

/* What one column of a table saw; kept per worker, summed into the chunk's notes. */
typedef struct keel_column_counts {
    keel_rule_counts rule;
    int64_t classes[KEEL_CELL_CLASSES];
    int64_t orphans_nulled;
} keel_column_counts;

/* What the references of a row said about one of its columns. */
typedef struct keel_referred {
    keel_new_key key; /* the parent's new key, of a single-column reference to its key */
    bool found, make_null;
    bool late; /* looked up when the rest of the row is encoded */
} keel_referred;

typedef struct keel_lane {
    keel_plan_table *table;
    int number;     /* slice */
    int next_seq;   /* first chunk not yet committed */
    int64_t after;  /* rowids: start behind it; ordinals: rows to skip */
    bool started;   /* something of it is committed */
    bool finished;  /* read to its end */
} keel_lane;

typedef struct keel_positions { /* ascending */
    int64_t *items;
    size_t count, capacity;
} keel_positions;

typedef enum keel_selection { KEEL_SELECT_ALL, KEEL_SELECT_REJECTS, KEEL_SELECT_NEW } keel_selection;

typedef struct keel_table_state {
    keel_lane *lanes;
    size_t lane_count, next_lane, open_lanes;
    bool done;
    atomic_bool staged;          /* the server refused rows: send through the stage from now on */
    atomic_int refused_chunks;
    bool second_pass;              /* some reference of it is set after the data phase */
    int64_t rows, rows_left;       /* of the source; those without a new key yet (tables with their stock in blocks) */
    int64_t next_key, end_key;     /* the block of new keys that all workers take theirs from; under the lock */
    keel_positions base_rejects;   /* of the run that this one builds on */
    int64_t base_last_position;
} keel_table_state;

typedef struct keel_key_stock { /* new keys fetched and not yet used, ascending */
    int64_t *integers;
    unsigned char (*uuids)[16];
    size_t next, count, capacity;
} keel_key_stock;

typedef struct keel_transfer keel_transfer;

typedef struct keel_worker {
    keel_transfer *transfer;
    int number;
    keel_pg *pg;
    keel_sqlite *db;
    keel_chunk chunk;
    keel_rule **rules;             /* per table, a copy of its columns' */
    keel_column_counts **counts;   /* per table, of the current chunk */
    keel_key_stock *stock;         /* per table */
    bool *stage_made;              /* per table: the temporary stage exists on this connection */
    keel_str lines, sql;           /* scratch */
    keel_cell *cells;
    uint64_t *json_hashes;
    size_t *field_starts;
    keel_referred *referred;
    bool rechecking;               /* rows are encoded only to be compared: keys come from the map */
    int64_t ordinal;               /* position of the last row read */
    keel_error err;
    pthread_t thread;
} keel_worker;

struct keel_transfer {
    keel_plan *plan;
    keel_report *report;
    keel_progress *progress;
    const volatile sig_atomic_t *cancel;
    const char *conninfo;
    int jobs;
    int64_t max_rejects;           /* -1 = no bound */
    int64_t run, base_run;
    keel_selection selection;
    keel_pg *pg;                   /* the main connection: holds the run's lock */
    keel_cell *cells;              /* scratch of the main thread */
    keel_sqlite *db;
    keel_worker *workers;
    keel_table_state *states;      /* by index in plan->tables */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_bool stop;
    atomic_llong rejected;
    atomic_llong loaded;           /* rows inserted by this process */
};

/* true once work has to end: an error elsewhere, or the user's wish. */
bool keel_transfer_stopping(const keel_transfer *transfer);
/* Fills err with CANCELLED when that is why. */
bool keel_transfer_cancelled(const keel_transfer *transfer, keel_error *err);
double keel_seconds(void); /* monotonic */

/* chunk.c */
void keel_chunk_reset(keel_chunk *chunk, const keel_plan_table *table);
void keel_chunk_free(keel_chunk *chunk, const keel_plan *plan);
void keel_chunk_reject(keel_chunk *chunk, const keel_plan_table *table, const keel_cell *cells, int64_t position,
                       int column, keel_misfit_code code, const char *detail);
/* Takes rows out of the buffer: dead[i] speaks of row from + i. */
void keel_chunk_drop(keel_chunk *chunk, const keel_plan_table *table, size_t from, size_t count, const bool *dead);
/* The chunk's rows from..to-1 as one committed unit: keys into the maps, progress counted. */
void keel_chunk_publish(keel_worker *worker, keel_plan_table *table, size_t from, size_t to);

/* encode_row.c: appends the tuple, or records a reject. */
void keel_encode_row(keel_worker *worker, keel_plan_table *table, int64_t position);
/* encode_reference.c: may the references of its rows be looked up last? Known once there are maps. */
bool keel_encode_late_references(const keel_plan_table *table);

/* new_keys.c: does the table get its new keys in blocks, because it and its sequence are this run's own? */
bool keel_stock_in_blocks(const keel_plan_table *table);
/* Makes sure that at least `wanted` keys are in stock. */
bool keel_stock_fill(keel_worker *worker, keel_plan_table *table, size_t wanted, keel_error *err);
keel_new_key keel_stock_take(keel_worker *worker, const keel_plan_table *table);

/* send.c */
typedef struct keel_sender {
    keel_lane *lane;
    bool open;     /* BEGIN, the journal row and COPY have been sent */
    bool refused;  /* the server has already said no */
    size_t sent;   /* bytes of chunk->data */
    size_t next_try; /* size of chunk->data at which to look again whether the server takes more */
} keel_sender;
/* After each row: sends what the server takes without keeping us waiting. While it writes its log or waits for a lock
 * the rows stay in the chunk's buffer, and encoding goes on. */
bool keel_send_some(keel_worker *worker, keel_sender *sender, keel_error *err);
bool keel_send_finish(keel_worker *worker, keel_sender *sender, keel_error *err);
bool keel_send_open(keel_worker *worker, keel_lane *lane, keel_error *err);    /* up to the COPY header */
bool keel_send_nothing(keel_worker *worker, keel_lane *lane, keel_error *err); /* the end of a chunk without rows to send */

/* record.c: writes the journal's record of rows from..to-1 with the rejects that lie among them, and commits. */
bool keel_commit_unit(keel_worker *worker, keel_lane *lane, size_t from, size_t to, keel_error *err);

/* apart.c: the chunk, which the server refused as a whole, in smaller units; guilty rows become rejects. */
bool keel_send_apart(keel_worker *worker, keel_lane *lane, keel_error *err);
/* Does this failure speak of the rows (to be rejected), not of the server or the connection? */
bool keel_failure_is_data(const keel_pg_failure *failure);
keel_misfit_code keel_failure_code(const keel_pg_failure *failure);
/* Rejects a row of the chunk that the server refused: its cells are read again from the source. Column -1: the row as a
 * whole; KEEL_COLUMN_SOUGHT: the one that the server cannot read, if that is why (no transaction may be open). */
enum { KEEL_COLUMN_SOUGHT = -2 };
bool keel_reject_row(keel_worker *worker, keel_plan_table *table, size_t row, keel_misfit_code code, int column,
                     const char *detail, keel_error *err);

/* stage.c: rows from..*to-1 through a temporary table. Guilty rows that a query can name are rejected and dropped
 * from the chunk (*to shrinks); *ret_done false = rows are missing that nothing can name: split further. */
bool keel_stage_send(keel_worker *worker, keel_lane *lane, size_t from, size_t *to, bool *ret_done, keel_error *err);

/* selection.c */
bool keel_selection_wants(const keel_worker *worker, const keel_plan_table *table, int64_t position);
bool keel_positions_has(const keel_positions *positions, int64_t position);
bool keel_positions_of_rejects(keel_pg *pg, int64_t run, int table, keel_positions *ret_positions, keel_error *err);

/* lane.c */
bool keel_lane_run(keel_worker *worker, keel_lane *lane, keel_error *err);
/* keysets.c: makes the maps that foreign keys need and fills them with what the journal knows of `run` (this run's own
 * finished chunks, or the base run's); sets the lanes to go on behind them if `resume`. */
/* Between which integers the cells of a column lie and how many rows there are, for the size of a map. */
bool keel_keyset_bounds(keel_sqlite *db, const keel_plan_table *table, const char *column, int64_t *low, int64_t *high,
                        int64_t *count, keel_error *err);
bool keel_keysets_create(keel_transfer *transfer, keel_error *err);
bool keel_keysets_restore(keel_transfer *transfer, int64_t run, bool resume, keel_error *err);
/* cycle.c: every key of the cyclic tables, before the data phase */
bool keel_cycle_keys(keel_worker *worker, keel_error *err);
/* link.c: second pass over references that close a cycle */
/* A cycle is loaded: who lost a parent meanwhile moves to the rejects, before rows from outside refer to them. */
bool keel_link_settle(keel_worker *worker, int group, keel_error *err);
bool keel_link_table(keel_worker *worker, keel_plan_table *table, keel_error *err);
/* schedule.c */
bool keel_schedule_run(keel_transfer *transfer, keel_error *err);
/* The workers' source connections and transfer->db begin to read one version; then, with a plan, everything else. */
bool keel_workers_snapshot(keel_transfer *transfer, const char *source_path, keel_error *err);
bool keel_workers_open(keel_transfer *transfer, keel_error *err);
void keel_workers_close(keel_transfer *transfer);
/* evict.c: rows of `table` that keep a constraint from being built move to the rejects. */
bool keel_evict(keel_transfer *transfer, keel_pg *pg, const keel_ddl *ddl, int64_t *ret_rows, keel_error *err);
/* build.c: DDL before and after the rows */
bool keel_build_tables(keel_transfer *transfer, const keel_ddl_list *ddl, keel_error *err);
bool keel_build_after(keel_transfer *transfer, const keel_ddl_list *ddl, keel_error *err);
/* sequences.c */
bool keel_sequences_set(keel_transfer *transfer, keel_error *err);

#endif
