/* Did the snapshot show what was read as it was? TRUNCATE and a rewriting ALTER TABLE empty a table
 * for older snapshots. Whoever has read such a table has seen nothing where there are rows; its
 * file has another number than the snapshot knows. The locks of whoever asks keep it so. */
#include "verify/engine_inside.h"

#define REWRITTEN                                                                                  \
    "c.relkind = 'r' AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)"

static const char one_sql[] = "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = "
                              "$1::pg_catalog.oid AND " REWRITTEN ")";
/* What the task has locked is what it has read. A table that the snapshot does not know (and that
 * is no index) has taken the place of another. */
static const char locked_sql[] =
    "SELECT NOT EXISTS ("
    "    SELECT FROM (SELECT $1::pg_catalog.oid UNION SELECT l.relation FROM pg_catalog.pg_locks l"
    "                                                  WHERE l.pid = pg_catalog.pg_backend_pid()"
    "                                                    AND l.locktype = 'relation') o(oid)"
    "      LEFT JOIN pg_catalog.pg_class c ON c.oid = o.oid"
    "     WHERE o.oid >= 16384 AND ((" REWRITTEN ") OR (c.oid IS NULL"
    "           AND pg_catalog.pg_index_has_property(o.oid, 'clusterable') IS NULL)))";

bool keel_engine_snapshot_is_true(keel_engine_worker *w,
                                  const keel_engine_task *task,
                                  bool *ret_true,
                                  keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str answer = {0};
    char oid[16];
    const char *params[] = {oid};

    snprintf(oid, sizeof oid, "%u", task->table != NULL ? task->table->oid : 0);
    if (!keel_pg_query_value(w->pg, &answer, NULL, err, task->scan ? one_sql : locked_sql, 1,
                             params))
        return false;
    *ret_true = answer.data[0] == 't';
    return true;
}
