/* Resume over a source whose file facts have changed (a touched file, a checkpoint, a VACUUM): the finished chunks are
 * encoded again, and their hashes decide whether what was loaded is still what the source says. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/run_inside.h"

typedef struct recheck {
    keel_running *running;
    keel_worker *worker;
    keel_plan_table *table;
    bool differs;
} recheck;

static uint64_t sum_of_journal(const keel_chunk_record *record)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < record->row_hash_count; i++)
        sum += (uint64_t)keel_get_i64(record->row_hashes + i * 8);
    return sum;
}

/* Rows of the chunk's stretch of the source, encoded as they were; rows that the server refused then are left out. */
static bool sum_of_source(recheck *r, const keel_chunk_record *record, const keel_positions *rejects, uint64_t *ret_sum,
                          int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_plan_table *table = r->table;
    keel_worker *worker = r->worker;
    bool by_rowid = table->by_rowid;
    int64_t bounds[2] = {by_rowid ? record->first_position : record->first_position - 1, record->last_position};
    int64_t position = bounds[0];
    bool found = true;

    if (!keel_sqlite_query(worker->db, table->select_sql, bounds, by_rowid ? 2 : 1, &rows, err))
        return false;
    while (found) {
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            break;
        keel_sqlite_cells(rows, worker->cells);
        position = by_rowid ? worker->cells[table->cell_count].integer : position + 1;
        if (position > record->last_position)
            break;
        if (keel_positions_has(rejects, position))
            continue;
        keel_chunk_reset(&worker->chunk, table);
        keel_encode_row(worker, table, position);
        if (worker->chunk.rows.count == 0)
            continue;
        *ret_sum += worker->chunk.rows.items[0].hash;
        ++*ret_rows;
    }
    return true;
}

static bool take_chunk(void *context, const keel_chunk_record *record, keel_error *err)
{
    recheck *r = context;
    keel_positions rejects = {0};
    uint64_t sum = 0;
    int64_t rows = 0;

    if (r->differs || record->kind != KEEL_CHUNK_LOAD || record->read == 0)
        return true;
    bool read = keel_positions_of_rejects(r->running->transfer.pg, r->running->transfer.run, r->table->number, &rejects, err) &&
                sum_of_source(r, record, &rejects, &sum, &rows, err);
    keel_vec_free(&rejects);
    if (!read)
        return false;
    bool mergeable = record->merged > 0; /* merged rows have no hash: their count must do */
    r->differs = rows != record->inserted + record->merged || (!mergeable && sum != sum_of_journal(record));
    return true;
}

bool keel_run_recheck(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    recheck r = {.running = running, .worker = &transfer->workers[0]};

    r.worker->rechecking = true;
    keel_progress_phase(transfer->progress, "source changed on disk: checking what was loaded", "tables",
                        transfer->plan->table_count);
    for (size_t i = 0; i < transfer->plan->table_count && !r.differs; i++) {
        r.table = transfer->plan->tables[i];
        if (!keel_journal_chunks(transfer->pg, transfer->run, r.table->number, KEEL_CHUNK_LOAD, true, take_chunk, &r, err))
            return false;
        keel_progress_add(transfer->progress, 1);
    }
    r.worker->rechecking = false;
    if (!r.differs)
        return true;
    keel_fail(err, KEEL_ERR_CHANGED, "the source has changed since run %lld began: rows of \"%s\" are not what was loaded",
              (long long)transfer->run, r.table->source->name);
    return keel_fail_hint(err, "Say --restart to undo that run and begin again with the file as it is now.");
}
