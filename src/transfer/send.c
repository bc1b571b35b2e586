/* A chunk on its way: one transaction = the journal's row, COPY, the record, the rejects. If the server refuses, the
 * rows it names are rejected and the rest is sent again in smaller units, each with a journal row of its own; no
 * savepoints, so nothing is kept that is not committed. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/json_out.h"
#include "base/memory.h"
#include "transfer/text_keys.h"
#include "transfer/transfer.h"

bool keel_failure_is_data(const keel_pg_failure *failure)
{
    if (strcmp(failure->schema, "pgkeel") == 0) /* the journal's own constraints speak of chunks */
        return false;
    /* class 22 data exception, 23 integrity, 44 WITH CHECK OPTION, P0 raised by a function, 27 triggered data change */
    return strncmp(failure->sqlstate, "22", 2) == 0 || strncmp(failure->sqlstate, "23", 2) == 0 ||
           strncmp(failure->sqlstate, "44", 2) == 0 || strncmp(failure->sqlstate, "P0", 2) == 0 ||
           strncmp(failure->sqlstate, "27", 2) == 0;
}

keel_misfit_code keel_failure_code(const keel_pg_failure *failure)
{
    static const struct {
        const char *sqlstate;
        keel_misfit_code code;
    } codes[] = {{"23505", KEEL_MISFIT_DUPLICATE_}, {"23514", KEEL_MISFIT_CHECK_},  {"23503", KEEL_MISFIT_ORPHAN_},
                 {"23502", KEEL_MISFIT_NULL_VALUE_}, {"23P01", KEEL_MISFIT_EXCLUSION_}, {"22001", KEEL_MISFIT_TOO_LONG_},
                 {"22003", KEEL_MISFIT_RANGE_},      {"22P05", KEEL_MISFIT_ENCODING_},  {"22P02", KEEL_MISFIT_SYNTAX_},
                 {"22007", KEEL_MISFIT_SYNTAX_}};

    for (size_t i = 0; i < KEEL_COUNT_OF(codes); i++)
        if (strcmp(failure->sqlstate, codes[i].sqlstate) == 0)
            return codes[i].code;
    return KEEL_MISFIT_SERVER_;
}

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

static bool open_copy(keel_worker *worker, keel_lane *lane, keel_error *err)
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

bool keel_send_some(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    const keel_str *data = &worker->chunk.data;

    if (sender->refused || atomic_load(&worker->transfer->states[sender->lane->table->index].staged))
        return true;
    if (!sender->open) {
        if (!open_copy(worker, sender->lane, err))
            return refused(worker, sender, err);
        sender->open = true;
    }
    size_t size = data->size - sender->sent;
    if (size > 0 && !keel_pg_copy_in_send(worker->pg, err, data->data + sender->sent, size))
        return refused(worker, sender, err);
    sender->sent = data->size;
    return true;
}

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
static bool commit_unit(keel_worker *worker, keel_lane *lane, size_t from, size_t to, keel_error *err)
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

/* The column of the row in worker->cells whose text the server cannot read, -1 if it reads them all. No transaction is open. */
static int unreadable_column(keel_worker *worker, const keel_plan_table *table)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str text = {0};
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        const keel_plan_column *column = &table->columns.items[i];
        keel_error refused = {0};
        bool hex = false;
        if (!column->as_text || worker->cells[column->cell].class == KEEL_CELL_NULL)
            continue;
        keel_cell_text(&worker->cells[column->cell], 0, &text, &hex);
        keel_str_addf(&sql, "SELECT $1::%s", column->type->name);
        const char *params[] = {keel_str_text(&text)};
        if (!keel_pg_query(worker->pg, &result, &refused, sql.data, 1, params))
            return (int)i;
    }
    return -1;
}

bool keel_reject_row(keel_worker *worker, keel_plan_table *table, size_t row, keel_misfit_code code, int column,
                     const char *detail, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_chunk *chunk = &worker->chunk;
    int64_t position = chunk->rows.items[row].position;
    int64_t bounds[] = {table->by_rowid ? position : position - 1, position};
    bool found = false;

    if (!keel_sqlite_query(worker->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err) ||
        !keel_sqlite_next(rows, &found, err))
        return false;
    if (!found)
        return keel_fail(err, KEEL_ERR_INTERNAL, "row %lld of \"%s\" is not there any more", (long long)position,
                         table->source->name);
    keel_sqlite_cells(rows, worker->cells);
    if (column == KEEL_COLUMN_SOUGHT)
        column = unreadable_column(worker, table);
    keel_chunk_reject(chunk, table, worker->cells, position, column, code, detail);
    for (size_t i = 0; i < table->keysets.count; i++)
        if (table->keysets.items[i].map != NULL)
            keel_vec_push(&chunk->rejected_keys[i], chunk->keys[i].items[row]);
    return true;
}

static int column_of_failure(const keel_plan_table *table, const keel_pg_failure *failure)
{
    if (failure->column[0] == '\0')
        return KEEL_COLUMN_SOUGHT;
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].target, failure->column) == 0)
            return (int)i;
    return -1;
}

/* Sends the bytes of rows from..to-1; the rows need not be neighbours in the buffer any more. */
static bool copy_rows(keel_worker *worker, size_t from, size_t to, keel_error *err)
{
    const keel_chunk *chunk = &worker->chunk;
    size_t start = 0, end = 0;

    for (size_t i = from; i < to; i++) {
        const keel_row *row = &chunk->rows.items[i];
        if (row->start != end || end - start >= KEEL_SEND_BYTES) {
            if (end > start && !keel_pg_copy_in_send(worker->pg, err, chunk->data.data + start, end - start))
                return false;
            start = row->start;
        }
        end = row->start + row->size;
    }
    return end == start || keel_pg_copy_in_send(worker->pg, err, chunk->data.data + start, end - start);
}

static bool send_unit_direct(keel_worker *worker, keel_lane *lane, size_t from, size_t to, bool *ret_done, keel_error *err)
{
    int64_t rows = 0;

    *ret_done = false;
    if (!open_copy(worker, lane, err) || !copy_rows(worker, from, to, err) ||
        !keel_pg_copy_in_send(worker->pg, err, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER) ||
        !keel_pg_copy_in_end(worker->pg, &rows, err))
        return false;
    *ret_done = rows == (int64_t)(to - from);
    return true;
}

/* The end of a chunk without rows to send: rejects, or nothing but the fact that it was read. */
static bool send_nothing(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    size_t end = worker->chunk.rows.count;

    begin_sql(worker, lane, "");
    return keel_pg_exec(worker->pg, err, worker->sql.data) && commit_unit(worker, lane, end, end, err);
}

/* One guilty row is left alone: it becomes a reject with what the server said of it. */
static bool reject_alone(keel_worker *worker, keel_lane *lane, size_t row, const keel_pg_failure *failure, keel_error *err)
{
    char detail[1024];
    bool dead = true;

    snprintf(detail, sizeof detail, "%s%s%s", failure->message, failure->detail[0] != '\0' ? ": " : "", failure->detail);
    if (!keel_reject_row(worker, lane->table, row, keel_failure_code(failure), column_of_failure(lane->table, failure),
                         detail, err))
        return false;
    keel_chunk_drop(&worker->chunk, lane->table, row, 1, &dead);
    return true;
}

/* What is known of rows that the server refused, between one attempt and the next. */
typedef struct attempt {
    size_t from, width; /* the next unit */
    bool staged;        /* through the stage, which names guilty rows by query; else COPY, which names a line */
    bool guilty_known;  /* the row behind the unit is guilty of `failure` */
    keel_pg_failure failure;
} attempt;

static bool try_unit(keel_worker *worker, keel_lane *lane, const attempt *a, size_t *to, bool *ret_done, keel_error *err)
{
    return a->staged ? keel_stage_send(worker, lane, a->from, to, ret_done, err)
                     : send_unit_direct(worker, lane, a->from, *to, ret_done, err);
}

/* After a refusal: a smaller unit, or one row rejected. false ends the run. */
static bool narrow(keel_worker *worker, keel_lane *lane, attempt *a, size_t to, bool counted_less, keel_error *err)
{
    size_t rows = to - a->from;

    a->failure = *keel_pg_last_failure(worker->pg);
    if (counted_less) {
        a->failure = (keel_pg_failure){.sqlstate = "P0000"};
        snprintf(a->failure.message, sizeof a->failure.message, "a trigger of the target dropped the row");
    }
    int64_t line = counted_less ? 0 : a->failure.copy_line;
    keel_pg_rollback(worker->pg);
    if (rows == 1 || (!a->staged && line == 1)) {
        a->width = 64;
        return reject_alone(worker, lane, a->from, &a->failure, err);
    }
    if (a->staged && !lane->table->staged) {
        a->staged = false;
        return true;
    }
    if (!a->staged && line > 1 && (size_t)line <= rows) {
        a->width = (size_t)line - 1;
        a->guilty_known = true;
        return true;
    }
    a->width = rows / 2;
    return true;
}

/* Rows of the chunk that the server refused as a whole: smaller units until the guilty ones stand alone. */
static bool send_apart(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    keel_chunk *chunk = &worker->chunk;
    attempt a = {.width = chunk->rows.count, .staged = true};
    bool ended = false;

    while (a.from < chunk->rows.count) {
        size_t to = KEEL_MIN(a.from + KEEL_MAX(a.width, (size_t)1), chunk->rows.count);
        bool done = false;
        bool sent = try_unit(worker, lane, &a, &to, &done, err);
        if (sent && done && commit_unit(worker, lane, a.from, to, err)) {
            ended = to == chunk->rows.count;
            a.from = to;
            a.width = KEEL_MIN(a.width * 2, chunk->rows.count);
            if (a.guilty_known && !reject_alone(worker, lane, a.from, &a.failure, err))
                return false;
            if (a.guilty_known)
                ended = false;
            a.guilty_known = false;
            continue;
        }
        if (!(sent && !done) && (err->kind != KEEL_ERR_SERVER || !keel_failure_is_data(keel_pg_last_failure(worker->pg))))
            return false;
        a.guilty_known = false;
        if (!narrow(worker, lane, &a, to, sent && !done, err))
            return false;
    }
    return ended || send_nothing(worker, lane, err);
}

/* The chunk as one COPY, most of which is sent already; false with refused = the server objects to some row. */
static bool finish_direct(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    const keel_chunk *chunk = &worker->chunk;
    int64_t rows = 0;

    if (!keel_send_some(worker, sender, err))
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
    if (commit_unit(worker, sender->lane, 0, chunk->rows.count, err))
        return true;
    return refused(worker, sender, err); /* a deferred constraint speaks at COMMIT */
}

bool keel_send_finish(keel_worker *worker, keel_sender *sender, keel_error *err)
{
    keel_table_state *state = &worker->transfer->states[sender->lane->table->index];

    if (worker->chunk.rows.count == 0)
        return send_nothing(worker, sender->lane, err);
    if (sender->open || sender->refused || !atomic_load(&state->staged)) {
        if (!sender->refused && !finish_direct(worker, sender, err))
            return false;
        if (!sender->refused)
            return true;
        keel_pg_rollback(worker->pg);
        if (atomic_fetch_add(&state->refused_chunks, 1) >= 1)
            atomic_store(&state->staged, true);
    }
    return send_apart(worker, sender->lane, err);
}
