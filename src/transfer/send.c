/* A chunk on its way: one transaction = the journal's row, COPY, the record (record.c), the rejects. What the server
 * refuses is taken apart in apart.c; no savepoints, so nothing is kept that is not committed. */
#include "base/fault.h"
#include "transfer/transfer.h"

static void begin_sql(keel_worker *worker, const keel_lane *lane, const char *tail)
{
    const keel_plan_table *table = lane->table;
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "BEGIN; ");
    keel_journal_chunk_begin_sql(sql, worker->transfer->run, table->number, KEEL_CHUNK_LOAD, lane->number, lane->next_seq,
                                 keel_plan_relation(worker->transfer->plan, table));
    keel_str_add(sql, tail);
}

static void copy_sql(keel_worker *worker, const keel_lane *lane)
{
    const keel_plan_table *table = lane->table;

    begin_sql(worker, lane, "COPY ");
    keel_pg_add_qualified(&worker->sql, table->schema, table->name);
    keel_str_addf(&worker->sql, " (%s) FROM STDIN (FORMAT binary)", table->copy_columns);
}

/* The place of a chunk is taken: a process that was killed or cut off had sent its COMMIT, and its backend came to that
 * only after this process had read the journal. */
static bool fail_begin(const keel_worker *worker, keel_error *err)
{
    const keel_pg_failure *failure = keel_pg_last_failure(worker->pg);

    if (err->kind != KEEL_ERR_SERVER || strcmp(failure->sqlstate, "23505") != 0 || strcmp(failure->table, "chunk") != 0 ||
        strcmp(failure->schema, "pgkeel") != 0)
        return false;
    keel_fail(err, KEEL_ERR_CHANGED, "an earlier process of run %lld has committed this chunk in this moment",
              (long long)worker->transfer->run);
    return keel_fail_hint(err, "Nothing is lost or doubled; run the same command again to go on behind it.");
}

bool keel_send_open(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    copy_sql(worker, lane);
    if (!keel_pg_copy_in_begin(worker->pg, err, worker->sql.data))
        return fail_begin(worker, err);
    return keel_pg_copy_in_send(worker->pg, err, KEEL_PG_COPY_HEADER, sizeof KEEL_PG_COPY_HEADER);
}

/* A refusal about the data is remembered and handled once the chunk is complete; anything else ends the run. */
static bool refused(keel_worker *worker, keel_sender *sender, const keel_error *err)
{
    if (err->kind != KEEL_ERR_SERVER || !keel_failure_is_data(keel_pg_last_failure(worker->pg)))
        return false;
    sender->refused = true;
    return true;
}

static bool send_rows(keel_worker *worker, keel_sender *sender, bool all, keel_error *err)
{
    const keel_str *data = &worker->chunk.data;

    if (sender->refused || atomic_load(&worker->transfer->states[sender->lane->table->index].staged))
        return true;
    if (!sender->open) {
        if (!keel_send_open(worker, sender->lane, err))
            return refused(worker, sender, err);
        sender->open = true;
    }
    while (sender->sent < data->size) {
        size_t size = KEEL_MIN(data->size - sender->sent, (size_t)KEEL_SEND_BYTES);
        if (!keel_pg_copy_in_send(worker->pg, err, data->data + sender->sent, size))
            return refused(worker, sender, err);
        sender->sent += size;
        if (!all && !keel_pg_copy_in_ready(worker->pg))
            return true;
    }
    return true;
}

bool keel_send_some(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    if (worker->chunk.data.size < sender->next_try)
        return true;
    sender->next_try = worker->chunk.data.size + KEEL_SEND_BYTES;
    return (sender->open && !keel_pg_copy_in_ready(worker->pg)) || send_rows(worker, sender, false, err);
}

/* The end of a chunk without rows to send: rejects, or nothing but the fact that it was read. */
bool keel_send_nothing(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    size_t end = worker->chunk.rows.count;

    begin_sql(worker, lane, "");
    return keel_pg_exec(worker->pg, err, worker->sql.data) && keel_commit_unit(worker, lane, end, end, err);
}

/* The chunk as one COPY, most of which is sent already; false with refused = the server objects to some row. */
static bool finish_direct(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    const keel_chunk *chunk = &worker->chunk;
    int64_t rows = 0;

    if (!send_rows(worker, sender, true, err))
        return false;
    if (sender->refused)
        return true;
    if (!keel_pg_copy_in_send(worker->pg, err, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER) ||
        !keel_pg_copy_in_end(worker->pg, &rows, err))
        return refused(worker, sender, err);
    if (rows != (int64_t)chunk->rows.count) { /* a BEFORE trigger returned NULL: never a success */
        sender->refused = true;
        return true;
    }
    if (keel_commit_unit(worker, sender->lane, 0, chunk->rows.count, err))
        return true;
    return refused(worker, sender, err); /* a deferred constraint speaks at COMMIT */
}

bool keel_send_finish(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    keel_table_state *state = &worker->transfer->states[sender->lane->table->index];

    if (worker->chunk.rows.count == 0)
        return keel_send_nothing(worker, sender->lane, err);
    if (sender->open || sender->refused || !atomic_load(&state->staged)) {
        if (!sender->refused && !finish_direct(worker, sender, err))
            return false;
        if (!sender->refused)
            return true;
        keel_pg_rollback(worker->pg);
        if (atomic_fetch_add(&state->refused_chunks, 1) >= 1)
            atomic_store(&state->staged, true);
    }
    return keel_send_apart(worker, sender->lane, err);
}
