/* The key maps of a run: made for every list of columns that a foreign key points at, and filled again from the
 * journal when a run goes on. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/text_keys.h"
#include "transfer/transfer.h"

/* Somebody looks keys up in this set: a foreign key of the plan, or the search for new rows. */
static bool is_looked_up(const keel_transfer *transfer, const keel_plan_table *table, size_t keyset)
{
    const keel_plan *plan = transfer->plan;

    if ((int)keyset == table->key_keyset && (transfer->selection == KEEL_SELECT_NEW || table->cyclic))
        return true;
    for (size_t i = 0; i < plan->table_count; i++) {
        const keel_plan_table *child = plan->tables[i];
        for (size_t j = 0; j < child->references.count; j++)
            if (child->references.items[j].parent == table && child->references.items[j].parent_keyset == keyset)
                return true;
        for (size_t j = 0; j < child->columns.count; j++)
            if (child->columns.items[j].rewritten_by == table && (int)keyset == table->key_keyset)
                return true;
    }
    return false;
}

/* Journalled key runs need integers even where nobody looks up: the map is then made for its key reading only. */
static bool is_read(const keel_plan_table *table, size_t keyset)
{
    return (int)keyset == table->key_keyset && (table->remap || keel_plan_integer_map(table));
}

/* Three queries, because alone each of them is answered from the ends of an index, or from the smallest one. */
bool keel_keyset_bounds(keel_sqlite *db, const keel_plan_table *table, const char *column, int64_t *low, int64_t *high,
                        int64_t *count, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    static const char *const functions[] = {"min", "max", "count"};
    int64_t *const results[] = {low, high, count};
    bool none = false;

    keel_sqlite_add_identifier(&name, column);
    for (size_t i = 0; i < 3; i++) {
        keel_str_clear(&sql);
        keel_str_addf(&sql, "SELECT %s(%s) FROM ", functions[i], i < 2 ? name.data : "*");
        keel_sqlite_add_identifier(&sql, table->source->name);
        if (!keel_sqlite_int(db, sql.data, results[i], &none, err))
            return false;
        if (none)
            *results[i] = 0;
    }
    return true;
}

static bool create_keyset(keel_transfer *transfer, keel_plan_table *table, size_t index, keel_error *err)
{
    keel_plan_keyset *set = &table->keysets.items[index];
    const keel_plan_column *column = &table->columns.items[set->cells[0]];
    bool integer = set->count == 1 && column->source_column->affinity == KEEL_AFFINITY_INTEGER;
    bool values = set->is_key && table->renames;
    int64_t low = 0, high = -1, count = 0;

    if (integer && set->looked_up && !keel_keyset_bounds(transfer->db, table, column->source, &low, &high, &count, err))
        return false;
    set->map = keel_keymap_create(integer, values, values && table->key_sequence == NULL && table->remap, low, high, count);
    return true;
}

/* How many new keys the table will need at most. */
static bool count_rows(keel_transfer *transfer, const keel_plan_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_table_state *state = &transfer->states[table->index];
    bool none = false;

    if (!table->remap || !keel_stock_in_blocks(table))
        return true;
    keel_str_add(&sql, "SELECT count(*) FROM ");
    keel_sqlite_add_identifier(&sql, table->source->name);
    if (!keel_sqlite_int(transfer->db, sql.data, &state->rows, &none, err))
        return false;
    state->rows_left = state->rows;
    return true;
}

bool keel_keysets_create(keel_transfer *transfer, keel_error *err)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++) {
        keel_plan_table *table = transfer->plan->tables[i];
        if (!count_rows(transfer, table, err))
            return false;
        for (size_t j = 0; j < table->keysets.count; j++) {
            table->keysets.items[j].looked_up = is_looked_up(transfer, table, j);
            if ((table->keysets.items[j].looked_up || is_read(table, j)) && !create_keyset(transfer, table, j, err))
                return false;
        }
    }
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        transfer->plan->tables[i]->late_references = keel_encode_late_references(transfer->plan->tables[i]);
    return true;
}

typedef struct restore {
    keel_transfer *transfer;
    keel_plan_table *table;
    bool resume;
} restore;

static void put_runs(keel_plan_keyset *set, const keel_key_runs *runs)
{
    keel_keymap_lock(set->map);
    for (size_t i = 0; i < runs->count; i++)
        for (int32_t j = 0; j < runs->length[i]; j++) {
            keel_old_key old = {.is_integer = true, .integer = runs->old_start[i] + j};
            keel_new_key new = {.integer = (runs->new_start != NULL ? runs->new_start[i] : runs->old_start[i]) + j};
            keel_keymap_put(set->map, &old, KEEL_KEY_PRESENT, &new);
        }
    keel_keymap_unlock(set->map);
}

static void advance_lane(restore *r, const keel_chunk_record *record)
{
    keel_table_state *state = &r->transfer->states[r->table->index];

    if (record->kind != KEEL_CHUNK_LOAD || record->lane < 0 || (size_t)record->lane >= state->lane_count)
        return;
    keel_lane *lane = &state->lanes[record->lane];
    lane->started = true;
    lane->next_seq = record->seq + 1;
    lane->after = record->last_position;
    state->rows_left -= record->read;
    atomic_fetch_add(&r->transfer->rejected, record->rejected);
}

static bool take_chunk(void *context, const keel_chunk_record *record, keel_error *err)
{
    restore *r = context;
    keel_plan_table *table = r->table;
    keel_table_state *state = &r->transfer->states[table->index];

    (void)err;
    if (r->resume)
        advance_lane(r, record);
    else
        state->base_last_position = KEEL_MAX(state->base_last_position, record->last_position);
    if (table->key_keyset < 0 || table->keysets.items[table->key_keyset].map == NULL)
        return true;
    if (!keel_plan_integer_map(table)) {
        keel_text_keys_restore(table, table->keysets.items[table->key_keyset].map, record->key_texts, record->new_key_texts);
        return true;
    }
    put_runs(&table->keysets.items[table->key_keyset], &record->keys);
    put_runs(&table->keysets.items[table->key_keyset], &record->merged_keys);
    return true;
}

static bool journal_holds_keys(const keel_plan_table *table)
{
    return keel_plan_integer_map(table) || table->remap;
}

static void put_row(keel_plan_table *table, const keel_cell *cells, bool rejected)
{
    for (size_t i = 0; i < table->keysets.count; i++) {
        keel_plan_keyset *set = &table->keysets.items[i];
        const keel_cell *key_cells[KEEL_KEY_COLUMNS];
        keel_old_key key;
        if (set->map == NULL || (!rejected && (int)i == table->key_keyset && journal_holds_keys(table)))
            continue;
        for (size_t j = 0; j < set->count; j++)
            key_cells[j] = &cells[set->cells[j]];
        if (!keel_keymap_key(set->map, key_cells, set->count, &key))
            continue;
        keel_keymap_lock(set->map);
        if (!rejected)
            keel_keymap_put(set->map, &key, KEEL_KEY_PRESENT, &(keel_new_key){0});
        else if (table->cyclic || keel_keymap_get(set->map, &key, NULL) != KEEL_KEY_PRESENT)
            keel_keymap_put(set->map, &key, KEEL_KEY_REJECTED, NULL);
        keel_keymap_unlock(set->map);
    }
}

static bool needs_reread(const keel_plan_table *table)
{
    for (size_t i = 0; i < table->keysets.count; i++)
        if (table->keysets.items[i].map != NULL)
            return true;
    return false;
}

static bool only_integer_key(const keel_plan_table *table)
{
    for (size_t i = 0; i < table->keysets.count; i++)
        if (table->keysets.items[i].map != NULL && !((int)i == table->key_keyset && journal_holds_keys(table)))
            return false;
    return true;
}

/* Keys that the journal does not hold as integers are read again from the finished part of the source: every row
 * of it that was not rejected has arrived. */
static bool reread_lane(keel_transfer *transfer, const keel_lane *lane, int64_t after, const keel_positions *rejects,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_plan_table *table = lane->table;
    int64_t bounds[2] = {table->by_rowid ? table->slices[lane->number].low : 0, after};
    int64_t position = 0;
    bool found = true;

    if (after < bounds[0])
        return true;
    if (!keel_sqlite_query(transfer->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err))
        return false;
    while (found) {
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            break;
        keel_sqlite_cells(rows, transfer->cells);
        position = table->by_rowid ? transfer->cells[table->cell_count].integer : position + 1;
        if (position > after)
            break;
        put_row(table, transfer->cells, keel_positions_has(rejects, position));
    }
    return true;
}

/* The rejects of an integer-keyed table: few, so each is fetched by its position. */
static bool mark_rejects(keel_transfer *transfer, keel_plan_table *table, const keel_positions *rejects, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;

    for (size_t i = 0; i < rejects->count; i++) {
        int64_t position = rejects->items[i];
        int64_t bounds[2] = {table->by_rowid ? position : position - 1, position};
        bool found = false;
        bool ready = rows == NULL
                         ? keel_sqlite_query(transfer->db, table->select_sql, bounds, table->by_rowid ? 2 : 1, &rows, err)
                         : keel_sqlite_rewind(rows, bounds, table->by_rowid ? 2 : 1, err);
        if (!ready || !keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            continue;
        keel_sqlite_cells(rows, transfer->cells);
        put_row(table, transfer->cells, true);
    }
    return true;
}

static bool restore_table(keel_transfer *transfer, keel_plan_table *table, int64_t run, bool resume, keel_error *err)
{
    restore r = {.transfer = transfer, .table = table, .resume = resume};
    keel_table_state *state = &transfer->states[table->index];
    keel_positions rejects = {0};

    if (!keel_journal_chunks(transfer->pg, run, table->number, 0, false, take_chunk, &r, err) ||
        !keel_positions_of_rejects(transfer->pg, run, table->number, &rejects, err))
        return false;
    bool done = true;
    if (needs_reread(table) && only_integer_key(table))
        done = mark_rejects(transfer, table, &rejects, err);
    for (size_t i = 0; done && !only_integer_key(table) && i < state->lane_count; i++) {
        const keel_lane *lane = &state->lanes[i];
        int64_t after = !resume ? KEEL_MIN(state->base_last_position, table->slices[i].high)
                        : lane->started ? lane->after : INT64_MIN;
        done = reread_lane(transfer, lane, after, &rejects, err);
    }
    if (!resume)
        state->base_rejects = rejects;
    else
        keel_vec_free(&rejects);
    return done;
}

bool keel_keysets_restore(keel_transfer *transfer, int64_t run, bool resume, keel_error *err)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        if (!restore_table(transfer, transfer->plan->tables[i], run, resume, err))
            return keel_fail_context(err, "go on with \"%s\"", transfer->plan->tables[i]->source->name);
    return true;
}
