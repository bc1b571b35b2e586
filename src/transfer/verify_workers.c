/* Workers: connections that all see one snapshot of the target and one version of the source, and
 * their threads. */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "transfer/verify_inside.h"

bool keel_verify_cancelled(const keel_verify *v, keel_error *err)
{
    if (v->options->cancel == NULL || *v->options->cancel == 0)
        return false;
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the comparison is not complete");
    return true;
}

static int choose_jobs(int wanted)
{
    enum { MOST = 64, MOST_BY_DEFAULT = 8 };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return KEEL_MIN(wanted, MOST);
    return (int)KEEL_MAX(1, KEEL_MIN(processors, MOST_BY_DEFAULT));
}

/* The jobs share the processors already: a query that takes more of them, or compiles itself, only
 * costs more. */
static const char session_sql[] = "SET max_parallel_workers_per_gather = 0; SET jit = off";

static bool open_worker(keel_verifier *w, const char *snapshot, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    char purpose[48];

    snprintf(purpose, sizeof purpose, "transfer verify worker %d", w->number);
    if (!keel_pg_open(w->verify->options->conninfo, purpose, &w->pg, err) ||
        !keel_pg_exec(w->pg, err, session_sql))
        return false;
    keel_str_add(&sql,
                 "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ");
    keel_pg_add_literal(&sql, snapshot);
    return keel_pg_exec(w->pg, err, sql.data) &&
           keel_sqlite_open(w->verify->source_path, &w->db, err);
}

bool keel_verify_open(keel_verify *v, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str snapshot = {0};
    size_t jobs = (size_t)(v->jobs = choose_jobs(v->options->jobs));
    KEEL_CLEANUP(keel_free_p)
    keel_sqlite **connections = keel_alloc_zero(jobs + 1, sizeof(keel_sqlite *));

    v->workers = keel_alloc_zero(jobs, sizeof *v->workers);
    if (!keel_sqlite_open(v->source_path, &v->db, err) ||
        !keel_pg_query_value(v->pg, &snapshot, NULL, err, "SELECT pg_catalog.pg_export_snapshot()",
                             0, NULL))
        return false;
    for (size_t i = 0; i < jobs; i++) {
        v->workers[i].verify = v;
        v->workers[i].number = (int)i + 1;
        if (!open_worker(&v->workers[i], keel_str_text(&snapshot), err))
            return false;
        connections[i] = v->workers[i].db;
    }
    connections[jobs] = v->db;
    return keel_sqlite_begin_together(connections, jobs + 1, err);
}

static void free_worker(keel_verifier *w)
{
    keel_pg_close(w->pg);
    keel_sqlite_close(w->db);
    keel_store_free(&w->store);
    keel_vec_free(&w->by_old.runs);
    keel_vec_free(&w->by_new.runs);
    keel_vec_free(&w->merged.runs);
    keel_str_free(&w->scratch);
    keel_str_free(&w->sql);
    keel_str_free(&w->text);
    free(w->cells);
    free(w->fields);
    free(w->nulled);
}

void keel_verify_close(keel_verify *v)
{
    for (int i = 0; v->workers != NULL && i < v->jobs; i++)
        free_worker(&v->workers[i]);
    free(v->workers);
    keel_pg_close(v->pg);
    keel_sqlite_close(v->db);
}

static void make_scratch(keel_verifier *w)
{
    size_t widest = 0;

    for (size_t i = 0; i < w->verify->plan->table_count; i++)
        widest = KEEL_MAX(widest, w->verify->plan->tables[i]->columns.count);
    w->cells = keel_alloc_zero(widest + 1, sizeof *w->cells);
    w->fields = keel_alloc_zero(widest + 1, sizeof *w->fields);
    w->nulled = keel_alloc_zero(widest + 1, sizeof *w->nulled);
}

static bool do_item(keel_verifier *w, const keel_verify_item *item)
{
    w->item = item;
    w->state = item->state;
    if (item->kind == KEEL_ITEM_ROWS ? keel_verify_rows(w, &w->err)
                                     : keel_verify_server(w, &w->err))
        return true;
    keel_fail_context(&w->err, "verify \"%s\"", item->state->plan->source->name);
    return false;
}

static void *work(void *argument)
{
    keel_verifier *w = argument;
    keel_verify *v = w->verify;

    while (!atomic_load(&v->stop)) {
        size_t next = atomic_fetch_add(&v->next_item, 1);
        if (next >= v->items.count)
            break;
        if (!do_item(w, &v->items.items[next]))
            atomic_store(&v->stop, true);
    }
    return NULL;
}

bool keel_verify_run(keel_verify *v, keel_error *err)
{
    int threads = 0;
    bool started = true;

    for (int i = 0; i < v->jobs; i++)
        make_scratch(&v->workers[i]);
    for (; started && threads < v->jobs; threads += started) {
        keel_verifier *w = &v->workers[threads];
        started = pthread_create(&w->thread, NULL, work, w) == 0;
    }
    if (!started)
        atomic_store(&v->stop, true);
    for (int i = 0; i < threads; i++)
        pthread_join(v->workers[i].thread, NULL);
    for (int i = 0; i < v->jobs; i++) {
        if (v->workers[i].err.kind == KEEL_OK)
            continue;
        *err = v->workers[i].err;
        return false;
    }
    return started || keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
}
