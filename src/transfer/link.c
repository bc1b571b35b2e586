/* The second pass: references that close a cycle under constraints that the target enforces already were loaded as NULL
 * and are set now, chunk by chunk; rows whose parent was rejected in the meantime move to the rejects. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/memory.h"
#include "transfer/transfer.h"

enum { LINK_ROWS = 20000 };

typedef struct link_column {
    int column;
    const keel_plan_reference *reference;
} link_column;

typedef struct linker {
    keel_worker *worker;
    keel_plan_table *table;
    KEEL_VEC(link_column) columns;
    keel_str values;  /* "(key, fk, fk), ..." */
    size_t rows;
    int lane, seq;
} linker;

static void collect_columns(linker *l)
{
    for (size_t i = 0; i < l->table->references.count; i++) {
        const keel_plan_reference *reference = &l->table->references.items[i];
        for (size_t j = 0; reference->second_pass && j < reference->count; j++) {
            link_column column = {reference->columns[j], reference};
            keel_vec_push(&l->columns, column);
        }
    }
}

/* One field in binary form as a bytea literal would need a cast per type; the text form through the server is exact and
 * this pass is small, so values go as literals. */
static void add_value(keel_str *out, const keel_pg_type *type, const unsigned char *field, int32_t size)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    if (size < 0) {
        keel_str_addf(out, "NULL::%s", type->name);
        return;
    }
    keel_field_text(type, (keel_field){field, size}, &text);
    keel_pg_add_literal(out, keel_str_text(&text));
    keel_str_addf(out, "::%s", type->name);
}

static bool flush(linker *l, keel_error *err)
{
    keel_worker *worker = l->worker;
    keel_str *sql = &worker->sql;
    keel_chunk_record record = {.table = l->table->number, .kind = KEEL_CHUNK_LINK, .lane = l->lane, .seq = l->seq};
    bool exists = false;

    if (l->rows == 0)
        return true;
    if (!keel_journal_chunk_exists(worker->pg, worker->transfer->run, l->table->number, KEEL_CHUNK_LINK, l->lane, l->seq,
                                   &exists, err))
        return false;
    if (!exists) {
        keel_str_clear(sql);
        keel_str_add(sql, "BEGIN; ");
        keel_journal_chunk_begin_sql(sql, worker->transfer->run, l->table->number, KEEL_CHUNK_LINK, l->lane, l->seq,
                                     keel_plan_relation(worker->transfer->plan, l->table));
        keel_str_add(sql, "UPDATE ");
        keel_pg_add_qualified(sql, l->table->schema, l->table->name);
        keel_str_add(sql, " t SET ");
        for (size_t i = 0; i < l->columns.count; i++) {
            keel_str_add(sql, i > 0 ? ", " : "");
            keel_pg_add_identifier(sql, l->table->columns.items[l->columns.items[i].column].target);
            keel_str_addf(sql, " = v.c%zu", i);
        }
        keel_str_addf(sql, " FROM (VALUES %s) v(k", l->values.data);
        for (size_t i = 0; i < l->columns.count; i++)
            keel_str_addf(sql, ", c%zu", i);
        keel_str_add(sql, ") WHERE t.");
        keel_pg_add_identifier(sql, l->table->columns.items[l->table->key_column].target);
        keel_str_add(sql, " = v.k");
        if (!keel_pg_exec(worker->pg, err, sql->data) ||
            !keel_journal_chunk_finish(worker->pg, worker->transfer->run, &record, err) ||
            !keel_pg_exec(worker->pg, err, "COMMIT")) {
            keel_pg_rollback(worker->pg);
            return false;
        }
        (void)keel_fault("transfer.after_link");
    }
    l->seq++;
    l->rows = 0;
    keel_str_clear(&l->values);
    return true;
}

/* The row as the data phase would encode it without the second pass: its key and references with their final values. */
static void add_row(linker *l, const keel_chunk *chunk, const keel_row *row)
{
    const unsigned char *tuple = (const unsigned char *)chunk->data.data + row->start;
    size_t count = l->table->columns.count;
    KEEL_CLEANUP(keel_free_p) keel_field *fields = keel_alloc(count * sizeof *fields);
    bool any = false;

    if (!keel_tuple_fields(tuple, row->size, fields, count))
        return;
    for (size_t i = 0; i < l->columns.count; i++)
        any = any || fields[l->columns.items[i].column].size >= 0;
    if (!any)
        return;
    keel_str_add(&l->values, l->rows++ > 0 ? ", (" : "(");
    add_value(&l->values, l->table->columns.items[l->table->key_column].type, fields[l->table->key_column].bytes,
              fields[l->table->key_column].size);
    for (size_t i = 0; i < l->columns.count; i++) {
        const keel_field *field = &fields[l->columns.items[i].column];
        keel_str_add(&l->values, ", ");
        add_value(&l->values, l->table->columns.items[l->columns.items[i].column].type, field->bytes, field->size);
    }
    keel_str_add(&l->values, ")");
}

/* A row that was rejected has no place in the target; under kept keys its number may be another row's there. */
static bool has_arrived(const keel_worker *worker, const keel_plan_table *table)
{
    const keel_plan_keyset *set = table->key_keyset >= 0 ? &table->keysets.items[table->key_keyset] : NULL;
    keel_old_key old;

    if (set == NULL || set->map == NULL)
        return true;
    const keel_cell *cell = &worker->cells[set->cells[0]];
    return keel_keymap_key(set->map, &cell, 1, &old) && keel_keymap_get(set->map, &old, NULL) == KEEL_KEY_PRESENT;
}

static bool link_slice(linker *l, size_t slice, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_worker *worker = l->worker;
    keel_plan_table *table = l->table;
    int64_t bounds[2] = {table->by_rowid ? table->slices[slice].low : 0, table->slices[slice].high};
    int64_t position = 0;
    bool found = true;

    l->lane = (int)slice;
    l->seq = 0;
    if (!keel_sqlite_query(worker->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err))
        return false;
    while (found) {
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            break;
        keel_sqlite_cells(rows, worker->cells);
        position = table->by_rowid ? worker->cells[table->cell_count].integer : position + 1;
        if (!keel_selection_wants(worker, table, position) || !has_arrived(worker, table))
            continue;
        keel_chunk_reset(&worker->chunk, table);
        keel_encode_row(worker, table, position);
        if (worker->chunk.rows.count == 1)
            add_row(l, &worker->chunk, &worker->chunk.rows.items[0]);
        if (l->rows >= LINK_ROWS && !flush(l, err))
            return false;
        if (keel_transfer_cancelled(worker->transfer, err))
            return false;
    }
    return flush(l, err);
}

bool keel_link_table(keel_worker *worker, keel_plan_table *table, keel_error *err)
{
    linker l = {.worker = worker, .table = table};
    keel_table_state *state = &worker->transfer->states[table->index];
    bool done = true;

    if (!state->second_pass)
        return true;
    collect_columns(&l);
    state->second_pass = false; /* so that encoding a row gives its final references */
    for (size_t slice = 0; done && slice < table->slice_count; slice++)
        done = link_slice(&l, slice, err);
    keel_vec_free(&l.columns);
    keel_str_free(&l.values);
    return done ? true : keel_fail_context(err, "set the references of \"%s\"", table->name);
}
