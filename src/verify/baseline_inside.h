/* What the checks of the group "baseline" share. Their tasks read into the job, under its lock; their `finish`, when
 * every task of every check has ended, compares. A task that is tried again reads the same things again: everything is
 * set, nothing is added up, until keel_baseline_settle. */
#ifndef KEEL_VERIFY_BASELINE_INSIDE_H
#define KEEL_VERIFY_BASELINE_INSIDE_H

#include <pthread.h>

#include "base/json_in.h"
#include "base/str.h"
#include "verify/baseline.h"
#include "verify/scan.h"

/* What is read of one table, and how its rows are hashed: by the key and columns of the partitioned table that it
 * belongs to, and of the baseline that it is compared with. */
typedef struct keel_baseline_slot {
    const keel_pg_table *table;
    keel_baseline_table *now;              /* what it becomes */
    struct keel_baseline_slot *root;       /* of a partition, else NULL */
    const keel_baseline_table *before;     /* of itself or of its root; NULL = not in the baseline, or there is none */
    const keel_baseline_table *key;        /* the one of them whose key and types seed the hashes; NULL = not hashed */
    const char *unlike;                    /* why its rows cannot be hashed as the baseline's were, or NULL */
    const char **columns;                  /* that are hashed, by name */
    size_t column_count;
    bool *has_hash;
    uint64_t *hashes; /* pairwise with columns; of a table without a key the first is that of whole rows */
    bool sampled;       /* its sample rows were read */
    int64_t rows, kept; /* -1 = not counted */
    bool estimated;     /* rows is the server's guess */
    bool has_greatest;
    int64_t greatest;
} keel_baseline_slot;

struct keel_baseline_job {
    pthread_mutex_t lock; /* of everything below */
    keel_arena *arena;
    const keel_baseline *before; /* or NULL */
    keel_baseline *now;          /* NULL until the first task */
    keel_baseline_slot *slots;   /* pairwise with the tables of now, and of the database */
    size_t slot_count;
    bool settled;
};

/* baseline_job.c */
void keel_baseline_start(keel_check_run *run);  /* makes now and the slots from the catalogue; the first caller does */
void keel_baseline_settle(keel_check_run *run); /* what was read becomes that of the tables, partitions as one */
keel_baseline_slot *keel_baseline_slot_of(keel_check_run *run, const keel_pg_table *table);
/* The table of the baseline that is compared with, pairwise: what is there now, or NULL. */
const keel_baseline_table *keel_baseline_now(const keel_check_run *run, const keel_baseline_table *before);
/* With an empty search_path, so that definitions read the same for every role. */
bool keel_baseline_query(keel_check_run *run, keel_pg_result **ret_rows, keel_error *err, const char *sql, int count,
                         const char *const *params);
const char *keel_baseline_name(const keel_check_run *run, const keel_baseline_table *table); /* "schema.name" */

const keel_baseline_column *keel_baseline_column_of(const keel_baseline_table *table, const char *name); /* or NULL */

/* The line of a check that only saved: it has compared nothing, so it has not passed. */
void keel_baseline_saved(keel_check_run *run, int64_t objects, const char *what);

/* baseline_plan.c */
const keel_pg_table *keel_baseline_root(const keel_check_run *run, const keel_pg_table *table); /* itself if no partition */
void keel_baseline_plan(const keel_check_run *run, size_t index); /* makes that slot */

/* baseline_hash.c: SQL over the alias t, in the arena. */
const char *keel_baseline_column_sum(keel_arena *arena, const keel_baseline_slot *slot, const char *column);
const char *keel_baseline_rows_sum(keel_arena *arena, const keel_baseline_slot *slot); /* of a table without a key */
const char *keel_baseline_row_hash(keel_arena *arena, const keel_baseline_slot *slot); /* of the row t */
const char *keel_baseline_limit(keel_arena *arena, const keel_baseline_slot *slot);    /* " FILTER (...)", or "" */
bool keel_baseline_is_integer(const char *type);
uint64_t keel_baseline_wrap(const char *decimal); /* a sum of any size, modulo 2^64 */
bool keel_baseline_probe(keel_pg *pg, uint64_t *ret_probe, keel_error *err);
/* Why hashes of the two cannot be compared, in words; NULL if they can. */
const char *keel_baseline_incomparable(const keel_baseline *before, const keel_baseline *now);

/* baseline_scan.c: what the pass over a table is to bring; nothing if it only reads a sample. More than one check may
 * ask for the number of rows. */
void keel_baseline_scan_rows(keel_check_run *run, const keel_pg_table *table, keel_scan *scan);
void keel_baseline_scan_hashes(keel_check_run *run, const keel_pg_table *table, keel_scan *scan);

/* baseline_sample.c: reads sample rows of a table into its slot; with a baseline, those that it names. */
bool keel_baseline_sample(keel_check_run *run, const keel_pg_table *table, keel_error *err);
/* baseline_sampled.c: what became of the rows that the baseline sampled. */
typedef struct keel_baseline_rows {
    const keel_baseline_row **items;
    size_t count;
} keel_baseline_rows;
void keel_baseline_sort_sample(keel_check_run *run, const keel_baseline_slot *slot, keel_baseline_rows *ret_gone,
                               keel_baseline_rows *ret_changed);
/* {"sampled":N,"sample":[keys]}; NULL for no rows. In the arena. */
const char *keel_baseline_sample_evidence(keel_check_run *run, const keel_baseline_table *before,
                                          const keel_baseline_rows *rows);

/* baseline_parts.c: what became of the parts of a table or of the database. */
typedef struct keel_baseline_terms {
    const char *noun;         /* "constraint"; NULL: the part's kind says it */
    keel_severity gone, unsound, changed;
    const char *unsound_text; /* "is no longer validated" */
    const char *sound_text;   /* "is validated now" */
    /* SQL that brings it back, or NULL */
    const char *(*restore)(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_part *part);
} keel_baseline_terms;
/* table NULL: of the database. */
void keel_baseline_compare_parts(keel_check_run *run, const keel_baseline_table *table, const keel_baseline_parts *before,
                                 const keel_baseline_parts *now, const keel_baseline_terms *terms);
/* The same for each table that is in both; `which` is the offset of the parts in keel_baseline_table. Returns the
 * number of parts of the baseline. */
int64_t keel_baseline_compare_tables(keel_check_run *run, size_t which, const keel_baseline_terms *terms);
/* All such parts of a baseline. */
int64_t keel_baseline_count_parts(const keel_baseline *baseline, size_t which);
/* {"before":...,"now":...}, in the arena. */
const char *keel_baseline_evidence(keel_check_run *run, const char *before, const char *now);

/* baseline_print.c */
const char *keel_baseline_fingerprint(keel_arena *arena, const keel_baseline *baseline); /* NULL = not all is known */
#define KEEL_BASELINE_FORMAT "pgkeel baseline"
enum { KEEL_BASELINE_CHECKSUM_SIZE = 17 };
/* Of a document, but for its own member "checksum". */
void keel_baseline_checksum(const keel_json_value *root, char ret_hex[KEEL_BASELINE_CHECKSUM_SIZE]);

#endif
