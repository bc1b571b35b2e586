/* The inside of transfer verify. Work is cut into items: a chunk of the journal, a range of rowids,
 * one share of a table by hash, or a question to the server. An item loads its target rows into
 * memory (a few MB), then streams its source rows past them. Workers take items until none is left;
 * what they count goes into the table's state. */
#ifndef KEEL_TRANSFER_VERIFY_INSIDE_H
#define KEEL_TRANSFER_VERIFY_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "transfer/transfer.h"
#include "transfer/verify.h"

enum {
    KEEL_VERIFY_SHARE_BYTES = 32 * 1024 * 1024, /* of target rows that an item holds */
    KEEL_VERIFY_SHOWN_BYTES = 200,              /* of a value in a finding */
};

/* How the rows of a table are paired. */
typedef enum keel_pairing {
    KEEL_PAIR_CHUNK, /* integer keys of one run: by the new key, chunk by chunk of the journal */
    KEEL_PAIR_ROWID, /* no journal, the target's key is the rowid: range by range */
    KEEL_PAIR_HASH,  /* by the hash of the key's fields, or of all fields without a key */
} keel_pairing;

typedef struct keel_chunk_place { /* of a load chunk in the journal, and the rowids up to the next
                                     one */
    int lane, seq;
    bool recorded; /* false: rowids in which the run found nothing */
    int64_t low, high, last_position;
} keel_chunk_place;

typedef struct keel_verify_counts {
    int64_t source_rows, compared, different, different_rows, missing, extra, changed_since, rejected, merged;
    int64_t unmapped;         /* rows that the run does not know */
    int64_t merged_different; /* values in rows that were merged */
} keel_verify_counts;

typedef struct keel_verify_state { /* of one table */
    keel_plan_table *plan;
    const char *relation; /* quoted */
    keel_pairing pairing;
    uint32_t passes;   /* HASH */
    int *pair_columns; /* HASH: indexes into the plan's columns */
    size_t pair_count;
    const keel_row_hasher *pair_hasher;
    const char *select_list; /* xmin and every column, for COPY */
    int64_t inserted, merged, rejected_then,
        rows_then;           /* as the journal has it; rows_then -1 = not counted */
    KEEL_VEC(uint32_t) xids; /* low halves of the run's transactions on this table, ascending */
    bool xids_valid;         /* home, and the table was never rewritten */
    KEEL_VEC(keel_chunk_place) places;
    bool has_keys; /* some chunk holds key runs */
    keel_positions rejects;
    pthread_mutex_t lock; /* for everything below */
    bool hashes_loaded;
    KEEL_VEC(uint64_t) hashes; /* of the rows as written, ascending */
    bool *may_be_nulled;       /* per column: a reference that `orphans: null` may have emptied */
    int64_t *nulled;           /* per column: emptied ones, as found */
    keel_verify_counts counts;
    double started, ended;
} keel_verify_state;

typedef enum keel_item_kind {
    KEEL_ITEM_ROWS,
    KEEL_ITEM_ORPHANS,
    KEEL_ITEM_UNIQUE,
    KEEL_ITEM_SEQUENCE
} keel_item_kind;

typedef struct keel_verify_item {
    keel_item_kind kind;
    keel_verify_state *state;
    size_t index; /* ROWS: chunk place or pass; else reference, source index or target column */
    int64_t low, high; /* ROWS: rowids */
} keel_verify_item;

typedef struct keel_verifier keel_verifier;

typedef struct keel_verify {
    keel_arena *arena;
    const keel_verify_options *options;
    keel_report *report;
    keel_progress *progress;
    const char *source_path;
    const keel_run *run; /* NULL by mapping */
    int64_t *chain;      /* the run, then those it builds on */
    size_t chain_count;
    keel_verifier *workers;
    int jobs;
    keel_pg *pg;
    keel_sqlite *db;
    keel_plan *plan;
    keel_verify_state **states;
    size_t state_count;
    KEEL_VEC(keel_verify_item) items;
    atomic_size_t next_item;
    atomic_llong shown[KEEL_CRITICAL + 1]; /* differences per severity, shown or not */
    atomic_bool stop;
} keel_verify;

/* Target rows of an item. */
typedef struct keel_stored_row {
    uint64_t pair;
    size_t start; /* of the tuple in `bytes` */
    uint32_t size, next;
    bool matched;
    bool merged; /* was there before the run: any number of source rows may stand for it */
} keel_stored_row;
typedef struct keel_row_store {
    keel_str bytes;
    KEEL_VEC(keel_stored_row) rows;
    bool ascending;  /* by pair, and none merged: found by place, without heads */
    size_t next;     /* ascending: behind the row found last */
    uint32_t *heads; /* row + 1, 0 = none */
    size_t head_count, head_room;
} keel_row_store;

typedef struct keel_key_run {
    int64_t from, to;
    int32_t length;
} keel_key_run;
typedef struct keel_key_index { /* runs ascending by `from` */
    KEEL_VEC(keel_key_run) runs;
    size_t at; /* the last hit */
} keel_key_index;

struct keel_verifier { /* a worker */
    keel_verify *verify;
    int number;
    keel_pg *pg;
    keel_sqlite *db;
    pthread_t thread;
    keel_error err;
    keel_row_store store;
    keel_key_index by_old, by_new, merged;
    keel_cell *cells;
    keel_field *fields; /* xmin first */
    keel_str scratch, sql, text;
    const keel_verify_item *item;
    keel_verify_state *state;
    int64_t position;
    keel_new_key new_key; /* of the current source row, where keys are renamed */
    bool has_new_key, row_merged;
    keel_verify_counts counts; /* of the item */
    int64_t *nulled;
    bool savepoint; /* is set on the connection */
};

/* verify_prepare.c */
bool keel_verify_find_run(keel_verify *v, keel_error *err); /* connects; run, chain, source */
bool keel_verify_plan(keel_verify *v, keel_error *err);     /* as the run made it */
/* Number of the run's table of that source in the journal; -1 if it has none. */
bool keel_verify_table_number(
    keel_verify *v, int64_t run, const char *source, int *ret_number, keel_error *err);
/* verify_states.c: how each table is compared, and the items */
bool keel_verify_states_make(keel_verify *v, keel_error *err);
void keel_verify_states_free(keel_verify *v);
/* verify_journal.c: what the journal knows of a table; key maps of parents */
bool keel_verify_journal_load(keel_verify *v, keel_verify_state *state, keel_error *err);
bool keel_verify_map_load(keel_verify *v, keel_plan_table *table, keel_error *err);
/* verify_written.c */
/* false: transaction ids are void and some column has no hash; then keel_verify_as_written says
 * true of every row. */
bool keel_verify_can_tell(const keel_verify_state *state);
/* *ret_written: the target's row is as the run wrote it (false also for rows that it did not
 * write). */
bool keel_verify_as_written(keel_verifier *w,
                            const keel_stored_row *row,
                            bool *ret_written,
                            keel_error *err);
/* verify_workers.c: connections of all workers on one snapshot per side; threads */
bool keel_verify_open(keel_verify *v, keel_error *err);
void keel_verify_close(keel_verify *v);
bool keel_verify_run(keel_verify *v, keel_error *err);
bool keel_verify_cancelled(const keel_verify *v, keel_error *err);
/* verify_rows.c: one item of rows */
bool keel_verify_rows(keel_verifier *w, keel_error *err);
/* verify_pair.c */
bool keel_verify_source_pair(keel_verifier *w, uint64_t *ret_pair, bool *ret_known);
/* false: the tuple is malformed */
bool keel_verify_target_pair(keel_verifier *w, const unsigned char *tuple, size_t size, uint64_t *ret_pair);
bool keel_verify_has_map(const keel_plan_table *table);
/* Asks the processor for what the references of the current source row will be looked up in. */
void keel_verify_fetch(const keel_verifier *w);
/* What the key in this cell is called in the target; false if the run knows no such key. */
bool keel_verify_look_up(const keel_plan_table *table,
                         const keel_cell *cell,
                         keel_new_key *ret_key);
/* verify_compare.c: compares the current source row with a stored one; differences are counted and
 * shown if `say`. */
bool keel_verify_row(
    keel_verifier *w, const keel_stored_row *row, bool say, bool *ret_equal, keel_error *err);
/* verify_findings.c */
void keel_verify_row_name(const keel_verifier *w, keel_str *out); /* of the current source row */
void keel_verify_target_row_name(const keel_verifier *w, keel_str *out); /* of the fields at hand */
void keel_verify_say_value(keel_verifier *w,
                           keel_severity severity,
                           const char *check,
                           size_t column);
void keel_verify_say_row(keel_verify *v,
                         keel_severity severity,
                         const char *check,
                         const keel_verify_state *state,
                         const char *key,
                         const char *what);
/* verify_server.c */
bool keel_verify_server(keel_verifier *w, keel_error *err);
/* A query that may fail without harm to the snapshot: false = it failed, err says why. */
bool keel_verify_ask(keel_verifier *w,
                     const char *sql,
                     int count,
                     const char *const *params,
                     keel_pg_result **ret_result,
                     keel_error *err);
/* verify_account.c */
bool keel_verify_account(keel_verify *v, keel_error *err);
/* verify_store.c */
void keel_store_clear(keel_row_store *store);
void keel_store_free(keel_row_store *store);
void keel_store_add(
    keel_row_store *store, uint64_t pair, bool merged, const unsigned char *tuple, size_t size);
void keel_store_index(keel_row_store *store); /* after the last add */
/* The next row of that pair that is free, behind `after` (NULL = the first); NULL if there is none.
 */
keel_stored_row *
keel_store_find(keel_row_store *store, uint64_t pair, bool merged, const keel_stored_row *after);
void keel_keys_set(keel_key_index *index, const keel_key_runs *runs, bool by_new);
bool keel_keys_find(keel_key_index *index, int64_t key, int64_t *ret_value);

#endif
