/* A lane: one slice of a source table, read in order and cut into chunks. Chunk n + 1 starts where chunk n ended, so the
 * journal's last chunk of a lane says where to go on. */
#include "base/fault.h"
#include "transfer/transfer.h"

static bool open_rows(keel_worker *worker, const keel_lane *lane, keel_sqlite_rows **ret_rows, keel_error *err)
{
    const keel_plan_table *table = lane->table;
    const keel_sqlite_range *slice = &table->slices[lane->number];
    int64_t bounds[2] = {slice->low, slice->high};

    if (!table->by_rowid) {
        bounds[0] = lane->started ? lane->after : 0;
        return keel_sqlite_query(worker->db, table->select_sql, bounds, 1, ret_rows, err);
    }
    if (lane->started) {
        if (lane->after >= slice->high)
            return true; /* nothing is left: no rows object */
        bounds[0] = lane->after + 1;
    }
    return keel_sqlite_query(worker->db, table->select_sql, bounds, 2, ret_rows, err);
}

/* What is left of the lane, as far as one chunk goes. */
static bool count_rows(keel_worker *worker, const keel_lane *lane, size_t *rows, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_plan_table *table = lane->table;
    const keel_sqlite_range *slice = &table->slices[lane->number];
    int64_t count = 0;
    bool none = false;

    if (lane->started && table->by_rowid && lane->after >= slice->high)
        return *rows = 0, true;
    keel_str_add(&sql, "SELECT count(*) FROM (SELECT 1 FROM ");
    keel_sqlite_add_identifier(&sql, table->source->name);
    if (table->by_rowid)
        keel_str_addf(&sql, " WHERE %s BETWEEN %lld AND %lld", table->source->rowid_name,
                      (long long)(lane->started ? lane->after + 1 : slice->low), (long long)slice->high);
    keel_str_addf(&sql, " LIMIT %zu", *rows);
    if (!table->by_rowid)
        keel_str_addf(&sql, " OFFSET %lld", (long long)(lane->started ? lane->after : 0));
    keel_str_add(&sql, ")");
    if (!keel_sqlite_int(worker->db, sql.data, &count, &none, err))
        return false;
    *rows = (size_t)count;
    return true;
}

/* Are there more rows to come than the next chunk can have? Then its keys will be used, now or by the next one. */
static bool rows_abound(keel_worker *worker, const keel_plan_table *table, size_t room)
{
    keel_transfer *transfer = worker->transfer;
    const keel_key_stock *stock = &worker->stock[table->index];

    pthread_mutex_lock(&transfer->lock);
    int64_t left = transfer->states[table->index].rows_left + (int64_t)(stock->count - stock->next);
    pthread_mutex_unlock(&transfer->lock);
    return left >= (int64_t)room;
}

/* Of the rest of the lane, a quarter more than there should be: slices have about as many rows each, whatever their
 * rowids span. */
static size_t likely_rows(const keel_worker *worker, const keel_lane *lane)
{
    const keel_plan_table *table = lane->table;
    const keel_sqlite_range *slice = &table->slices[lane->number];
    double rows = (double)worker->transfer->states[table->index].rows / (double)table->slice_count;

    if (lane->started && table->by_rowid)
        rows *= ((double)slice->high - (double)lane->after) / ((double)slice->high - (double)slice->low + 1);
    return (size_t)KEEL_MAX(rows, 0) * 5 / 4 + 1000;
}

/* How many rows the next chunk may have: where keys are new, as many as are in stock. */
static bool chunk_room(keel_worker *worker, const keel_lane *lane, size_t *ret_rows, keel_error *err)
{
    keel_plan_table *table = lane->table;
    const keel_sqlite_range *slice = &table->slices[lane->number];
    uint64_t span = (uint64_t)slice->high - (uint64_t)(lane->started ? lane->after : slice->low);

    *ret_rows = KEEL_CHUNK_ROWS;
    if (table->by_rowid && span < KEEL_CHUNK_ROWS)
        *ret_rows = (size_t)span + 1;
    if (!table->by_rowid && table->source_rows >= 0 && table->source_rows < KEEL_CHUNK_ROWS)
        *ret_rows = (size_t)table->source_rows + 1;
    if (!table->remap || table->cyclic)
        return true;
    if (keel_stock_in_blocks(table))
        *ret_rows = KEEL_MIN(*ret_rows, likely_rows(worker, lane));
    /* a table does not use up a sequence of integers for rows that it does not have; counting costs, so only where it
     * tells: near the end of a table of our own, else for each lane */
    size_t keys = *ret_rows;
    bool abound = keel_stock_in_blocks(table) ? rows_abound(worker, table, keys) : lane->started || lane->next_seq > 0;
    if (!abound && !count_rows(worker, lane, &keys, err))
        return false;
    *ret_rows = keys < *ret_rows ? keys + 1 : keys; /* the end is seen by reading on */
    return keel_stock_fill(worker, table, keys, err);
}

static void start_chunk(keel_worker *worker, const keel_lane *lane)
{
    const keel_plan_table *table = lane->table;

    keel_chunk_reset(&worker->chunk, table);
    memset(worker->counts[table->index], 0, table->columns.count * sizeof **worker->counts);
}

/* Reads rows until the chunk is full, the slice ends (*ret_more false) or the work is to stop. */
static bool fill_chunk(keel_worker *worker, keel_lane *lane, keel_sqlite_rows *rows, keel_sender *sender, size_t room,
                       bool *ret_more, keel_error *err)
{
    keel_plan_table *table = lane->table;
    keel_chunk *chunk = &worker->chunk;
    bool found = true;

    while ((size_t)chunk->read < room && chunk->data.size < KEEL_CHUNK_BYTES) {
        if (!keel_sqlite_next(rows, &found, err))
            return keel_fail_context(err, "read \"%s\"", table->source->name);
        if (!found)
            break;
        keel_sqlite_cells(rows, worker->cells);
        int64_t position = table->by_rowid ? worker->cells[table->cell_count].integer : worker->ordinal + 1;
        worker->ordinal = position;
        if (!keel_selection_wants(worker, table, position))
            continue;
        if (chunk->read++ == 0)
            chunk->first_position = position;
        chunk->last_position = position;
        keel_encode_row(worker, table, position);
        if (!keel_send_some(worker, sender, err))
            return false;
        if ((chunk->read & 1023) == 0 && keel_transfer_stopping(worker->transfer))
            break;
    }
    *ret_more = found;
    return true;
}

bool keel_lane_run(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    bool more = true;

    if (!open_rows(worker, lane, &rows, err))
        return keel_fail_context(err, "read \"%s\"", lane->table->source->name);
    worker->ordinal = lane->started && !lane->table->by_rowid ? lane->after : 0;
    while (rows != NULL && more) {
        keel_sender sender = {.lane = lane, .next_try = KEEL_SEND_BYTES};
        size_t room = 0;
        if (keel_transfer_stopping(worker->transfer))
            return true;
        if (!chunk_room(worker, lane, &room, err))
            return false;
        start_chunk(worker, lane);
        if (!fill_chunk(worker, lane, rows, &sender, room, &more, err)) {
            if (sender.open)
                keel_pg_copy_in_abort(worker->pg, "the source could not be read");
            keel_pg_rollback(worker->pg);
            return false;
        }
        if (worker->chunk.read > 0 && !keel_send_finish(worker, &sender, err))
            return keel_fail_context(err, "load \"%s\"", lane->table->name);
        if (worker->chunk.read > 0) {
            lane->started = true;
            lane->after = worker->chunk.last_position;
        }
        if (!keel_fault("transfer.after_chunk"))
            return keel_fail(err, KEEL_ERR_LOST, "fault: transfer.after_chunk");
    }
    lane->finished = true;
    return true;
}
