/* The jobs that build after the rows: each takes the next statement that its table's locks allow, from the table with the
 * most left to do, so that all jobs end at about the same time. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/build_inside.h"

typedef struct builder {
    keel_transfer *transfer;
    const keel_ddl_list *list;
    keel_ddl_phase phase;
    bool *taken;
    int *running;   /* per table: number of CREATE INDEX at work, -1 = one that wants the table alone */
    int64_t *bytes; /* per table, of its rows */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    keel_error err;
    bool failed;
} builder;

/* A statement that locks its table against others; CREATE INDEX takes SHARE, so several may run on one table. */
static bool wants_alone(const keel_ddl *ddl)
{
    return strncmp(ddl->sql, "CREATE ", 7) != 0;
}

static bool belongs(const builder *b, const keel_ddl *ddl)
{
    return ddl->phase == b->phase || (b->phase == KEEL_DDL_INDEX && ddl->phase == KEEL_DDL_ANALYZE);
}

static size_t steps_left(const builder *b, const keel_plan_table *table)
{
    size_t left = 0;

    for (size_t i = 0; i < b->list->count; i++)
        left += !b->taken[i] && belongs(b, &b->list->items[i]) && b->list->items[i].table == table;
    return left;
}

static bool may_start(const builder *b, const keel_ddl *ddl)
{
    int running = b->running[ddl->table->index];

    if (running < 0 || (wants_alone(ddl) && running > 0))
        return false;
    return ddl->phase != KEEL_DDL_ANALYZE || steps_left(b, ddl->table) == 1; /* it comes last */
}

static bool pick(builder *b, size_t *ret_index, bool *ret_left)
{
    double most = -1;

    *ret_left = false;
    for (size_t i = 0; i < b->list->count; i++) {
        const keel_ddl *ddl = &b->list->items[i];
        if (b->taken[i] || !belongs(b, ddl))
            continue;
        *ret_left = true;
        if (!may_start(b, ddl))
            continue;
        double work = (double)b->bytes[ddl->table->index] * (double)steps_left(b, ddl->table);
        if (work <= most)
            continue;
        most = work;
        *ret_index = i;
    }
    if (most < 0)
        return false;
    const keel_ddl *ddl = &b->list->items[*ret_index];
    int *running = &b->running[ddl->table->index];
    *running = wants_alone(ddl) ? -1 : *running + 1;
    b->taken[*ret_index] = true;
    return true;
}

/* Memory for a sort or a hash of about the table's size. What is sorted in pieces that the processor's cache holds, and
 * then merged, takes half the time of a sort in one piece; so as little as lets one pass merge all the pieces: a tape
 * takes 272 kB of the server's memory while merging, and there are bytes / memory of them. */
static long long work_kilobytes(int64_t bytes)
{
    enum { TAPE = 272 * 1024, LEAST = 8 * 1024, MOST = 256 * 1024 };
    double wanted = sqrt((double)bytes * TAPE) / 1024;

    return wanted < LEAST ? LEAST : wanted > MOST ? MOST : (long long)wanted;
}

/* VACUUM and ANALYZE are for speed: the server comes to them by itself later. They leave no trace that a repetition would
 * double, and VACUUM cannot share a transaction with the journal's row. */
static bool gather_statistics(builder *b, keel_pg *pg, const char *step, const keel_ddl *ddl, keel_error *err)
{
    bool done = keel_pg_exec(pg, err, "SET lock_timeout = '10s'") && keel_pg_exec(pg, err, ddl->sql);

    if (!done && err->kind != KEEL_ERR_SERVER)
        return false;
    if (!done)
        keel_report_addf(b->transfer->report, KEEL_INFO, "transfer.analyze", ddl->object, NULL, NULL, "not analysed: %s",
                         err->message);
    return keel_pg_exec(pg, err, "SET lock_timeout = 0") &&
           (!done || keel_journal_step_record(pg, b->transfer->run, step, ddl->sql, err));
}

/* A unique key that the rows do not satisfy: the later of equal rows move to the rejects, then once more. */
static bool build_again(builder *b, keel_pg *pg, const char *step, const keel_ddl *ddl, keel_error *err)
{
    keel_transfer *transfer = b->transfer;
    bool unique = ddl->phase == KEEL_DDL_INDEX && strcmp(err->sqlstate, "23505") == 0 && ddl->unique_columns != NULL;
    bool orphan = ddl->phase == KEEL_DDL_VALIDATE && strcmp(err->sqlstate, "23503") == 0 && ddl->reference != NULL;
    int64_t evicted = 0;

    if (!unique && !orphan)
        return keel_fail_context(err, "build %s", ddl->object);
    pthread_mutex_lock(&transfer->lock); /* the source connection is one */
    bool moved = keel_evict(transfer, pg, ddl, &evicted, err);
    pthread_mutex_unlock(&transfer->lock);
    if (!moved)
        return false;
    return keel_build_step(transfer, pg, step, ddl->sql, err) ? true : keel_fail_context(err, "build %s", ddl->object);
}

static bool build_one(builder *b, keel_pg *pg, size_t index, keel_error *err)
{
    const keel_ddl *ddl = &b->list->items[index];
    char step[64];
    bool done = false;

    keel_build_step_name(b->list, index, step, sizeof step);
    if (!keel_journal_step_done(pg, b->transfer->run, step, &done, err))
        return false;
    if (done)
        return true;
    if (ddl->phase == KEEL_DDL_ANALYZE)
        return gather_statistics(b, pg, step, ddl, err);
    if (!keel_pg_execf(pg, err, "SET maintenance_work_mem = '%lldkB'", work_kilobytes(b->bytes[ddl->table->index])))
        return false;
    return keel_build_step(b->transfer, pg, step, ddl->sql, err) || build_again(b, pg, step, ddl, err);
}

typedef struct builder_thread {
    builder *builder;
    keel_worker *worker;
    pthread_t thread;
} builder_thread;

static void *build(void *argument)
{
    builder_thread *t = argument;
    builder *b = t->builder;

    pthread_mutex_lock(&b->lock);
    while (!b->failed && !keel_transfer_stopping(b->transfer)) {
        size_t index = 0;
        bool left = false;
        keel_error err = {0};
        if (!pick(b, &index, &left)) {
            if (!left)
                break;
            pthread_cond_wait(&b->changed, &b->lock);
            continue;
        }
        pthread_mutex_unlock(&b->lock);
        bool built = build_one(b, t->worker->pg, index, &err);
        keel_progress_add(b->transfer->progress, 1);
        pthread_mutex_lock(&b->lock);
        int *running = &b->running[b->list->items[index].table->index];
        *running = *running < 0 ? 0 : *running - 1;
        if (!built && !b->failed) {
            b->failed = true;
            b->err = err;
        }
        pthread_cond_broadcast(&b->changed);
    }
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static bool measure_tables(builder *b, keel_error *err)
{
    const keel_plan *plan = b->transfer->plan;

    for (size_t i = 0; i < plan->table_count; i++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        const char *params[] = {keel_plan_relation(plan, plan->tables[i])};
        if (!keel_pg_query(b->transfer->pg, &result, err, "SELECT pg_catalog.pg_relation_size($1::regclass)", 1, params))
            return false;
        b->bytes[i] = keel_pg_int(result, 0, 0);
    }
    return true;
}

bool keel_build_phase(keel_transfer *transfer, const keel_ddl_list *list, keel_ddl_phase phase, keel_error *err)
{
    builder b = {.transfer = transfer, .list = list, .phase = phase, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    size_t tables = transfer->plan->table_count + 1;
    KEEL_CLEANUP(keel_free_p) bool *taken = keel_alloc_zero(list->count + 1, sizeof(bool));
    KEEL_CLEANUP(keel_free_p) int *running = keel_alloc_zero(tables, sizeof(int));
    KEEL_CLEANUP(keel_free_p) int64_t *bytes = keel_alloc_zero(tables, sizeof(int64_t));
    KEEL_CLEANUP(keel_free_p) builder_thread *threads = keel_alloc_zero((size_t)transfer->jobs, sizeof *threads);
    int started = 0;

    b.taken = taken;
    b.running = running;
    b.bytes = bytes;
    if (!measure_tables(&b, err))
        return false;
    for (; started < transfer->jobs; started++) {
        threads[started] = (builder_thread){.builder = &b, .worker = &transfer->workers[started]};
        if (pthread_create(&threads[started].thread, NULL, build, &threads[started]) != 0)
            break;
    }
    if (started == 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    for (int i = 0; i < started; i++)
        pthread_join(threads[i].thread, NULL);
    if (b.failed) {
        *err = b.err;
        return false;
    }
    return !keel_transfer_cancelled(transfer, err);
}
