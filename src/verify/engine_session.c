/* The lead connection holds the snapshot for the whole run and no lock on any table. Workers take
 * the snapshot over for a few tasks at a time: their transactions end early so that nobody waits
 * long for a lock that a check has taken. Settings are the transaction's, not the session's: a
 * pooler in between must not hand them on. */
#include <stdlib.h>

#include "verify/engine_inside.h"

enum { LOCK_TIMEOUT_MS = 2000, MOST_TASKS = 32 };
static const keel_usec longest = KEEL_SECOND;
static const keel_usec catalogue_timeout = 60 * KEEL_SECOND;
static const keel_usec least_timeout = KEEL_SECOND / 10;
static const int64_t light_bytes = 8 << 20; /* what reads more gets a transaction of its own */

/* The catalogue is not what the user wants to bound: without it there is no check at all. A
 * statement of --quick does not outlast its budget. */
static long long statement_timeout_ms(const keel_engine *e, const keel_pg *pg)
{
    keel_usec timeout = e->options->statement_timeout;

    if (pg == e->lead)
        return (timeout > 0 ? KEEL_MAX(timeout, catalogue_timeout) : 0) / 1000;
    if (e->deadline == 0)
        return timeout / 1000;
    keel_usec left = KEEL_MAX(e->deadline - keel_monotonic(), least_timeout);
    return (timeout > 0 ? KEEL_MIN(timeout, left) : left) / 1000;
}

static void add_begin(const keel_engine *e, const keel_pg *pg, bool imports, keel_str *sql)
{
    keel_str_add(sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
    if (imports) {
        keel_str_add(sql, "SET TRANSACTION SNAPSHOT ");
        keel_pg_add_literal(sql, e->snapshot);
        keel_str_addc(sql, ';');
    }
    keel_str_addf(
        sql,
        "SET LOCAL statement_timeout = %lld; SET LOCAL lock_timeout = %d; SET LOCAL row_security = "
        "off;"
        "SET LOCAL synchronize_seqscans = off; SET LOCAL idle_in_transaction_session_timeout = 0;"
        "SET LOCAL jit = off", /* questions to the catalogue look dear to the planner: seconds of
                                  compiling */
        statement_timeout_ms(e, pg), LOCK_TIMEOUT_MS);
    if (keel_pg_server_version(e->lead) >= 170000)
        keel_str_add(sql, "; SET LOCAL transaction_timeout = 0");
}

bool keel_engine_begin_on(const keel_engine *e, keel_pg *pg, bool imports, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_begin(e, pg, imports, &sql);
    return keel_pg_exec(pg, err, sql.data);
}

bool keel_engine_connect(keel_engine *e, const char *purpose, keel_pg **ret_pg, keel_error *err)
{
    keel_pg *pg = NULL;

    if (!keel_pg_open(e->options->conninfo, purpose, &pg, err))
        return false;
    pthread_mutex_lock(&e->lock);
    keel_vec_push(&e->open, pg);
    pthread_mutex_unlock(&e->lock);
    *ret_pg = pg;
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
        if (!keel_engine_connect(e, purpose, &w->pg, err))
            return false;
    }
    /* The snapshot of the catalogue has done its work: it need not hold back vacuum any longer. */
    if (e->options->snapshot == KEEL_SNAPSHOT_TABLE)
        keel_pg_rollback(e->lead);
    return true;
}

void keel_engine_close(keel_engine *e)
{
    for (size_t i = 0; i < e->open.count; i++)
        keel_pg_close(e->open.items[i]);
    keel_vec_free(&e->open);
    free(e->workers);
}

static bool may_go_on(const keel_engine_worker *w, const keel_engine_task *task)
{
    bool light = !keel_engine_task_reads(task) || task->weight <= light_bytes;

    return w->began != 0 && !task->fresh && light &&
           w->engine->options->snapshot == KEEL_SNAPSHOT_ONE && w->tasks < MOST_TASKS &&
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
    if (!keel_engine_begin_on(w->engine, w->pg, imports, err)) {
        keel_fail_context(err, "take the snapshot");
        return keel_fail_hint(
            err,
            "The connection that held it is gone, on a standby perhaps because of a conflict with "
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
