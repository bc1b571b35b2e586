/* The inside of the room: the handle behind a keel_sqlite and how SQLite's result codes become
 * errors. Only files of src/sqlite include this. */
#ifndef KEEL_SQLITE_CONNECTION_H
#define KEEL_SQLITE_CONNECTION_H

#include <sqlite3.h>

#include "sqlite/sqlite.h"

struct keel_sqlite {
    sqlite3 *handle;
    char *path;          /* as the caller wrote it, for messages */
    bool in_transaction; /* begun by keel_sqlite_begin_together */
};

/* sqlite3_open_v2 by a plain path: SQLite reads no meaning into names such as ":memory:" and
 * "file:x". The handle is to be closed whatever comes back. */
int keel_sqlite_open_plain(const char *path, int flags, sqlite3 **ret_handle);

/* Fills err from an extended result code, with a hint for the cause; returns false. */
bool keel_sqlite_fail(const keel_sqlite *db, int code, keel_error *err);

/* Runs statements that return no rows. */
bool keel_sqlite_run(keel_sqlite *db, const char *sql, keel_error *err);

/* Reads bytes of the main file through SQLite's own handle. Opening and closing the file a second
 * time would drop the POSIX locks of every connection of this process. Missing bytes read as zero.
 */
bool keel_sqlite_read_bytes(const keel_sqlite *db, int64_t offset, void *ret_bytes, int size);

/* true if the header says that the file is in WAL mode. */
bool keel_sqlite_is_wal(const keel_sqlite *db);

/* PRAGMA name("argument") that returns rows. */
bool keel_sqlite_pragma(keel_sqlite *db,
                        const char *name,
                        const char *argument,
                        keel_sqlite_rows **ret_rows,
                        keel_error *err);

/* A name of the rowid of `table` that no column hides, or its INTEGER PRIMARY KEY; NULL if there is
 * none. */
bool keel_sqlite_rowid_name(
    keel_sqlite *db, keel_arena *arena, const char *table, const char **ret_name, keel_error *err);

#endif
