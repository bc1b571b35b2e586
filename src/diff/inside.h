/* The inside of diff. A pair is one table of the source and its counterpart. What is to be done with a pair comes in
 * stages, each cut into items that workers take from one queue:
 *
 *   START   sizes and key bounds are asked for; a small pair is compared at once and done
 *   SUMS    both sides are read (or summed up by the servers), a hash per row goes into the sums of its bucket
 *   RANGES  one-column integer keys: ranges of keys whose sums differ, read in the order of the key on both sides
 *   SPOOL   any other key: both sides are read again, rows of differing buckets go to temporary files
 *   JOIN    the files, one partition at a time in memory
 *
 * Whoever ends the last item of a stage decides what the next one is. */
#ifndef KEEL_DIFF_INSIDE_H
#define KEEL_DIFF_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/memory.h"
#include "convert/rowhash.h"
#include "diff/diff.h"
#include "diff/map.h"

typedef enum keel_side { KEEL_SOURCE, KEEL_TARGET, KEEL_SIDES } keel_side;
extern const char *const keel_side_names[KEEL_SIDES]; /* "source", "target" */

enum {
    KEEL_DIFF_BUCKETS = 8192,               /* of a pair, a power of two */
    KEEL_DIFF_SHOWN_BYTES = 200,            /* of a value in a finding */
};

/* How the rows of a pair are matched. */
typedef enum keel_keying {
    KEEL_BY_RANGE, /* an integer column, unique and never NULL on both sides */
    KEEL_BY_KEY,   /* other keys, by the hash of their values */
    KEEL_BY_ROW,   /* no key: equal rows are counted */
} keel_keying;

typedef struct keel_diff_column {
    const char *name[KEEL_SIDES];
    const char *sql[KEEL_SIDES];  /* the expression, quoted or as the map has it */
    const char *cast[KEEL_SIDES]; /* "::pg_catalog.text" and the like, "" for none */
    const keel_pg_type *declared[KEEL_SIDES];
    const keel_pg_type *type; /* that both sides arrive as */
    bool by_server; /* values whose text differs may be equal: a server is asked (containers of numbers) */
    bool made;      /* the source's is an expression of the map */
    bool nullable;
} keel_diff_column;

typedef struct keel_bucket {
    int64_t count;
    uint64_t sum; /* of row hashes, modulo 2^64 */
} keel_bucket;

typedef enum keel_diff_stage { KEEL_STAGE_START, KEEL_STAGE_SUMS, KEEL_STAGE_RANGES, KEEL_STAGE_SPOOL,
                               KEEL_STAGE_JOIN, KEEL_STAGE_DONE } keel_diff_stage;

typedef struct keel_spool keel_spool;

typedef struct keel_diff_counts {
    int64_t rows[KEEL_SIDES];
    int64_t missing, extra, different, values;
} keel_diff_counts;

typedef struct keel_diff_pair {
    size_t number;
    const char *name[KEEL_SIDES];                  /* "public.orders", for people */
    const keel_pg_table *table[KEEL_SIDES];        /* NULL on the source with `from:` */
    const char *relation[KEEL_SIDES];              /* what stands behind FROM */
    const char *where;                             /* or NULL */
    const keel_diff_map_table *map;                /* or NULL */
    struct { keel_diff_column *items; size_t count, capacity; } columns; /* the key's first */
    size_t key_count;
    keel_keying keying;
    const keel_row_hasher *key_hasher, *row_hasher;
    bool reduced; /* SUMS hashes what rows mean, not their bytes, as types differ in ways that bytes show */
    bool unique;  /* the key is unique and never NULL on both sides */

    keel_diff_stage stage;
    size_t open_items;             /* of the stage; under the lock of the queue */
    atomic_bool failed;            /* a finding has been added; its items are passed over */
    pthread_mutex_t lock;          /* for what follows */
    int64_t filenode[KEEL_SIDES];  /* at the start; 0 = it has none of its own */
    int64_t pages[KEEL_SIDES], bytes[KEEL_SIDES];
    int64_t base;                  /* BY_RANGE: bucket = (key >> shift) - base */
    int shift;
    uint64_t last_bucket;
    keel_bucket *sums[KEEL_SIDES]; /* while the stage SUMS lasts */
    unsigned char *differs;        /* a flag per bucket, for SPOOL */
    keel_str spool_where[KEEL_SIDES]; /* quick: the servers pick the rows of differing buckets */
    bool by_server_hash;           /* SUMS were the servers' */
    bool at_once;
    keel_spool *spool;
    int64_t astray[KEEL_SIDES]; /* rows of the table that its key's index did not find */
    keel_diff_counts counts;
    keel_usec started, ended;
} keel_diff_pair;

typedef enum keel_diff_item_kind { KEEL_ITEM_START, KEEL_ITEM_READ, KEEL_ITEM_SUM, KEEL_ITEM_RANGE, KEEL_ITEM_SPOOL,
                                   KEEL_ITEM_JOIN } keel_diff_item_kind;

typedef struct keel_diff_item {
    keel_diff_item_kind kind;
    keel_side side;                  /* READ, SUM, SPOOL */
    keel_diff_pair *pair;
    int64_t low, high;               /* pages (high excluded, -1 = to the end), or keys */
    int64_t expected[KEEL_SIDES];    /* RANGE: rows that SUMS saw there */
    uint32_t partition;              /* JOIN */
    int depth;
} keel_diff_item;

/* A set of rows that knows how often each stands on either side. */
typedef struct keel_bag_entry {
    uint64_t key, row; /* hashes */
    size_t start;      /* of the tuple in `bytes` */
    uint32_t size, next;
    int64_t count[KEEL_SIDES];
} keel_bag_entry;
typedef struct keel_bag {
    keel_str bytes;
    KEEL_VEC(keel_bag_entry) entries;
    uint32_t *heads; /* entry + 1, 0 = none */
    size_t head_count;
} keel_bag;

typedef struct keel_diff_run keel_diff_run;

typedef struct keel_diff_worker {
    keel_diff_run *diff;
    int number;
    pthread_t thread;
    keel_pg *pg[KEEL_SIDES];
    const keel_diff_pair *in[KEEL_SIDES]; /* the pair that the connection's transaction was begun for */
    keel_str sql, text;
    keel_field *fields[KEEL_SIDES];
    keel_bag bag;
    keel_bucket *buckets;
    keel_diff_counts counts; /* of the item */
    uint32_t first_partition; /* of the set that is being written */
    uint64_t unseen;         /* rows read but not told to the progress */
} keel_diff_worker;

typedef struct keel_diff_key_option { /* of --key */
    keel_diff_name table;
    keel_diff_names columns;
    bool used;
} keel_diff_key_option;

typedef struct keel_diff_shown { /* a difference that becomes a finding at the end, in order */
    const keel_diff_pair *pair;
    keel_finding finding;
    int64_t rank;    /* BY_RANGE: the key */
    const char *key; /* as text */
    size_t column, order; /* order: as found */
} keel_diff_shown;

struct keel_diff_run {
    const keel_diff_options *options;
    keel_arena *arena;
    keel_report *report;
    keel_progress *progress;
    keel_diff_map *map;
    keel_diff_names ignored;
    struct { keel_diff_key_option *items; size_t count, capacity; } keys;
    keel_pg *lead[KEEL_SIDES];
    const char *snapshot[KEEL_SIDES], *name[KEEL_SIDES];
    const char *conninfo[KEEL_SIDES];
    int version[KEEL_SIDES];
    keel_pg_catalog *catalog[KEEL_SIDES];
    bool one_snapshot, quick;
    uint64_t seed; /* of server hashes, another one in each run */
    struct { keel_diff_pair **items; size_t count, capacity; } pairs;
    keel_diff_worker *workers;
    int jobs;
    keel_pg *judge; /* of values that only a server can compare; opened when the first one comes */
    pthread_mutex_t judge_lock;

    pthread_mutex_t lock; /* the queue, the error and what is shown */
    pthread_cond_t changed;
    KEEL_VEC(keel_diff_item) queue; /* taken from the end */
    size_t busy;
    KEEL_VEC(keel_diff_pair *) waiting; /* for their turn to use temporary files */
    keel_diff_pair *spooling;
    atomic_bool stop;
    keel_error err; /* the first that ends it all */
    keel_arena *shown_arena;
    KEEL_VEC(keel_diff_shown) shown;
    int64_t found; /* differences, shown or not */
};

/* session.c: connections and snapshots. Settings are the transactions', which begin and end with each pair, so that
 * no lock outlives the reading of its table. */
bool keel_diff_open(keel_diff_run *d, keel_error *err);
bool keel_diff_open_workers(keel_diff_run *d, keel_error *err);
void keel_diff_close(keel_diff_run *d);
bool keel_diff_enter(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, keel_error *err);
void keel_diff_leave(keel_diff_worker *w, keel_side side); /* the transaction may have failed */

/* tables.c: which tables stand opposite each other; columns.c: their columns; key.c: their keys */
bool keel_diff_pair_tables(keel_diff_run *d, keel_error *err);
bool keel_diff_pair_columns(keel_diff_run *d, keel_diff_pair *pair, keel_error *err);
bool keel_diff_choose_key(keel_diff_run *d, keel_diff_pair *pair, keel_error *err);
bool keel_diff_read_keys(keel_diff_run *d, keel_error *err); /* --key */
bool keel_diff_ignores(const keel_diff_run *d, const keel_diff_pair *pair, const char *column);
/* containers.c: marks columns whose text may differ although they mean the same */
bool keel_diff_find_containers(keel_diff_run *d, keel_error *err);
/* describe.c: names and types of what a SELECT returns; the columns live in the arena */
bool keel_diff_describe(keel_diff_run *d, keel_side side, const char *select, keel_pg_column **ret_columns,
                        size_t *ret_count, keel_error *err);
/* type.c: the type that two declared ones have in common, and the casts to it; false if there is none */
bool keel_diff_common_type(keel_arena *arena, keel_diff_column *column);

/* select.c */
void keel_diff_add_column(keel_str *sql, const keel_diff_column *column, keel_side side);
void keel_diff_add_from(keel_str *sql, const keel_diff_pair *pair, keel_side side); /* " FROM ... [WHERE ...]" */
void keel_diff_add_condition(keel_str *sql, const keel_diff_pair *pair); /* " WHERE " or " AND " behind add_from */
/* The item's pages and a condition, behind add_from; nothing if that is all of the table. */
void keel_diff_add_pages(keel_str *sql, const keel_diff_item *item, const char *condition);
/* Rows of the item's pages, into w->sql: "COPY (SELECT ...) TO STDOUT (FORMAT binary)". */
void keel_diff_copy_pages(keel_diff_worker *w, const keel_diff_item *item, const char *condition);
void keel_diff_copy_range(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, int64_t low, int64_t high);
void keel_diff_copy_all(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side);

/* read.c: the rows of w->sql, one at a time */
bool keel_diff_read_begin(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, keel_error *err);
/* *ret_tuple is NULL at the end. False too when all work is to stop (CANCELLED). */
bool keel_diff_read_next(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side,
                         const unsigned char **ret_tuple, size_t *ret_size, keel_error *err);
void keel_diff_read_abort(keel_diff_worker *w, keel_side side);

/* work.c: the queue and its threads */
bool keel_diff_work(keel_diff_run *d, keel_error *err);
void keel_diff_push(keel_diff_run *d, const keel_diff_item *items, size_t count); /* one more stage's; taken in order */
void keel_diff_add_items(keel_diff_run *d, keel_diff_pair *pair, const keel_diff_item *items, size_t count); /* more
                                                                                                    of this stage */
bool keel_diff_cancelled(const keel_diff_run *d); /* by the user */
bool keel_diff_stopping(const keel_diff_run *d);
/* stage.c: an item is over; with the last one the next stage begins */
bool keel_diff_item_done(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
void keel_diff_release(keel_diff_pair *pair); /* what the stages have made; safe to call twice */

/* start.c, sums.c, quick.c, range.c, spool_rows.c, join.c: the items */
bool keel_diff_start(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
bool keel_diff_read_sums(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
bool keel_diff_server_sums(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
bool keel_diff_range(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
bool keel_diff_spool_rows(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
bool keel_diff_join(keel_diff_worker *w, const keel_diff_item *item, keel_error *err);
/* Do the files of the pair's tables still stand as they did, and does the index hold what the table holds? */
bool keel_diff_check_files(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err);
/* The bucket of a key, BY_RANGE. */
static inline uint64_t keel_diff_bucket(const keel_diff_pair *pair, int64_t key)
{
    uint64_t bucket = (uint64_t)(key >> pair->shift) - (uint64_t)pair->base;
    return bucket > pair->last_bucket ? pair->last_bucket : bucket;
}

/* hash.c: of a tuple's key fields and of all of it, by what they mean */
uint64_t keel_diff_key_hash(const keel_diff_pair *pair, const unsigned char *tuple, size_t size);
uint64_t keel_diff_row_hash(const keel_diff_pair *pair, const unsigned char *tuple, size_t size);
/* The integer in the first field; BY_RANGE. */
int64_t keel_diff_int_key(const unsigned char *tuple, size_t size);

/* bag.c */
void keel_bag_clear(keel_bag *bag);
void keel_bag_free(keel_bag *bag);
size_t keel_bag_bytes(const keel_bag *bag);
/* A row equal to one that is there already is only counted. `w` lends its fields. */
bool keel_bag_add(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, uint64_t key, uint64_t row,
                  const unsigned char *tuple, size_t size, keel_error *err);
/* bag_settle.c: rows that stand on both sides have gone; what is left is paired by key, and told. */
bool keel_bag_settle(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err);
size_t keel_diff_bag_limit(const keel_diff_run *d);

/* spool.c: rows in an unlinked temporary file, in partitions that are written and read a block at a time.
 * keel_spool_add may be called from several threads. */
enum { KEEL_SPOOL_PARTITIONS = 128 };
bool keel_spool_open(keel_spool **ret_spool, keel_error *err);
void keel_spool_free(keel_spool *spool);
/* Partitions are numbered from 0; new ones may be added in sets of KEEL_SPOOL_PARTITIONS. */
uint32_t keel_spool_add_set(keel_spool *spool); /* its first partition */
bool keel_spool_add(keel_spool *spool, uint32_t partition, keel_side side, uint64_t key, const unsigned char *tuple,
                    size_t size, keel_error *err);
bool keel_spool_end_set(keel_spool *spool, uint32_t first, keel_error *err); /* nothing more will be added */
bool keel_spool_is_empty(keel_spool *spool, uint32_t partition);
/* Reads the rows of one side of a partition; the tuple is borrowed until the next call and NULL at the end. */
typedef struct keel_spool_reader {
    keel_spool *spool;
    uint32_t partition;
    keel_side side;
    size_t block, at;
    uint64_t done; /* bytes */
    keel_str buffer;
} keel_spool_reader;
void keel_spool_reader_free(keel_spool_reader *reader);
bool keel_spool_next(keel_spool_reader *reader, uint64_t *ret_key, const unsigned char **ret_tuple, size_t *ret_size,
                     keel_error *err);
void keel_spool_drop(keel_spool *spool, uint32_t partition); /* its blocks may be used again */

/* rows.c: two rows with the same key, value by value; differences are counted and told */
bool keel_diff_rows(keel_diff_worker *w, keel_diff_pair *pair, const unsigned char *source, size_t source_size,
                    const unsigned char *target, size_t target_size, keel_error *err);
bool keel_diff_fields(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, const unsigned char *tuple,
                      size_t size, keel_error *err); /* into w->fields */
bool keel_diff_equal(keel_diff_worker *w, const keel_diff_column *column, keel_field left, keel_field right);

/* say.c: what was found. Of rows, w->fields of that side are filled. */
void keel_diff_say_missing(keel_diff_worker *w, keel_diff_pair *pair, keel_side has_it, int64_t here, int64_t there);
void keel_diff_say_value(keel_diff_worker *w, keel_diff_pair *pair, size_t column);
void keel_diff_say_shown(keel_diff_run *d); /* all of it into the report, in order */
void keel_diff_say_failed(keel_diff_run *d, keel_diff_pair *pair, const char *check, const char *remedy,
                          const char *message);

/* conclude.c: a line per table, and the result; false if none could be compared */
bool keel_diff_conclude(keel_diff_run *d, keel_diff_result **ret_result, keel_error *err);

/* quick.c: SQL for the servers to pick the rows of differing buckets, into pair->spool_where */
void keel_diff_pick_rows(keel_diff_run *d, keel_diff_pair *pair);
/* quick_hash.c: SQL of the hash of a row's first columns, as both servers compute it alike */
void keel_diff_add_hash(const keel_diff_run *d, keel_str *sql, const keel_diff_pair *pair, keel_side side, size_t count);

/* watch.c: cancels what runs on the servers once work is to stop */
typedef struct keel_diff_watch {
    keel_diff_run *diff;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool running, over;
} keel_diff_watch;
bool keel_diff_watch_start(keel_diff_watch *watch, keel_diff_run *d, keel_error *err);
void keel_diff_watch_stop(keel_diff_watch *watch);

#endif
