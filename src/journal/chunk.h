/* Chunks: one chunk = one transaction = the rows and this record of them, unique on (run, table, kind, lane, seq), so
 * that a resume is exact. Inserted first in its transaction: whoever holds the same place (a dead client's backend that
 * still commits) is waited for before any row is sent.
 *
 * Keys are stored as runs: `old_start[i] .. old_start[i] + length[i] - 1` became `new_start[i] ..`; new_start is NULL
 * where keys were kept, length NULL where every run is of one. Keys that are not integers: old_text/new_text
 * pairwise (remap) or key_hashes (keep). row_hashes: 8 bytes big-endian per inserted row in order of insertion. */
#ifndef KEEL_JOURNAL_CHUNK_H
#define KEEL_JOURNAL_CHUNK_H

#include "journal/journal.h"

#define KEEL_CHUNK_LOAD 'l'  /* rows sent; lane = slice */
#define KEEL_CHUNK_KEYS 'k'  /* new keys of a cyclic table, before the data phase */
#define KEEL_CHUNK_LINK 's'  /* second pass: references set */
#define KEEL_CHUNK_EVICT 'e' /* rows moved from the target to the rejects (inserted is negative) */
#define KEEL_CHUNK_UNDO 'u'  /* row hashes that undo has spent, of a table without a key (lane 0) */

typedef struct keel_key_runs {
    int64_t *old_start, *new_start; /* new_start NULL: same as old */
    int32_t *length;
    size_t count;
} keel_key_runs;

typedef struct keel_chunk_record {
    int table;
    char kind;
    int lane, seq;
    int64_t first_position, last_position; /* source rowids, or ordinals */
    int64_t read, inserted, merged, rejected;
    int64_t xid;          /* 64-bit id of its transaction */
    uint32_t filenode;    /* of the table then; 0 unknown */
    keel_key_runs keys;   /* of inserted rows (KEYS: all given) */
    keel_key_runs merged_keys;
    const char *key_texts;        /* array literals of non-integer maps: old */
    const char *new_key_texts;
    const unsigned char *row_hashes, *key_hashes;
    size_t row_hash_count, key_hash_count;
    const char *notes;    /* JSON: counts of policies per column, merged rows that differ */
    double seconds;
} keel_chunk_record;

/* "INSERT INTO pgkeel.chunk ..." for the start of the transaction; ends with "; ". `relation` is quoted schema.name. */
void keel_journal_chunk_begin_sql(keel_str *sql, int64_t run, int table, char kind, int lane, int seq, const char *relation);
/* Fills the record in, same transaction. */
bool keel_journal_chunk_finish(keel_pg *pg, int64_t run, const keel_chunk_record *record, keel_error *err);
/* true if that chunk is committed. */
bool keel_journal_chunk_exists(keel_pg *pg, int64_t run, int table, char kind, int lane, int seq, bool *ret_exists, keel_error *err);

/* Chunks of one table (kind 0 = every kind) in order of kind, lane, seq; each is handed to `take` and freed after it. `hashes`: also the hashes. */
typedef bool keel_chunk_take(void *context, const keel_chunk_record *record, keel_error *err);
bool keel_journal_chunks(keel_pg *pg, int64_t run, int table, char kind, bool hashes, keel_chunk_take *take, void *context, keel_error *err);
/* One chunk; not an error if there is none (then nothing is taken). */
bool keel_journal_chunk_load(keel_pg *pg, int64_t run, int table, char kind, int lane, int seq, bool hashes, keel_chunk_take *take, void *context, keel_error *err);

typedef struct keel_reject {
    int table;
    int64_t position;         /* rowid or ordinal in the source */
    const char *key;          /* for people: "17", "17, abc", "rowid 17" */
    const char *column;       /* source column, or NULL for the row */
    const char *storage_class;
    const char *value;        /* text, or hex */
    bool hex;
    const char *code;         /* keel_misfit_id */
    const char *reason;
} keel_reject;
/* Appends one line of COPY text; then keel_journal_rejects_copy sends them in the transaction of their chunk. */
void keel_journal_reject_line(keel_str *lines, int64_t run, int lane, int seq, const keel_reject *reject);
bool keel_journal_rejects_copy(keel_pg *pg, const keel_str *lines, keel_error *err);
/* Rejects of a run that are not resolved by a later one, ordered by table and position; table -1 = all; limit 0 = all. */
typedef bool keel_reject_take(void *context, const keel_reject *reject, keel_error *err);
bool keel_journal_rejects(keel_pg *pg, int64_t run, int table, int64_t limit, keel_reject_take *take, void *context, keel_error *err);

#endif
