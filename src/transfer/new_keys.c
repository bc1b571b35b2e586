/* New keys from the target's own generator, in stock before they are needed. Never from setval: that hands the same
 * ids to a concurrent writer.
 *
 * A sequence that the run itself created belongs to nobody else yet, so a whole block is taken at once: the increment
 * is raised, nextval called, and the increment put back, in one transaction under the lock that ALTER SEQUENCE takes
 * against every other nextval; the workers share it. Measured: nextval per key costs 0.25 s of server time per million, a
 * block the flush of its commit. On every other target each key is one nextval. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/transfer.h"

enum { BLOCK_AT_LEAST = 1000 };

bool keel_stock_in_blocks(const keel_plan_table *table)
{
    return table->create && table->key_sequence != NULL;
}

static void make_room(keel_key_stock *stock, size_t more)
{
    size_t left = stock->count - stock->next;

    if (stock->integers != NULL && left > 0)
        memmove(stock->integers, stock->integers + stock->next, left * sizeof *stock->integers);
    if (stock->uuids != NULL && left > 0)
        memmove(stock->uuids, stock->uuids + stock->next, left * sizeof *stock->uuids);
    stock->next = 0;
    stock->count = left;
    if (left + more <= stock->capacity)
        return;
    stock->capacity = left + more;
}

static void reserve_integers(keel_key_stock *stock, size_t more)
{
    make_room(stock, more);
    stock->integers = keel_realloc(stock->integers, stock->capacity * sizeof *stock->integers);
}

/* A block of at least `wanted` keys becomes the state's. Under the transfer's lock: taking a block raises the lock that one
 * has on the sequence, and two workers that do so wait for each other. */
static bool take_block(keel_worker *worker, const keel_plan_table *table, size_t wanted, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *start = NULL;
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *end = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str literal = {0};
    keel_table_state *state = &worker->transfer->states[table->index];

    keel_pg_add_literal(&literal, table->key_sequence);
    /* the strong lock first: taking nextval's weak one before it would let two workers wait for each other */
    if (!keel_pg_execf(worker->pg, err, "BEGIN; SET LOCAL lock_timeout = '10s'; ALTER SEQUENCE %s INCREMENT BY %zu",
                       table->key_sequence, wanted))
        return false;
    /* a sequence that was never called gives its start value first, without the increment */
    keel_str_clear(&worker->sql);
    keel_str_addf(&worker->sql, "SELECT pg_catalog.nextval(%s::regclass) FROM %s WHERE NOT is_called", literal.data,
                  table->key_sequence);
    if (!keel_pg_query(worker->pg, &start, err, worker->sql.data, 0, NULL))
        return false;
    keel_str_clear(&worker->sql);
    keel_str_addf(&worker->sql, "SELECT pg_catalog.nextval(%s::regclass)", literal.data);
    if (!keel_pg_query(worker->pg, &end, err, worker->sql.data, 0, NULL) ||
        !keel_pg_execf(worker->pg, err, "ALTER SEQUENCE %s INCREMENT BY 1; COMMIT", table->key_sequence))
        return false;
    int64_t last = keel_pg_int(end, 0, 0);
    state->next_key = keel_pg_rows(start) > 0 ? keel_pg_int(start, 0, 0) : last - (int64_t)wanted + 1;
    state->end_key = last + 1;
    return true;
}

/* Keys of the state's block into the worker's stock; a new block if there is none: of all rows that are still to come, as
 * each costs the server a flush of its WAL. */
static bool share_block(keel_worker *worker, const keel_plan_table *table, size_t wanted, keel_error *err)
{
    keel_table_state *state = &worker->transfer->states[table->index];
    keel_key_stock *stock = &worker->stock[table->index];

    reserve_integers(stock, wanted);
    while (wanted > 0) {
        size_t rows_left = state->rows_left > 0 ? (size_t)state->rows_left : 0;
        if (state->next_key == state->end_key && !take_block(worker, table, KEEL_MAX(wanted, rows_left), err))
            return false;
        size_t part = KEEL_MIN(wanted, (size_t)(state->end_key - state->next_key));
        for (size_t i = 0; i < part; i++)
            stock->integers[stock->count++] = state->next_key++;
        state->rows_left -= (int64_t)part;
        wanted -= part;
    }
    return true;
}

static bool take_one_by_one(keel_worker *worker, const keel_plan_table *table, size_t wanted, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str literal = {0};
    keel_key_stock *stock = &worker->stock[table->index];
    int size = 0;

    keel_pg_add_literal(&literal, table->key_sequence);
    keel_str_clear(&worker->sql);
    keel_str_addf(&worker->sql,
                  "SELECT k FROM (SELECT pg_catalog.nextval(%s::regclass) AS k FROM pg_catalog.generate_series(1, %zu)) s"
                  " ORDER BY k",
                  literal.data, wanted);
    if (!keel_pg_query_params(worker->pg, &result, err, worker->sql.data, 0, NULL, true))
        return false;
    reserve_integers(stock, wanted);
    for (int row = 0; row < keel_pg_rows(result); row++)
        stock->integers[stock->count++] = keel_get_i64(keel_pg_bytes(result, row, 0, &size));
    return true;
}

static bool take_defaults(keel_worker *worker, const keel_plan_table *table, size_t wanted, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    keel_key_stock *stock = &worker->stock[table->index];
    int size = 0;

    keel_str_clear(&worker->sql);
    keel_str_addf(&worker->sql, "SELECT (%s)::uuid FROM pg_catalog.generate_series(1, %zu)", table->key_default_sql, wanted);
    if (!keel_pg_query_params(worker->pg, &result, err, worker->sql.data, 0, NULL, true))
        return false;
    make_room(stock, wanted);
    stock->uuids = keel_realloc(stock->uuids, stock->capacity * sizeof *stock->uuids);
    for (int row = 0; row < keel_pg_rows(result); row++)
        memcpy(stock->uuids[stock->count++], keel_pg_bytes(result, row, 0, &size), 16);
    return true;
}

static bool take_integers(keel_worker *worker, const keel_plan_table *table, size_t wanted, keel_error *err)
{
    keel_transfer *transfer = worker->transfer;
    const keel_table_state *state = &transfer->states[table->index];

    if (!keel_stock_in_blocks(table))
        return take_one_by_one(worker, table, wanted, err);
    pthread_mutex_lock(&transfer->lock);
    bool few = state->next_key == state->end_key && KEEL_MAX((int64_t)wanted, state->rows_left) < BLOCK_AT_LEAST;
    bool taken = few ? take_one_by_one(worker, table, wanted, err) : share_block(worker, table, wanted, err);
    pthread_mutex_unlock(&transfer->lock);
    return taken;
}

bool keel_stock_fill(keel_worker *worker, keel_plan_table *table, size_t wanted, keel_error *err)
{
    const keel_key_stock *stock = &worker->stock[table->index];
    size_t left = stock->count - stock->next;

    if (left >= wanted)
        return true;
    bool filled = table->key_sequence == NULL ? take_defaults(worker, table, wanted - left, err)
                                              : take_integers(worker, table, wanted - left, err);
    if (!filled) {
        keel_pg_rollback(worker->pg);
        return keel_fail_context(err, "take new keys for \"%s\"", table->name);
    }
    return true;
}

keel_new_key keel_stock_take(keel_worker *worker, const keel_plan_table *table)
{
    keel_key_stock *stock = &worker->stock[table->index];
    keel_new_key key = {0};

    if (stock->uuids != NULL)
        memcpy(key.uuid, stock->uuids[stock->next], 16);
    else
        key.integer = stock->integers[stock->next];
    stock->next++;
    return key;
}
