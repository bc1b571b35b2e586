/* Statements before and after the rows: tables first; then indexes in parallel, foreign keys NOT VALID and validated,
 * each step in one transaction with its journal row. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/memory.h"
#include "transfer/transfer.h"

/* The name of a step in the journal: its place among the statements of its phase, which the source alone decides. */
static void step_name(const keel_ddl_list *list, size_t index, char *name, size_t size)
{
    static const char *const phases[] = {"table", "index", "foreign key", "validate", "analyze"};
    size_t place = 0;

    for (size_t i = 0; i < index; i++)
        place += list->items[i].phase == list->items[index].phase && list->items[i].table == list->items[index].table;
    snprintf(name, size, "%s %d.%zu", phases[list->items[index].phase], list->items[index].table->number, place);
}

static bool run_step(keel_transfer *transfer, keel_pg *pg, const char *step, const char *sql, keel_error *err)
{
    if (!keel_pg_exec(pg, err, "BEGIN; SET LOCAL lock_timeout = '10s'") || !keel_pg_exec(pg, err, sql) ||
        !keel_journal_step_record(pg, transfer->run, step, sql, err) || !keel_fault("transfer.before_step") ||
        !keel_pg_exec(pg, err, "COMMIT")) {
        keel_pg_rollback(pg);
        return false;
    }
    (void)keel_fault("transfer.after_step");
    return true;
}

bool keel_build_tables(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        char step[64];
        bool done = false;
        if (list->items[i].phase != KEEL_DDL_TABLE)
            continue;
        step_name(list, i, step, sizeof step);
        if (!keel_journal_step_done(transfer->pg, transfer->run, step, &done, err))
            return false;
        if (!done && !run_step(transfer, transfer->pg, step, list->items[i].sql, err))
            return keel_fail_context(err, "create %s", list->items[i].object);
    }
    return true;
}

/* What the builders share. A statement that locks its table against others runs alone on it; CREATE INDEX takes SHARE,
 * so several may run on one table. */
typedef struct builder {
    keel_transfer *transfer;
    const keel_ddl_list *list;
    keel_ddl_phase phase;
    bool *taken;
    int *running; /* per table: number of CREATE INDEX at work, -1 = one that wants the table alone */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_llong evicted;
    keel_error err;
    bool failed;
} builder;

static bool wants_alone(const keel_ddl *ddl)
{
    return strncmp(ddl->sql, "CREATE ", 7) != 0;
}

static bool belongs(const builder *b, const keel_ddl *ddl)
{
    return ddl->phase == b->phase || (b->phase == KEEL_DDL_VALIDATE && ddl->phase == KEEL_DDL_ANALYZE);
}

static bool pick(builder *b, size_t *ret_index, bool *ret_left)
{
    *ret_left = false;
    for (size_t i = 0; i < b->list->count; i++) {
        const keel_ddl *ddl = &b->list->items[i];
        if (b->taken[i] || !belongs(b, ddl))
            continue;
        *ret_left = true;
        int *running = &b->running[ddl->table->index];
        if (*running < 0 || (wants_alone(ddl) && *running > 0))
            continue;
        *running = wants_alone(ddl) ? -1 : *running + 1;
        b->taken[i] = true;
        *ret_index = i;
        return true;
    }
    return false;
}

/* A unique key that the rows do not satisfy: the later of equal rows move to the rejects, then once more. */
static bool build_one(builder *b, keel_pg *pg, size_t index, keel_error *err)
{
    const keel_ddl *ddl = &b->list->items[index];
    keel_transfer *transfer = b->transfer;
    char step[64];
    bool done = false;
    int64_t evicted = 0;

    step_name(b->list, index, step, sizeof step);
    if (!keel_journal_step_done(pg, transfer->run, step, &done, err))
        return false;
    if (done || run_step(transfer, pg, step, ddl->sql, err))
        return true;
    if (ddl->phase == KEEL_DDL_ANALYZE && err->kind == KEEL_ERR_SERVER) {
        keel_report_addf(transfer->report, KEEL_INFO, "transfer.analyze", ddl->object, NULL, NULL, "not analysed: %s", err->message);
        return true; /* statistics are for speed; the server gathers them by itself later */
    }
    bool unique = ddl->phase == KEEL_DDL_INDEX && strcmp(err->sqlstate, "23505") == 0 && ddl->unique_columns != NULL;
    bool orphan = ddl->phase == KEEL_DDL_VALIDATE && strcmp(err->sqlstate, "23503") == 0 && ddl->reference != NULL;
    if (!unique && !orphan)
        return keel_fail_context(err, "build %s", ddl->object);
    pthread_mutex_lock(&transfer->lock); /* the source connection is one */
    bool moved = keel_evict(transfer, pg, ddl, &evicted, err);
    pthread_mutex_unlock(&transfer->lock);
    atomic_fetch_add(&b->evicted, evicted);
    if (!moved)
        return false;
    return run_step(transfer, pg, step, ddl->sql, err) ? true : keel_fail_context(err, "build %s", ddl->object);
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

static uint64_t count_phase(const keel_ddl_list *list, keel_ddl_phase phase)
{
    uint64_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].phase == phase;
    return count;
}

static bool build_phase(keel_transfer *transfer, const keel_ddl_list *list, keel_ddl_phase phase, int64_t *evicted,
                        keel_error *err)
{
    builder b = {.transfer = transfer, .list = list, .phase = phase, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    KEEL_CLEANUP(keel_free_p) bool *taken = keel_alloc_zero(list->count + 1, sizeof(bool));
    KEEL_CLEANUP(keel_free_p) int *running = keel_alloc_zero(transfer->plan->table_count + 1, sizeof(int));
    KEEL_CLEANUP(keel_free_p) builder_thread *threads = keel_alloc_zero((size_t)transfer->jobs, sizeof *threads);
    int started = 0;

    b.taken = taken;
    b.running = running;
    for (; started < transfer->jobs; started++) {
        threads[started] = (builder_thread){.builder = &b, .worker = &transfer->workers[started]};
        if (pthread_create(&threads[started].thread, NULL, build, &threads[started]) != 0)
            break;
    }
    if (started == 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    for (int i = 0; i < started; i++)
        pthread_join(threads[i].thread, NULL);
    *evicted += atomic_load(&b.evicted);
    if (b.failed) {
        *err = b.err;
        return false;
    }
    return !keel_transfer_cancelled(transfer, err);
}

/* Rows whose parents have gone must go before the keys are enforced, or taking out a parent would be refused later. */
static bool evict_orphans(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    int64_t moved = 1;

    while (moved > 0) {
        moved = 0;
        for (size_t i = 0; i < list->count; i++) {
            int64_t rows = 0;
            if (list->items[i].phase != KEEL_DDL_FOREIGN_KEY)
                continue;
            if (!keel_evict(transfer, transfer->pg, &list->items[i], &rows, err))
                return false;
            moved += rows;
        }
    }
    return true;
}

/* Rows may have been moved out by a process that died before it looked for their children. */
static bool moved_before(keel_transfer *transfer, bool *ret_moved, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT 1 FROM pgkeel.chunk WHERE run = %lld AND kind = '%c' LIMIT 1", (long long)transfer->run,
                  KEEL_CHUNK_EVICT);
    if (!keel_pg_query(transfer->pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_moved = keel_pg_rows(result) > 0;
    return true;
}

static bool has_cycles(const keel_plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->cyclic)
            return true;
    return false;
}

/* Index builds like memory; the server's own limit of 64 MB makes a sort of 2 M rows spill. */
static const char session_sql[] =
    "SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0; SET synchronous_commit = off";

bool keel_build_after(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    int64_t evicted = 0;
    bool moved = false;

    for (int i = 0; i < transfer->jobs; i++)
        if (!keel_pg_exec(transfer->workers[i].pg, err, session_sql))
            return false;
    keel_progress_phase(transfer->progress, "indexes", "steps", count_phase(list, KEEL_DDL_INDEX));
    if (!build_phase(transfer, list, KEEL_DDL_INDEX, &evicted, err))
        return false;
    if (!moved_before(transfer, &moved, err))
        return false;
    if ((moved || (has_cycles(transfer->plan) && atomic_load(&transfer->rejected) > 0)) &&
        !evict_orphans(transfer, list, err))
        return false;
    keel_progress_phase(transfer->progress, "foreign keys, statistics", "steps",
                        count_phase(list, KEEL_DDL_FOREIGN_KEY) + count_phase(list, KEEL_DDL_VALIDATE) +
                            count_phase(list, KEEL_DDL_ANALYZE));
    for (size_t i = 0; i < list->count; i++) {
        char step[64];
        bool done = false;
        if (list->items[i].phase != KEEL_DDL_FOREIGN_KEY)
            continue;
        step_name(list, i, step, sizeof step);
        if (!keel_journal_step_done(transfer->pg, transfer->run, step, &done, err))
            return false;
        if (!done && !run_step(transfer, transfer->pg, step, list->items[i].sql, err))
            return keel_fail_context(err, "add %s", list->items[i].object);
        keel_progress_add(transfer->progress, 1);
    }
    return build_phase(transfer, list, KEEL_DDL_VALIDATE, &evicted, err);
}
