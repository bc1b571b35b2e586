/* Which source rows a run is about: all of them, those that an earlier run rejected (--retry-rejects), or those
 * that an earlier run has not seen (--new-rows). */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/transfer.h"

static int compare_positions(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

bool keel_positions_has(const keel_positions *positions, int64_t position)
{
    return positions->count > 0 &&
           bsearch(&position, positions->items, positions->count, sizeof position, compare_positions) != NULL;
}

static bool take_position(void *context, const keel_reject *reject, keel_error *err)
{
    keel_positions *positions = context;

    (void)err;
    keel_vec_push(positions, reject->position);
    return true;
}

bool keel_positions_of_rejects(keel_pg *pg, int64_t run, int table, keel_positions *ret_positions, keel_error *err)
{
    if (!keel_journal_rejects(pg, run, table, 0, take_position, ret_positions, err))
        return false;
    if (ret_positions->count > 1)
        qsort(ret_positions->items, ret_positions->count, sizeof(int64_t), compare_positions);
    return true;
}

/* Not seen by the base run: its key is neither in the map nor among the rejects. */
static bool is_new(const keel_worker *worker, const keel_plan_table *table, const keel_table_state *state, int64_t position)
{
    keel_old_key key;

    if (keel_positions_has(&state->base_rejects, position))
        return false;
    if (!keel_plan_integer_map(table)) /* the journal holds no such keys: rows that were appended */
        return position > state->base_last_position;
    const keel_plan_keyset *set = &table->keysets.items[table->key_keyset];
    const keel_cell *cell = &worker->cells[set->cells[0]];
    return !keel_keymap_key(set->map, &cell, 1, &key) || keel_keymap_get(set->map, &key, NULL) == KEEL_KEY_ABSENT;
}

bool keel_selection_wants(const keel_worker *worker, const keel_plan_table *table, int64_t position)
{
    const keel_table_state *state = &worker->transfer->states[table->index];

    if (worker->transfer->selection == KEEL_SELECT_ALL)
        return true;
    if (worker->transfer->selection == KEEL_SELECT_REJECTS)
        return keel_positions_has(&state->base_rejects, position);
    return is_new(worker, table, state, position);
}
