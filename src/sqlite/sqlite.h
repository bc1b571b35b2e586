/* A SQLite file read-only: open, one consistent snapshot for several connections, typed rows, rowid slices.
 * sqlite3.h stays inside src/sqlite. A keel_sqlite belongs to one thread at a time.
 *
 * The file is opened SQLITE_OPEN_READONLY and never written: no journal is rolled back, no WAL is checkpointed
 * away by us. Errors are KEEL_ERR_SOURCE with a hint per cause: no such file, a directory, not a database
 * (encrypted or something else), corrupt, locked by a writer, hot journal, WAL file in a read-only directory. */
#ifndef KEEL_SQLITE_SQLITE_H
#define KEEL_SQLITE_SQLITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "sqlite/cell.h"

typedef struct keel_sqlite keel_sqlite;
typedef struct keel_sqlite_rows keel_sqlite_rows;

/* Opens and proves that the file is a database that can be read (reads sqlite_schema; busy timeout 5 s). */
bool keel_sqlite_open(const char *path, keel_sqlite **ret_db, keel_error *err);
void keel_sqlite_close(keel_sqlite *db);
KEEL_DEFINE_CLEANUP(keel_sqlite, keel_sqlite_close);

/* Begins a read transaction on every connection, all on one version of the file: PRAGMA data_version is read
 * before and after every one has begun, and all is repeated if it moved (at most 20 times, then SOURCE error).
 * Debian's libsqlite3 has no snapshot API. */
bool keel_sqlite_begin_together(keel_sqlite *const *connections, size_t count, keel_error *err);
void keel_sqlite_end(keel_sqlite *db);

/* Facts that tell one version of the file from another: for the journal and for resume. */
typedef struct keel_sqlite_facts {
    int64_t bytes, modified_ns;
    uint32_t change_counter, schema_cookie, page_size;
    int64_t wal_bytes; /* 0 without a WAL file */
    bool wal_mode;     /* false: readers lock out the app's writers while they read */
    char encoding[16]; /* "UTF-8", "UTF-16le", ... */
} keel_sqlite_facts;
bool keel_sqlite_read_facts(keel_sqlite *db, keel_sqlite_facts *ret_facts, keel_error *err);
/* Writes a consistent copy of the database (the backup API) to `path`, which must not exist. */
bool keel_sqlite_backup(keel_sqlite *db, const char *path, keel_error *err);

/* Rows of any SELECT. Parameters are int64 (rowid bounds), bound to ?1.. in order. */
bool keel_sqlite_query(keel_sqlite *db, const char *sql, const int64_t *params, size_t param_count,
                       keel_sqlite_rows **ret_rows, keel_error *err);
/* Binds new int64 parameters and rewinds: the statement is kept prepared. */
bool keel_sqlite_rewind(keel_sqlite_rows *rows, const int64_t *params, size_t param_count, keel_error *err);
void keel_sqlite_rows_free(keel_sqlite_rows *rows);
KEEL_DEFINE_CLEANUP(keel_sqlite_rows, keel_sqlite_rows_free);
int keel_sqlite_columns(const keel_sqlite_rows *rows);
/* Steps; *ret_row is false at the end. Corrupt pages and I/O errors are SOURCE errors. */
bool keel_sqlite_next(keel_sqlite_rows *rows, bool *ret_row, keel_error *err);
/* The current row's cells, all columns at once into `cells` (keel_sqlite_columns() of them). TEXT in a UTF-16
 * file arrives as UTF-8. */
void keel_sqlite_cells(keel_sqlite_rows *rows, keel_cell *cells);

/* One integer answer, e.g. count(*). */
bool keel_sqlite_int(keel_sqlite *db, const char *sql, int64_t *ret_value, bool *ret_null, keel_error *err);

/* "name" quoted for SQLite. */
void keel_sqlite_add_identifier(keel_str *out, const char *name);

/* Cuts a rowid table into at least `want` (where it has that many rows) and at most 4 * want contiguous ranges
 * that together cover every rowid, by seeks only (no scan): occupied stretches are found by probing, so one far
 * outlier does not put all rows into one range. Bounds are inclusive, ascending, disjoint; an empty table gives
 * none. The ranges live in the arena. */
typedef struct keel_sqlite_range { int64_t low, high; } keel_sqlite_range;
bool keel_sqlite_slices(keel_sqlite *db, const char *table, size_t want, keel_arena *arena,
                        keel_sqlite_range **ret_ranges, size_t *ret_count, keel_error *err);

#endif
