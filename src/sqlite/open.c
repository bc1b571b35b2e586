#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "sqlite/connection.h"

enum { BUSY_TIMEOUT_MS = 5000 };

/* A large map makes reading one copy cheaper; SQLite lowers it to its own limit (about 2 GB). */
static const char settings_sql[] = "PRAGMA query_only = 1; PRAGMA mmap_size = 1099511627776;"
                                   "PRAGMA cache_size = -2000; PRAGMA cell_size_check = 0;";
/* Reads page 1 and parses every CREATE statement: a bad file fails here and not in the middle of a
 * run. */
static const char prove_sql[] = "SELECT count(*) FROM sqlite_schema";

static bool check_path(const char *path, keel_error *err)
{
    struct stat file;

    if (path[0] == '\0')
        return keel_fail(err, KEEL_ERR_USAGE, "the path of the SQLite file is empty");
    if (stat(path, &file) != 0) {
        int reason = errno;
        keel_fail(err, KEEL_ERR_SOURCE, "cannot open \"%s\": %s", path, strerror(reason));
        return keel_fail_hint(err, reason == ENOENT
                                       ? "There is no such file; pgkeel never creates a source."
                                       : "Check the path and its permissions.");
    }
    if (S_ISDIR(file.st_mode)) {
        keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" is a directory", path);
        return keel_fail_hint(err, "Name the SQLite file itself.");
    }
    if (!S_ISREG(file.st_mode))
        return keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" is not a regular file", path);
    return true;
}

int keel_sqlite_open_plain(const char *path, int flags, sqlite3 **ret_handle)
{
    KEEL_CLEANUP(keel_str_free) keel_str plain = {0};

    keel_str_addf(&plain, "%s%s", path[0] == '/' ? "" : "./", path);
    return sqlite3_open_v2(keel_str_text(&plain), ret_handle,
                           flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
}

static void distrust_schema(sqlite3 *handle)
{
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

bool keel_sqlite_open(const char *path, keel_sqlite **ret_db, keel_error *err)
{
    int64_t tables;

    if (!check_path(path, err))
        return false;
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = keel_alloc_zero(1, sizeof *db);
    db->path = keel_strdup(path);
    int code = keel_sqlite_open_plain(path, SQLITE_OPEN_READONLY, &db->handle);
    if (code != SQLITE_OK)
        return keel_sqlite_fail(db, code, err);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    distrust_schema(db->handle);
    if (!keel_sqlite_run(db, settings_sql, err) ||
        !keel_sqlite_int(db, prove_sql, &tables, NULL, err))
        return false;
    *ret_db = db;
    db = NULL;
    return true;
}

void keel_sqlite_close(keel_sqlite *db)
{
    if (db == NULL)
        return;
    sqlite3_close_v2(db->handle);
    free(db->path);
    free(db);
}

bool keel_sqlite_run(keel_sqlite *db, const char *sql, keel_error *err)
{
    int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK || keel_sqlite_fail(db, code, err);
}
