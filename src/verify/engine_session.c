/* The lead connection holds the snapshot for the whole run and no lock on any table. Workers take the snapshot over
 * for a few tasks at a time: their transactions end early so that nobody waits long for a lock that a check has
 * taken. Settings are the transaction's, not the session's: a pooler in between must not hand them on. */
#include <stdlib.h>

#include "verify/engine_inside.h"

enum { LOCK_TIMEOUT_MS = 2000, MOST_TASKS = 32 };
static const keel_usec longest = KEEL_SECOND;
static const int64_t light_bytes = 8 << 20; /* what reads more gets a transaction of its own */

static void add_begin(const keel_engine *e, keel_str *sql, bool imports)
{
    keel_str_add(sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
    if (imports) {
        keel_str_add(sql, "SET TRANSACTION SNAPSHOT ");
        keel_pg_add_literal(sql, e->snapshot);
        keel_str_addc(sql, ';');
    }
    keel_str_addf(sql,
                  "SET LOCAL statement_timeout = %lld; SET LOCAL lock_timeout = %d; SET LOCAL row_security = off;"
                  "SET LOCAL synchronize_seqscans = off; SET LOCAL idle_in_transaction_session_timeout = 0",
                  (long long)(e->options->statement_timeout / 1000), LOCK_TIMEOUT_MS);
    if (keel_pg_server_version(e->lead) >= 170000)
        keel_str_add(sql, "; SET LOCAL transaction_timeout = 0");
}

static bool begin(const keel_engine *e, keel_pg *pg, bool imports, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_begin(e, &sql, imports);
    return keel_pg_exec(pg, err, sql.data);
}

static bool read_facts(keel_engine *e, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(e->lead, &rows, err,
                       "SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_is_in_recovery(),"
                       "       (EXTRACT(epoch FROM pg_catalog.now()) * 1000000)::pg_catalog.int8, current_user",
                       0, NULL))
        return keel_fail_context(err, "take a snapshot");
    e->snapshot = keel_arena_strdup(e->arena, keel_pg_text(rows, 0, 0));
    e->db.standby = keel_pg_bool(rows, 0, 1);
    e->db.now = keel_pg_int(rows, 0, 2);
    e->role = keel_arena_strdup(e->arena, keel_pg_text(rows, 0, 3));
    e->db.server_version = keel_pg_server_version(e->lead);
    return true;
}

bool keel_engine_open(keel_engine *e, keel_error *err)
{
    keel_pg_catalog *catalog = NULL;

    if (!keel_pg_open(e->options->conninfo, "check", &e->lead, err) || !begin(e, e->lead, false, err))
        return false;
    e->snapshot_began = keel_monotonic();
    if (!read_facts(e, err))
        return false;
    if (!keel_pg_catalog_load(e->lead, e->arena, &catalog, err)) {
        if (keel_engine_cause_of(err) == KEEL_CAUSE_LOCKED)
            keel_fail_hint(err, "Somebody holds an exclusive lock on a table; run the check again when it is gone.");
        return false;
    }
    e->db.catalog = catalog;
    return true;
}

bool keel_engine_open_workers(keel_engine *e, keel_error *err)
{
    char purpose[48];

    e->workers = keel_alloc_zero((size_t)e->jobs, sizeof *e->workers);
    for (int i = 0; i < e->jobs; i++) {
        keel_engine_worker *w = &e->workers[i];
        w->engine = e;
        snprintf(purpose, sizeof purpose, "check worker %d", i + 1);
        if (keel_engine_cancelled(e) || !keel_pg_open(e->options->conninfo, purpose, &w->pg, err))
            return false;
    }
    /* The snapshot of the catalogue has done its work: it need not hold back vacuum any longer. */
    if (e->options->snapshot == KEEL_SNAPSHOT_TABLE)
        keel_pg_rollback(e->lead);
    return true;
}

void keel_engine_close(keel_engine *e)
{
    for (int i = 0; e->workers != NULL && i < e->jobs; i++)
        keel_pg_close(e->workers[i].pg);
    free(e->workers);
    keel_pg_close(e->lead);
}

static bool may_go_on(const keel_engine_worker *w, const keel_engine_task *task)
{
    bool light = !keel_engine_task_reads(task) || task->weight <= light_bytes;

    return w->began != 0 && !task->fresh && light && w->engine->options->snapshot == KEEL_SNAPSHOT_ONE && w->tasks < MOST_TASKS &&
           keel_monotonic() - w->began < longest;
}

bool keel_engine_begin(keel_engine_worker *w, const keel_engine_task *task, keel_error *err)
{
    bool imports = !task->fresh && w->engine->options->snapshot == KEEL_SNAPSHOT_ONE;

    if (may_go_on(w, task)) {
        w->tasks++;
        return true;
    }
    keel_engine_end(w);
    if (!begin(w->engine, w->pg, imports, err)) {
        keel_fail_context(err, "take the snapshot");
        return keel_fail_hint(err, "The connection that held it is gone, on a standby perhaps because of a conflict with "
                                   "recovery. --snapshot table needs none that lasts.");
    }
    w->began = keel_monotonic();
    w->tasks = 1;
    return true;
}

void keel_engine_end(keel_engine_worker *w)
{
    keel_pg_rollback(w->pg);
    w->began = 0;
}
