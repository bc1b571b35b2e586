/* One version of the file for several connections, without the snapshot API. The first connection
 * is the witness: its data_version is read, the others begin, then it begins itself and reads
 * again. If the number has not moved, nobody has committed in between and all of them stand on the
 * same version. */
#include "sqlite/connection.h"

enum { MOST_ATTEMPTS = 20 };

static const char data_version_sql[] = "PRAGMA data_version";
/* BEGIN alone takes no lock; the first read does. */
static const char begin_sql[] = "BEGIN";
static const char first_read_sql[] = "SELECT 1 FROM sqlite_schema LIMIT 1";

static bool begin_one(keel_sqlite *db, keel_error *err)
{
    int64_t unused;

    if (!keel_sqlite_run(db, begin_sql, err))
        return false;
    db->in_transaction = true;
    return keel_sqlite_int(db, first_read_sql, &unused, NULL, err);
}

static void end_all(keel_sqlite *const *connections, size_t count)
{
    for (size_t i = 0; i < count; i++)
        keel_sqlite_end(connections[i]);
}

static bool
attempt(keel_sqlite *const *connections, size_t count, bool *ret_together, keel_error *err)
{
    keel_sqlite *witness = connections[0];
    int64_t before, after;

    if (!keel_sqlite_int(witness, data_version_sql, &before, NULL, err))
        return false;
    for (size_t i = 1; i < count; i++)
        if (!begin_one(connections[i], err))
            return false;
    if (!begin_one(witness, err) || !keel_sqlite_int(witness, data_version_sql, &after, NULL, err))
        return false;
    *ret_together = before == after;
    return true;
}

bool keel_sqlite_begin_together(keel_sqlite *const *connections, size_t count, keel_error *err)
{
    if (count == 0)
        return true;
    for (int attempts = 0; attempts < MOST_ATTEMPTS; attempts++) {
        bool together = false;
        if (!attempt(connections, count, &together, err)) {
            end_all(connections, count);
            return false;
        }
        if (together)
            return true;
        end_all(connections, count);
    }
    keel_fail(err, KEEL_ERR_SOURCE,
              "\"%s\" changes too fast for %zu connections to begin on one version",
              connections[0]->path, count);
    return keel_fail_hint(err, "Use fewer connections (--jobs 1), or transfer a copy of the file.");
}

void keel_sqlite_end(keel_sqlite *db)
{
    if (!db->in_transaction)
        return;
    /* A read transaction has nothing to lose: ROLLBACK ends it even while statements are open. */
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    db->in_transaction = false;
}
