/* The journal's record of a unit of rows, written in the unit's transaction: keys, hashes, what the columns saw, the rejects
 * that lie among the rows; and its commit. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/json_out.h"
#include "base/memory.h"
#include "transfer/text_keys.h"
#include "transfer/transfer.h"

/* The last source position that a unit ending before row `to` accounts for. */
static int64_t unit_end(const keel_chunk *chunk, size_t to)
{
    return to == chunk->rows.count ? chunk->last_position : chunk->rows.items[to].position - 1;
}

/* Brings the rejects that lie at or before `position` to the front and counts them: they are written with that unit. */
static size_t due_rejects(keel_chunk *chunk, int64_t position)
{
    size_t due = 0;

    for (size_t i = 0; i < chunk->rejects.count; i++) {
        if (chunk->rejects.items[i].position > position)
            continue;
        keel_reject reject = chunk->rejects.items[i];
        chunk->rejects.items[i] = chunk->rejects.items[due];
        chunk->rejects.items[due++] = reject;
    }
    return due;
}

/* Runs of old -> new keys over the chunk's inserted (or merged) rows. */
static void key_runs(const keel_worker *worker, const keel_plan_table *table, size_t from, size_t to, bool merged,
                     keel_key_runs *runs)
{
    const keel_row_keys *keys = &worker->chunk.keys[table->key_keyset];
    size_t most = to - from;

    runs->old_start = keel_alloc(most * sizeof(int64_t));
    runs->new_start = keel_alloc(most * sizeof(int64_t));
    runs->length = keel_alloc(most * sizeof(int32_t));
    for (size_t i = from; i < to; i++) {
        const keel_row *row = &worker->chunk.rows.items[i];
        if ((row->merged_into != 0) != merged || keys->items[i].none)
            continue;
        int64_t old = keys->items[i].key.integer;
        int64_t new = row->new_key.integer;
        size_t last = runs->count - 1;
        if (runs->count > 0 && old == runs->old_start[last] + runs->length[last] &&
            new == runs->new_start[last] + runs->length[last]) {
            runs->length[last]++;
            continue;
        }
        runs->old_start[runs->count] = old;
        runs->new_start[runs->count] = new;
        runs->length[runs->count++] = 1;
    }
}

static void free_runs(keel_key_runs *runs)
{
    free(runs->old_start);
    free(runs->new_start);
    free(runs->length);
}

/* Maps whose keys are not integers. */
static void text_keys(const keel_worker *worker, const keel_plan_table *table, size_t from, size_t to, keel_text_keys *keys)
{
    for (size_t i = from; i < to; i++)
        keel_text_keys_add(keys, table, worker->chunk.key_names.items[i], &worker->chunk.rows.items[i].new_key);
    keel_text_keys_finish(keys);
}

static void add_count(keel_json *json, const char *name, int64_t value)
{
    if (value != 0)
        keel_json_kv_int(json, name, value);
}

/* What the columns saw, where it is worth telling: {"columns": {"timestamp": {"text": 12, ...}}, ...}. */
static void notes(keel_worker *worker, const keel_plan_table *table, keel_str *out)
{
    keel_json json;
    const keel_column_counts *counts = worker->counts[table->index];

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    add_count(&json, "merged_different", worker->chunk.merged_different);
    keel_json_key(&json, "columns");
    keel_json_object(&json);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_column_counts *c = &counts[i];
        keel_json_key(&json, table->columns.items[i].source);
        keel_json_object(&json);
        for (int class = 0; class < KEEL_CELL_CLASSES; class++)
            add_count(&json, keel_cell_class_name((keel_cell_class)class), c->classes[class]);
        add_count(&json, "naive_as_utc", c->rule.naive_as_utc);
        add_count(&json, "rounded", c->rule.rounded);
        add_count(&json, "nulled", c->rule.nulled);
        add_count(&json, "defaulted", c->rule.defaulted);
        add_count(&json, "new_uuids", c->rule.new_uuids);
        add_count(&json, "duplicate_keys", c->rule.duplicate_keys);
        add_count(&json, "empty_as_null", c->rule.empty_as_null);
        add_count(&json, "orphans_nulled", c->orphans_nulled);
        keel_json_end_object(&json);
    }
    keel_json_end_object(&json);
    keel_json_end_object(&json);
}

static unsigned char *hashes(const keel_worker *worker, size_t from, size_t to, bool keys, size_t *ret_count)
{
    unsigned char *bytes = keel_alloc((to - from) * 8);

    *ret_count = 0;
    for (size_t i = from; i < to; i++) {
        const keel_row *row = &worker->chunk.rows.items[i];
        uint64_t hash = __builtin_bswap64(keys ? row->key_hash : row->hash);
        if (row->merged_into != 0)
            continue;
        memcpy(bytes + *ret_count * 8, &hash, 8);
        ++*ret_count;
    }
    return bytes;
}

static void count_rows(const keel_chunk *chunk, size_t from, size_t to, keel_chunk_record *record)
{
    for (size_t i = from; i < to; i++) {
        if (chunk->rows.items[i].merged_into != 0)
            record->merged++;
        else
            record->inserted++;
    }
}

static bool write_rejects(keel_worker *worker, const keel_lane *lane, size_t due, keel_error *err)
{
    keel_str_clear(&worker->lines);
    for (size_t i = 0; i < due; i++)
        keel_journal_reject_line(&worker->lines, worker->transfer->run, lane->number, lane->next_seq,
                                 &worker->chunk.rejects.items[i]);
    return keel_journal_rejects_copy(worker->pg, &worker->lines, err);
}

static bool write_record(keel_worker *worker, keel_lane *lane, size_t from, size_t to, size_t due, keel_error *err)
{
    const keel_chunk *chunk = &worker->chunk;
    const keel_plan_table *table = lane->table;
    KEEL_CLEANUP(keel_text_keys_free) keel_text_keys texts = {0};
    KEEL_CLEANUP(keel_str_free) keel_str note = {0};
    unsigned char *keys = NULL;
    keel_chunk_record record = {.table = table->number,
                                .kind = KEEL_CHUNK_LOAD,
                                .lane = lane->number,
                                .seq = lane->next_seq,
                                .first_position = from == 0 || from >= chunk->rows.count ? chunk->first_position
                                                                                          : chunk->rows.items[from].position,
                                .last_position = unit_end(chunk, to),
                                .rejected = (int64_t)due,
                                .seconds = keel_seconds() - chunk->started};

    count_rows(chunk, from, to, &record);
    record.read = record.inserted + record.merged + record.rejected;
    if (keel_plan_integer_map(table)) {
        key_runs(worker, table, from, to, false, &record.keys);
        key_runs(worker, table, from, to, true, &record.merged_keys);
    } else if (table->remap) {
        text_keys(worker, table, from, to, &texts);
        record.key_texts = texts.olds.data;
        record.new_key_texts = texts.news.data;
    }
    unsigned char *rows = hashes(worker, from, to, false, &record.row_hash_count);
    if (table->key_hasher != NULL && !(table->integer_key && table->key_column >= 0))
        keys = hashes(worker, from, to, true, &record.key_hash_count);
    record.row_hashes = rows;
    record.key_hashes = keys;
    if (to == chunk->rows.count) {
        notes(worker, table, &note);
        record.notes = note.data;
    }
    bool written = write_rejects(worker, lane, due, err) &&
                   keel_journal_chunk_finish(worker->pg, worker->transfer->run, &record, err);
    free(rows);
    free(keys);
    free_runs(&record.keys);
    free_runs(&record.merged_keys);
    return written;
}

static bool too_many_rejects(const keel_transfer *transfer, int64_t rejected, keel_error *err)
{
    if (transfer->max_rejects < 0 || rejected <= transfer->max_rejects)
        return false;
    keel_fail(err, KEEL_ERR_DATA, "more than %lld rows were rejected (--max-rejects)", (long long)transfer->max_rejects);
    keel_fail_hint(err, "`pgkeel transfer rejects` shows them; run again with a higher bound to go on.");
    return true;
}

/* Writes the journal's record of rows from..to-1 with the rejects that lie among them, and commits. */
bool keel_commit_unit(keel_worker *worker, keel_lane *lane, size_t from, size_t to, keel_error *err)
{
    keel_chunk *chunk = &worker->chunk;
    keel_transfer *transfer = worker->transfer;
    size_t due = due_rejects(chunk, unit_end(chunk, to));

    if (!write_record(worker, lane, from, to, due, err))
        return false;
    if (!keel_fault("transfer.before_commit"))
        return keel_fail(err, KEEL_ERR_LOST, "fault: transfer.before_commit");
    if (!keel_pg_exec(worker->pg, err, "COMMIT"))
        return false;
    (void)keel_fault("transfer.after_commit");
    lane->next_seq++;
    keel_chunk_publish(worker, lane->table, from, to);
    chunk->rejects.count -= due;
    if (due > 0)
        memmove(chunk->rejects.items, chunk->rejects.items + due, chunk->rejects.count * sizeof(keel_reject));
    int64_t rejected = atomic_fetch_add(&transfer->rejected, (long long)due) + (int64_t)due;
    atomic_fetch_add(&transfer->loaded, (long long)(to - from));
    keel_progress_add(transfer->progress, (to - from) + due);
    return !too_many_rejects(transfer, rejected, err);
}
