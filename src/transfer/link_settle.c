/* Before the second pass: a row of a cycle whose parent was rejected while it was loaded has lost its parent, and so
 * have the rows that refer to it. They are found by reading the cyclic tables until nothing changes, and move to
 * the rejects while their references are still NULL, so that no constraint objects. */
#include <stdlib.h>

#include "base/fault.h"
#include "base/memory.h"
#include "transfer/transfer.h"

typedef struct lost { /* rows of one table that have to go */
    KEEL_VEC(keel_reject) rejects;
    KEEL_VEC(int64_t) keys;
    keel_arena *arena;
} lost;

static void take_back_keys(keel_worker *worker, keel_plan_table *table)
{
    for (size_t i = 0; i < table->keysets.count; i++) {
        keel_plan_keyset *set = &table->keysets.items[i];
        const keel_row_keys *keys = &worker->chunk.rejected_keys[i];
        if (set->map == NULL || keys->count == 0 || keys->items[0].none)
            continue;
        keel_keymap_lock(set->map);
        keel_keymap_put(set->map, &keys->items[0].key, KEEL_KEY_REJECTED, NULL);
        keel_keymap_unlock(set->map);
    }
}

static void remember(lost *l, const keel_reject *reject, int64_t key)
{
    keel_reject copy = *reject;

    copy.key = keel_arena_strdup(l->arena, reject->key);
    copy.value = keel_arena_strdup(l->arena, reject->value);
    copy.reason = keel_arena_strdup(l->arena, reject->reason);
    keel_vec_push(&l->rejects, copy);
    keel_vec_push(&l->keys, key);
}

/* One reading of a table; *ret_found counts rows that turned out to be lost. */
static bool read_once(keel_worker *worker, keel_plan_table *table, size_t slice, lost *l, size_t *ret_found, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    int64_t bounds[2] = {table->by_rowid ? table->slices[slice].low : 0, table->slices[slice].high};
    const keel_plan_keyset *set = &table->keysets.items[table->key_keyset];
    int64_t position = 0;
    bool found = true;

    if (!keel_sqlite_query(worker->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err))
        return false;
    while (found) {
        keel_old_key old;
        keel_new_key new = {0};
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            break;
        keel_sqlite_cells(rows, worker->cells);
        position = table->by_rowid ? worker->cells[table->cell_count].integer : position + 1;
        const keel_cell *cell = &worker->cells[set->cells[0]];
        if (!keel_selection_wants(worker, table, position) || !keel_keymap_key(set->map, &cell, 1, &old) ||
            keel_keymap_get(set->map, &old, &new) != KEEL_KEY_PRESENT)
            continue;
        keel_chunk_reset(&worker->chunk, table);
        keel_encode_row(worker, table, position);
        if (worker->chunk.rejects.count == 0)
            continue;
        take_back_keys(worker, table);
        remember(l, &worker->chunk.rejects.items[0], table->renames ? new.integer : old.integer);
        ++*ret_found;
    }
    return true;
}

static void delete_sql(const keel_worker *worker, const keel_plan_table *table, const lost *l, keel_str *sql)
{
    keel_str_addf(sql, "DELETE FROM %s WHERE ", keel_plan_relation(worker->transfer->plan, table));
    keel_pg_add_identifier(sql, table->columns.items[table->key_column].target);
    keel_str_add(sql, " IN (");
    for (size_t i = 0; i < l->keys.count; i++)
        keel_str_addf(sql, "%s%lld", i > 0 ? ", " : "", (long long)l->keys.items[i]);
    keel_str_add(sql, ")");
}

static bool evict(keel_worker *worker, keel_plan_table *table, const lost *l, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str lines = {0};
    keel_transfer *transfer = worker->transfer;
    keel_chunk_record record = {.table = table->number, .kind = KEEL_CHUNK_EVICT, .lane = -2};

    keel_str_add(&sql, "BEGIN; ");
    keel_journal_chunk_begin_sql(&sql, transfer->run, table->number, KEEL_CHUNK_EVICT, -2, 0,
                                 keel_plan_relation(transfer->plan, table));
    if (!keel_pg_exec(worker->pg, err, sql.data))
        return false;
    keel_str_clear(&sql);
    delete_sql(worker, table, l, &sql);
    if (!keel_pg_query(worker->pg, &result, err, sql.data, 0, NULL))
        return false;
    for (size_t i = 0; i < l->rejects.count; i++)
        keel_journal_reject_line(&lines, transfer->run, -2, 0, &l->rejects.items[i]);
    record.inserted = -keel_pg_affected(result);
    record.rejected = (int64_t)l->rejects.count;
    atomic_fetch_add(&transfer->rejected, record.rejected);
    return keel_journal_rejects_copy(worker->pg, &lines, err) &&
           keel_journal_chunk_finish(worker->pg, transfer->run, &record, err) && keel_pg_exec(worker->pg, err, "COMMIT");
}

static bool settles(const keel_worker *worker, size_t at, int group)
{
    const keel_plan_table *table = worker->transfer->plan->tables[at];
    bool waits = worker->transfer->states[at].second_pass;

    for (size_t i = 0; i < table->references.count; i++)
        waits = waits || table->references.items[i].parent_first;
    return waits && table->group == group;
}

static bool settle_tables(keel_worker *worker, int group, lost *all, keel_error *err)
{
    const keel_plan *plan = worker->transfer->plan;
    size_t found = 1;

    while (found > 0) {
        found = 0;
        for (size_t i = 0; i < plan->table_count; i++)
            for (size_t slice = 0; settles(worker, i, group) && slice < plan->tables[i]->slice_count; slice++)
                if (!read_once(worker, plan->tables[i], slice, &all[i], &found, err))
                    return false;
    }
    for (size_t i = plan->table_count; i-- > 0;) { /* parents that had to be first go last */
        if (all[i].rejects.count == 0)
            continue;
        if (!evict(worker, plan->tables[i], &all[i], err)) {
            keel_pg_rollback(worker->pg);
            return keel_fail_context(err, "move rows of \"%s\" to the rejects", plan->tables[i]->name);
        }
        (void)keel_fault("transfer.after_evict");
    }
    return true;
}

bool keel_link_settle(keel_worker *worker, int group, keel_error *err)
{
    size_t count = worker->transfer->plan->table_count;
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_free_p) lost *all = keel_alloc_zero(count + 1, sizeof *all);
    bool needed = false;

    for (size_t i = 0; i < count; i++) {
        all[i].arena = arena;
        needed = needed || settles(worker, i, group);
    }
    bool settled = !needed || settle_tables(worker, group, all, err);
    for (size_t i = 0; i < count; i++) {
        keel_vec_free(&all[i].rejects);
        keel_vec_free(&all[i].keys);
    }
    return settled;
}
