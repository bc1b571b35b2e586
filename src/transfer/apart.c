/* Rows that the server refused as a whole: it is asked which are guilty (by the stage's queries, or by the line that COPY
 * names), those become rejects, and the rest goes again in smaller units, each with a journal row of its own. */
#include "base/memory.h"
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
    if (!keel_send_open(worker, lane, err) || !copy_rows(worker, from, to, err) ||
        !keel_pg_copy_in_send(worker->pg, err, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER) ||
        !keel_pg_copy_in_end(worker->pg, &rows, err))
        return false;
    *ret_done = rows == (int64_t)(to - from);
    return true;
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
bool keel_send_apart(keel_worker *worker, keel_lane *lane, keel_error *err)
{
    keel_chunk *chunk = &worker->chunk;
    attempt a = {.width = chunk->rows.count, .staged = true};
    bool ended = false;

    while (a.from < chunk->rows.count) {
        size_t to = KEEL_MIN(a.from + KEEL_MAX(a.width, (size_t)1), chunk->rows.count);
        bool done = false;
        bool sent = try_unit(worker, lane, &a, &to, &done, err);
        if (sent && done && keel_commit_unit(worker, lane, a.from, to, err)) {
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
    return ended || keel_send_nothing(worker, lane, err);
}
