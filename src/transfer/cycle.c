/* Tables that refer to themselves or to each other in a ring: every key is known before the first row is sent. New
 * keys are journalled in chunks of kind 'k', so that a resume uses the same ones. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/memory.h"
#include "transfer/text_keys.h"
#include "transfer/transfer.h"

typedef struct given { /* the keys of one slice */
    KEEL_VEC(int64_t) olds;
    KEEL_VEC(int64_t) news;
    keel_text_keys texts;
} given;

static bool slice_done(keel_worker *worker, const keel_plan_table *table, size_t slice, bool *ret_done, keel_error *err)
{
    *ret_done = false;
    if (!table->remap)
        return true;
    return keel_journal_chunk_exists(worker->pg, worker->transfer->run, table->number, KEEL_CHUNK_KEYS, (int)slice, 0,
                                     ret_done, err);
}

static bool give_key(keel_worker *worker, keel_plan_table *table, given *keys, const keel_old_key *old, keel_error *err)
{
    keel_plan_keyset *set = &table->keysets.items[table->key_keyset];
    const keel_cell *cell = &worker->cells[set->cells[0]];
    const keel_key_stock *stock = &worker->stock[table->index];

    if (stock->next == stock->count && !keel_stock_fill(worker, table, 10000, err))
        return false;
    keel_new_key new = keel_stock_take(worker, table);
    keel_keymap_put(set->map, old, KEEL_KEY_PRESENT, &new);
    if (keel_plan_integer_map(table)) {
        keel_vec_push(&keys->olds, old->integer);
        keel_vec_push(&keys->news, new.integer);
        return true;
    }
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    bool hex = false;
    keel_cell_text(cell, 0, &name, &hex);
    keel_text_keys_add(&keys->texts, table, keel_str_text(&name), &new);
    return true;
}

static bool take_row(keel_worker *worker, keel_plan_table *table, given *keys, bool known, keel_error *err)
{
    for (size_t i = 0; i < table->keysets.count; i++) {
        keel_plan_keyset *set = &table->keysets.items[i];
        const keel_cell *cells[KEEL_KEY_COLUMNS];
        keel_old_key old;
        if (set->map == NULL)
            continue;
        for (size_t j = 0; j < set->count; j++)
            cells[j] = &worker->cells[set->cells[j]];
        if (!keel_keymap_key(set->map, cells, set->count, &old) || keel_keymap_get(set->map, &old, NULL) != KEEL_KEY_ABSENT)
            continue;
        if ((int)i == table->key_keyset && table->remap) {
            if (!known && !give_key(worker, table, keys, &old, err))
                return false;
            continue;
        }
        keel_new_key same = {.integer = old.integer};
        keel_keymap_put(set->map, &old, KEEL_KEY_PRESENT, &same);
    }
    return true;
}

static bool record_keys(keel_worker *worker, keel_plan_table *table, size_t slice, given *keys, keel_error *err)
{
    size_t count = keys->olds.count;
    KEEL_CLEANUP(keel_free_p) int32_t *ones = keel_alloc((count + 1) * sizeof *ones);
    keel_chunk_record record = {.table = table->number, .kind = KEEL_CHUNK_KEYS, .lane = (int)slice};

    for (size_t i = 0; i < count; i++)
        ones[i] = 1;
    record.keys = (keel_key_runs){keys->olds.items, keys->news.items, ones, count};
    if (!keel_plan_integer_map(table)) {
        keel_text_keys_finish(&keys->texts);
        record.key_texts = keys->texts.olds.data;
        record.new_key_texts = keys->texts.news.data;
    }
    keel_str_clear(&worker->sql);
    keel_str_add(&worker->sql, "BEGIN; ");
    keel_journal_chunk_begin_sql(&worker->sql, worker->transfer->run, table->number, KEEL_CHUNK_KEYS, (int)slice, 0,
                                 keel_plan_relation(worker->transfer->plan, table));
    return keel_pg_exec(worker->pg, err, worker->sql.data) &&
           keel_journal_chunk_finish(worker->pg, worker->transfer->run, &record, err) &&
           keel_pg_exec(worker->pg, err, "COMMIT");
}

static bool scan_slice(keel_worker *worker, keel_plan_table *table, size_t slice, given *keys, bool known, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    int64_t bounds[2] = {table->by_rowid ? table->slices[slice].low : 0, table->slices[slice].high};
    int64_t position = 0;
    bool found = true;

    if (!keel_sqlite_query(worker->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err))
        return false;
    while (found) {
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            break;
        keel_sqlite_cells(rows, worker->cells);
        position = table->by_rowid ? worker->cells[table->cell_count].integer : position + 1;
        if (keel_selection_wants(worker, table, position) && !take_row(worker, table, keys, known, err))
            return false;
        if (keel_transfer_cancelled(worker->transfer, err))
            return false;
    }
    return true;
}

static bool give_slice(keel_worker *worker, keel_plan_table *table, size_t slice, keel_error *err)
{
    given keys = {0};
    bool known = false;
    bool done = slice_done(worker, table, slice, &known, err) && scan_slice(worker, table, slice, &keys, known, err) &&
                (known || !table->remap || record_keys(worker, table, slice, &keys, err));

    if (!done)
        keel_pg_rollback(worker->pg);
    keel_vec_free(&keys.olds);
    keel_vec_free(&keys.news);
    keel_text_keys_free(&keys.texts);
    (void)(done && keel_fault("transfer.after_keys"));
    return done;
}

bool keel_cycle_keys(keel_worker *worker, keel_error *err)
{
    const keel_plan *plan = worker->transfer->plan;

    for (size_t i = 0; i < plan->table_count; i++) {
        keel_plan_table *table = plan->tables[i];
        if (!table->cyclic)
            continue;
        for (size_t slice = 0; slice < table->slice_count; slice++)
            if (!give_slice(worker, table, slice, err))
                return keel_fail_context(err, "give new keys to \"%s\"", table->name);
    }
    return true;
}
