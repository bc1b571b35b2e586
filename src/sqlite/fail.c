/* What a result code of SQLite means to the reader of a message, and what can be done about it. */
#include <string.h>

#include "sqlite/connection.h"
#include "sqlite/holder.h"

static bool fail_locked(const keel_sqlite *db, keel_error *err)
{
    char holder[128];

    keel_sqlite_lock_holder(db->path, holder, sizeof holder);
    keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" is locked by a writer%s%s", db->path,
              holder[0] != '\0' ? ": " : "", holder);
    return keel_fail_hint(
        err, "The writer kept its exclusive lock for longer than the 5 s that pgkeel waits: "
             "run again when it has committed, or stop it, or transfer a copy of the file.");
}

static bool fail_cannot_open(const keel_sqlite *db, keel_error *err)
{
    int system_error = sqlite3_system_errno(db->handle);

    if (keel_sqlite_is_wal(db)) {
        keel_fail(err, KEEL_ERR_SOURCE, "cannot open the write-ahead log of \"%s\"", db->path);
        return keel_fail_hint(
            err,
            "SQLite must create %s-shm beside it: copy the file (with its -wal) to a "
            "writable directory.",
            db->path);
    }
    keel_fail(err, KEEL_ERR_SOURCE, "cannot open \"%s\": %s", db->path,
              system_error != 0 ? strerror(system_error) : sqlite3_errmsg(db->handle));
    return keel_fail_hint(err, "Check that this user may read the file and enter its directory.");
}

static bool fail_hot_journal(const keel_sqlite *db, keel_error *err)
{
    keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" has a hot journal: a writer died inside a transaction",
              db->path);
    return keel_fail_hint(
        err,
        "Open the file once with its application or with sqlite3 \"%s\" \"SELECT 1 FROM "
        "sqlite_schema\", which rolls the half-written transaction back; pgkeel never "
        "writes to it.",
        db->path);
}

static bool fail_corrupt(const keel_sqlite *db, int code, keel_error *err)
{
    keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" is corrupt: %s", db->path, sqlite3_errmsg(db->handle));
    if (code == SQLITE_NOTADB) {
        keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" is not a SQLite database", db->path);
        return keel_fail_hint(err, "The file is encrypted or is not a SQLite database.");
    }
    return keel_fail_hint(
        err,
        "See what is damaged with sqlite3 \"%s\" \"PRAGMA integrity_check\"; sqlite3 \"%s\" "
        ".recover | sqlite3 recovered.db saves what can still be read.",
        db->path, db->path);
}

static bool fail_io(const keel_sqlite *db, keel_error *err)
{
    int system_error = sqlite3_system_errno(db->handle);

    keel_fail(err, KEEL_ERR_SOURCE, "cannot read \"%s\": %s%s%s", db->path,
              sqlite3_errmsg(db->handle), system_error != 0 ? ": " : "",
              system_error != 0 ? strerror(system_error) : "");
    return keel_fail_hint(
        err, "The disk or file system failed, or the file was cut short while it was read: copy "
             "it to another disk and run again.");
}

bool keel_sqlite_fail(const keel_sqlite *db, int code, keel_error *err)
{
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return fail_corrupt(db, code & 0xff, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return fail_locked(db, err);
    case SQLITE_CANTOPEN:
        return fail_cannot_open(db, err);
    case SQLITE_READONLY:
        return keel_sqlite_is_wal(db) ? fail_cannot_open(db, err) : fail_hot_journal(db, err);
    case SQLITE_IOERR:
        return fail_io(db, err);
    case SQLITE_INTERRUPT:
        return keel_fail(err, KEEL_ERR_CANCELLED, "reading \"%s\" was stopped", db->path);
    default:
        return keel_fail(err, KEEL_ERR_SOURCE, "cannot read \"%s\": %s", db->path,
                         sqlite3_errmsg(db->handle));
    }
}
