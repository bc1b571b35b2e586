/* What the files of undo share. A table of the run is a target; its rows lie in leaves (the table itself, or the
 * partitions of a partitioned one), which are walked in ranges of blocks, a batch each.
 *
 * A row is the run's and untouched if its xmin is the id of one of the chunks' transactions; where those ids mean
 * nothing any more (a restored copy, a rewritten table), if the hash of its columns is among those journalled. */
#ifndef KEEL_TRANSFER_UNDO_INSIDE_H
#define KEEL_TRANSFER_UNDO_INSIDE_H

#include <stdatomic.h>

#include "convert/rowhash.h"
#include "journal/chunk.h"
#include "transfer/undo.h"

enum { KEEL_UNDO_ROWS = 40000 /* of a batch, about */, KEEL_UNDO_LISTED = 100 /* changed rows, each a finding */ };

typedef struct keel_undo_leaf {
    const char *relation; /* quoted */
    uint32_t oid;
    int64_t blocks, step; /* blocks of a batch */
} keel_undo_leaf;

/* A foreign key that points at the target. */
typedef struct keel_undo_reference {
    const char *child; /* quoted, ONLY in front of an ordinary table */
    const char *name;  /* schema.name, for people */
    uint32_t child_oid;
    uint32_t leaf;     /* points at this partition only; 0: at all of them */
    const char *match; /* c."a" = t."b" AND ... */
    bool acts;         /* CASCADE, SET NULL, SET DEFAULT: deleting the parent would touch the child */
    bool deferrable;
} keel_undo_reference;

/* Row hashes of the run, as a multiset: equal rows of a keyless table are taken as often as the run inserted them. */
typedef struct keel_undo_hashes {
    uint64_t *values; /* ascending, distinct */
    int64_t *left;
    size_t count;
    bool loaded;
} keel_undo_hashes;

typedef struct keel_undo_keys {
    struct { int64_t (*items)[2]; size_t count, capacity; } ranges; /* low, high; ascending */
    struct { uint64_t *items; size_t count, capacity; } hashes;     /* ascending */
    bool loaded;
} keel_undo_keys;

typedef struct keel_undo_target {
    const keel_run_table *journal;
    keel_undo_table *result;
    const keel_pg_table *table; /* NULL: it is not there any more */
    const char *name;           /* schema.name, for people */
    struct { keel_undo_leaf *items; size_t count, capacity; } leaves;
    struct { keel_undo_reference *items; size_t count, capacity; } references;
    const char *xids;           /* {1,2,3} */
    bool selected, by_hash, finished;
    size_t group;               /* targets that refer to each other in a cycle share it */
    bool cyclic;
    bool record;                /* hashes of what is deleted are journalled: nothing else tells equal rows apart */
    int next_record;
    keel_undo_hashes hashes;
    keel_undo_keys keys;
    const char *scan_columns;   /* of keel_undo_scan; NULL until its first use */
    size_t row_columns, key_columns;
    const keel_row_hasher *row_hasher, *key_hasher;
} keel_undo_target;

typedef struct keel_undo {
    keel_arena *arena;
    const keel_undo_options *options;
    keel_report *report;
    keel_progress *progress;
    keel_pg *pg;       /* holds the run's lock */
    const keel_run *run;
    keel_pg_catalog *catalog;
    keel_undo_target *targets;
    size_t count;
    keel_pg **helpers; /* connections of the other workers, opened when first needed */
    size_t helper_count;
    size_t listed;
} keel_undo;

bool keel_undo_cancelled(const keel_undo *undo, keel_error *err);
/* Rows of the run that nobody has accounted for yet. */
int64_t keel_undo_missing(const keel_undo_target *target);

/* undo_table.c: what the journal and the catalogue say of a target. */
bool keel_undo_target_load(keel_undo *undo, keel_undo_target *target, keel_error *err);
/* undo_order.c: groups of targets in cycles; then one group after the other, children first. NULL: all are finished. */
void keel_undo_find_groups(keel_undo *undo);
keel_undo_target *keel_undo_next(keel_undo *undo);

/* undo_keys.c */
bool keel_undo_load_hashes(keel_undo *undo, keel_undo_target *target, keel_error *err);
bool keel_undo_load_keys(keel_undo *undo, keel_undo_target *target, keel_error *err);
bool keel_undo_take_hash(keel_undo_hashes *hashes, uint64_t hash);
bool keel_undo_knows_keys(const keel_undo_keys *keys);
bool keel_undo_has_integer(const keel_undo_keys *keys, int64_t key);
bool keel_undo_has_hash(const keel_undo_keys *keys, uint64_t hash);
void keel_undo_keys_free(keel_undo_target *target);

/* undo_scan.c: rows that were looked at one by one. */
typedef struct keel_undo_found {
    const keel_undo_leaf *leaf;
    uint32_t block, xmin;
    uint16_t offset;
    uint64_t hash;
} keel_undo_found;
typedef struct keel_undo_rows {
    keel_undo_found *items;
    size_t count, capacity;
} keel_undo_rows;
void keel_undo_rows_free(keel_undo_rows *rows); /* also the KEEL_CLEANUP form */
/* Blocks from..to-1 of a leaf. `ours` (by hash only): the run's and untouched; `changed`: the run's keys, other content. */
bool keel_undo_scan(keel_undo *undo, keel_undo_target *target, const keel_undo_leaf *leaf, int64_t from, int64_t to,
                    keel_undo_rows *ours, keel_undo_rows *changed, keel_error *err);
/* A whole target. */
bool keel_undo_scan_all(keel_undo *undo, keel_undo_target *target, keel_undo_rows *ours, keel_undo_rows *changed,
                        keel_error *err);
/* {"(0,1)","(0,2)"} and {7,8} of rows from..to-1. */
void keel_undo_place_lists(const keel_undo_rows *rows, size_t from, size_t to, keel_str *tids, keel_str *xids);

/* undo_scan_columns.c: what a scan selects; decided once per target. */
bool keel_undo_scan_prepare(keel_undo *undo, keel_undo_target *target, keel_error *err);

/* undo_batch.c: one transaction. Rows by place and transaction id (`tids`), or by block range and id. */
typedef struct keel_undo_batch {
    const keel_undo_target *target;
    const keel_undo_leaf *leaf;
    int64_t from, to;       /* blocks; to 0: not by range */
    const char *tids;       /* or NULL */
    const char *xids;
    bool leaves_only;       /* hold back whatever any row refers to, without trying first */
    const keel_undo_rows *record; /* hashes to journal, or NULL */
    size_t record_from, record_to;
} keel_undo_batch;
bool keel_undo_batch_run(keel_undo *undo, keel_pg *pg, const keel_undo_batch *batch, int64_t *ret_deleted,
                         keel_error *err);
bool keel_undo_add_count(keel_undo *undo, keel_pg *pg, const keel_undo_target *target, int64_t rows, keel_error *err);
bool keel_undo_record_hashes(keel_undo *undo, keel_pg *pg, const keel_undo_target *target, const keel_undo_rows *rows,
                             size_t from, size_t to, keel_error *err);

/* undo_pass.c: once over a target, with all workers where rows go by xmin. */
/* By hash, it meets the changed rows as well. */
bool keel_undo_pass(keel_undo *undo, keel_undo_target *target, bool leaves_only, keel_undo_rows *changed,
                    int64_t *ret_deleted, keel_error *err);
/* Deletes rows by place, in batches. */
bool keel_undo_delete_rows(keel_undo *undo, keel_undo_target *target, const keel_undo_rows *rows, bool leaves_only,
                           int64_t *ret_deleted, keel_error *err);

/* undo_report.c: changed rows by their keys; then what was kept, and what cannot be told. */
bool keel_undo_report_changed(keel_undo *undo, const keel_undo_target *target, const keel_undo_rows *changed,
                              keel_error *err);
void keel_undo_report_kept(keel_undo *undo, const keel_undo_target *target);

/* undo_one.c: a target that is in no cycle, range by range. */
bool keel_undo_one(keel_undo *undo, keel_undo_target *target, keel_error *err);
/* Splits rows that are unaccounted for into gone and unknown, and says so. */
void keel_undo_account(keel_undo *undo, keel_undo_target *target, int64_t missing);

/* undo_together.c: targets decided as a whole, in one transaction: which of the run's rows can go, if all of them that
 * can go do. Deletes them in one statement; a dry run only counts. */
bool keel_undo_together(keel_undo *undo, keel_undo_target **targets, size_t count, keel_error *err);

/* undo_drop.c: tables and the schema that the run created, where they are empty. */
bool keel_undo_drop(keel_undo *undo, keel_error *err);

#endif
