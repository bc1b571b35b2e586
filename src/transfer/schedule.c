/* Workers and what they do next: lanes of tables whose parents are complete. One thread per worker, each with its own
 * connections; all source connections read one version of the file. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/transfer.h"

static size_t widest_table(const keel_plan *plan)
{
    size_t widest = 0;

    for (size_t i = 0; i < plan->table_count; i++)
        widest = KEEL_MAX(widest, plan->tables[i]->columns.count);
    return widest;
}

static size_t most_keysets(const keel_plan *plan)
{
    size_t most = 0;

    for (size_t i = 0; i < plan->table_count; i++)
        most = KEEL_MAX(most, plan->tables[i]->keysets.count);
    return most;
}

static void make_scratch(keel_worker *worker)
{
    const keel_plan *plan = worker->transfer->plan;
    size_t tables = plan->table_count, widest = widest_table(plan) + 2, keysets = most_keysets(plan) + 1;

    worker->rules = keel_alloc_zero(tables, sizeof *worker->rules);
    worker->counts = keel_alloc_zero(tables, sizeof *worker->counts);
    worker->stock = keel_alloc_zero(tables, sizeof *worker->stock);
    worker->stage_made = keel_alloc_zero(tables, sizeof *worker->stage_made);
    worker->cells = keel_alloc_zero(widest, sizeof *worker->cells);
    worker->json_hashes = keel_alloc_zero(widest, sizeof *worker->json_hashes);
    worker->field_starts = keel_alloc_zero(widest, sizeof *worker->field_starts);
    worker->referred = keel_alloc_zero(widest, sizeof *worker->referred);
    worker->chunk.keys = keel_alloc_zero(keysets, sizeof *worker->chunk.keys);
    worker->chunk.rejected_keys = keel_alloc_zero(keysets, sizeof *worker->chunk.rejected_keys);
    for (size_t i = 0; i < tables; i++) {
        size_t columns = plan->tables[i]->columns.count + 1;
        worker->rules[i] = keel_alloc_zero(columns, sizeof **worker->rules);
        worker->counts[i] = keel_alloc_zero(columns, sizeof **worker->counts);
        for (size_t j = 0; j + 1 < columns; j++)
            worker->rules[i][j] = plan->tables[i]->columns.items[j].rule;
    }
}

static void free_scratch(keel_worker *worker)
{
    const keel_plan *plan = worker->transfer->plan;

    for (size_t i = 0; worker->rules != NULL && i < plan->table_count; i++) {
        free(worker->rules[i]);
        free(worker->counts[i]);
        free(worker->stock[i].integers);
        free(worker->stock[i].uuids);
    }
    free(worker->rules);
    free(worker->counts);
    free(worker->stock);
    free(worker->stage_made);
    free(worker->cells);
    free(worker->json_hashes);
    free(worker->field_starts);
    free(worker->referred);
    keel_chunk_free(&worker->chunk, plan);
    keel_str_free(&worker->lines);
    keel_str_free(&worker->sql);
}

/* Chunks commit asynchronously: the journal's row and the rows are one transaction, so a crash loses both or none, and
 * the end of the run flushes all of them before it says "complete". */
static const char session_sql[] = "SET synchronous_commit = off; SET lock_timeout = 0";

static bool open_worker(keel_worker *worker, keel_error *err)
{
    char purpose[48];

    snprintf(purpose, sizeof purpose, "transfer worker %d", worker->number);
    if (!keel_pg_open(worker->transfer->conninfo, purpose, &worker->pg, err) ||
        !keel_pg_exec(worker->pg, err, session_sql))
        return false;
    if (!worker->transfer->plan->options.skip_triggers)
        return true;
    if (keel_pg_exec(worker->pg, err, "SET session_replication_role = replica"))
        return true;
    return keel_fail_hint(err, "--triggers skip needs a superuser, or (from PostgreSQL 15) GRANT SET ON PARAMETER"
                               " session_replication_role TO the role.");
}

bool keel_workers_snapshot(keel_transfer *transfer, const char *source_path, keel_error *err)
{
    size_t count = (size_t)transfer->jobs;
    KEEL_CLEANUP(keel_free_p) keel_sqlite **connections = keel_alloc_zero(count + 1, sizeof(keel_sqlite *));

    transfer->workers = keel_alloc_zero(count, sizeof *transfer->workers);
    for (size_t i = 0; i < count; i++) {
        transfer->workers[i].transfer = transfer;
        transfer->workers[i].number = (int)i + 1;
        if (!keel_sqlite_open(source_path, &transfer->workers[i].db, err))
            return false;
        connections[i] = transfer->workers[i].db;
    }
    connections[count] = transfer->db;
    return keel_sqlite_begin_together(connections, count + 1, err);
}

bool keel_workers_open(keel_transfer *transfer, keel_error *err)
{
    for (int i = 0; i < transfer->jobs; i++) {
        make_scratch(&transfer->workers[i]);
        if (!open_worker(&transfer->workers[i], err))
            return false;
    }
    return true;
}

void keel_workers_close(keel_transfer *transfer)
{
    for (int i = 0; transfer->workers != NULL && i < transfer->jobs; i++) {
        keel_worker *worker = &transfer->workers[i];
        keel_pg_close(worker->pg);
        keel_sqlite_close(worker->db);
        if (worker->rules != NULL)
            free_scratch(worker);
    }
    free(transfer->workers);
    transfer->workers = NULL;
}

static bool is_loaded(const keel_table_state *state)
{
    for (size_t i = 0; i < state->lane_count; i++)
        if (!state->lanes[i].finished)
            return false;
    return state->open_lanes == 0;
}

static bool parents_done(const keel_transfer *transfer, const keel_plan_table *table)
{
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_table *parent = table->references.items[i].parent;
        if (parent == NULL)
            continue;
        if (parent->group != table->group && !transfer->states[parent->index].done)
            return false;
        if (table->references.items[i].parent_first && !is_loaded(&transfer->states[parent->index]))
            return false;
    }
    return true;
}

/* The next lane whose table may start, of the table that the fewest workers are loading: two that append to one table wait
 * for each other whenever it grows. NULL with *ret_wait if others must finish first. Called under the lock. */
static keel_lane *next_lane(keel_transfer *transfer, bool *ret_wait)
{
    keel_table_state *best = NULL;

    *ret_wait = false;
    for (size_t i = 0; i < transfer->plan->table_count; i++) {
        keel_table_state *state = &transfer->states[i];
        *ret_wait = *ret_wait || !state->done;
        if (state->done || state->next_lane == state->lane_count || !parents_done(transfer, transfer->plan->tables[i]))
            continue;
        if (best == NULL || state->open_lanes < best->open_lanes)
            best = state;
    }
    if (best == NULL)
        return NULL;
    best->open_lanes++;
    return &best->lanes[best->next_lane++];
}

static bool group_is_loaded(const keel_transfer *transfer, int group)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        if (transfer->plan->tables[i]->group == group && !is_loaded(&transfer->states[i]))
            return false;
    return true;
}

/* Under the lock. A table is done when nothing more happens to its rows that its children must know. */
static void close_lane(keel_worker *worker, const keel_lane *lane)
{
    keel_transfer *transfer = worker->transfer;
    int group = lane->table->group;

    transfer->states[lane->table->index].open_lanes--;
    if (!lane->table->cyclic) {
        transfer->states[lane->table->index].done = is_loaded(&transfer->states[lane->table->index]);
        return;
    }
    if (!group_is_loaded(transfer, group) || keel_transfer_stopping(transfer))
        return;
    pthread_mutex_unlock(&transfer->lock);
    bool settled = keel_link_settle(worker, group, &worker->err);
    pthread_mutex_lock(&transfer->lock);
    if (!settled)
        atomic_store(&transfer->stop, true);
    for (size_t i = 0; settled && i < transfer->plan->table_count; i++)
        if (transfer->plan->tables[i]->group == group)
            transfer->states[i].done = true;
}

static void *work(void *argument)
{
    keel_worker *worker = argument;
    keel_transfer *transfer = worker->transfer;

    pthread_mutex_lock(&transfer->lock);
    while (!keel_transfer_stopping(transfer)) {
        bool wait = false;
        keel_lane *lane = next_lane(transfer, &wait);
        if (lane == NULL && !wait)
            break;
        if (lane == NULL) {
            pthread_cond_wait(&transfer->changed, &transfer->lock);
            continue;
        }
        pthread_mutex_unlock(&transfer->lock);
        if (!keel_lane_run(worker, lane, &worker->err))
            atomic_store(&transfer->stop, true);
        else
            worker->err = (keel_error){0}; /* a refusal that was dealt with is none */
        pthread_mutex_lock(&transfer->lock);
        close_lane(worker, lane);
        pthread_cond_broadcast(&transfer->changed);
    }
    pthread_cond_broadcast(&transfer->changed);
    pthread_mutex_unlock(&transfer->lock);
    return NULL;
}

static void mark_empty_tables(keel_transfer *transfer)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        if (transfer->states[i].lane_count == 0)
            transfer->states[i].done = true;
}

bool keel_schedule_run(keel_transfer *transfer, keel_error *err)
{
    bool started = true;
    int threads = 0;

    mark_empty_tables(transfer);
    for (; threads < transfer->jobs; threads++) {
        keel_worker *worker = &transfer->workers[threads];
        if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
            atomic_store(&transfer->stop, true);
            started = false;
            break;
        }
    }
    for (int i = 0; i < threads; i++)
        pthread_join(transfer->workers[i].thread, NULL);
    if (!started)
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    for (int i = 0; i < transfer->jobs; i++)
        if (transfer->workers[i].err.kind != KEEL_OK) {
            *err = transfer->workers[i].err;
            return false;
        }
    return !keel_transfer_cancelled(transfer, err);
}
