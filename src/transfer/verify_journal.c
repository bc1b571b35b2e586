/* What the journal knows of a table's rows: who was rejected, which transactions wrote, where
 * chunks begin and end, and what keys became. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/text_keys.h"
#include "transfer/verify_inside.h"

static int compare_xids(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static int compare_positions(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void add_chain(const keel_verify *v, keel_str *sql)
{
    for (size_t i = 0; i < v->chain_count; i++)
        keel_str_addf(sql, "%s%lld", i > 0 ? ", " : "", (long long)v->chain[i]);
}

/* Rejected by a run of the chain and not loaded by a later one of it. */
static void rejects_sql(const keel_verify *v, int64_t run, int number, keel_str *sql)
{
    keel_str_addf(sql,
                  "COPY (SELECT position FROM pgkeel.reject WHERE run = %lld AND tbl = %d AND "
                  "(resolved_by IS NULL OR"
                  " resolved_by NOT IN (",
                  (long long)run, number);
    add_chain(v, sql);
    keel_str_add(sql, "))) TO STDOUT (FORMAT binary)");
}

static bool
load_rejects(keel_verify *v, keel_verify_state *state, int64_t run, int number, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const unsigned char *tuple = NULL;
    size_t size = 0;

    rejects_sql(v, run, number, &sql);
    if (!keel_pg_copy_out_begin(v->pg, err, sql.data))
        return false;
    for (;;) {
        keel_field position;
        if (!keel_pg_copy_out_next(v->pg, &tuple, &size, err))
            return false;
        if (tuple == NULL)
            return true;
        if (keel_tuple_fields(tuple, size, &position, 1) && position.size == 8)
            keel_vec_push(&state->rejects, keel_get_i64(position.bytes));
    }
}

/* The state of the table's storage now, to be held against that of each chunk. */
static bool filenode_now(keel_verify *v,
                         const keel_verify_state *state,
                         uint32_t *ret_filenode,
                         keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const char *params[] = {state->relation};

    if (!keel_pg_query(v->pg, &result, err,
                       "SELECT coalesce(pg_catalog.pg_relation_filenode($1::regclass), 0)::bigint",
                       1, params))
        return false;
    *ret_filenode = (uint32_t)keel_pg_int(result, 0, 0);
    return true;
}

typedef struct chunk_reader {
    keel_verify_state *state;
    uint32_t filenode;
} chunk_reader;

static bool take_chunk(void *context, const keel_chunk_record *record, keel_error *err)
{
    chunk_reader *r = context;
    keel_chunk_place place = {.lane = record->lane,
                              .seq = record->seq,
                              .recorded = true,
                              .last_position = record->last_position};

    (void)err;
    keel_vec_push(&r->state->xids, (uint32_t)record->xid);
    r->state->xids_valid = r->state->xids_valid && record->filenode == r->filenode;
    if (record->kind != KEEL_CHUNK_LOAD)
        return true;
    keel_vec_push(&r->state->places, place);
    r->state->has_keys = r->state->has_keys || record->keys.count > 0;
    return true;
}

/* Gives `place` the rowids from *low up to `high`, and moves *low behind them; nothing is left
 * behind INT64_MAX. */
static keel_chunk_place cut(keel_chunk_place place, int64_t *low, int64_t high, bool *ended)
{
    place.low = *ended ? 1 : *low;
    place.high = *ended ? 0 : high;
    *ended = *ended || high == INT64_MAX;
    if (!*ended && high >= *low)
        *low = high + 1;
    return place;
}

/* The chunks of a lane follow each other without gaps, the slices cover every rowid: so every row
 * of today's source falls to some chunk, also one that was not there when the run read it. */
static void spread_places(keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;
    KEEL_VEC(keel_chunk_place) spread = {0};
    int64_t low = INT64_MIN;
    bool ended = false;
    size_t at = 0;

    for (size_t slice = 0; slice < plan->slice_count; slice++) {
        int64_t high = slice + 1 == plan->slice_count ? INT64_MAX : plan->slices[slice].high;
        keel_chunk_place place = {0};
        bool last = false;
        do {
            bool there = at < state->places.count && state->places.items[at].lane == (int)slice;
            if (there)
                place = state->places.items[at++];
            last = at == state->places.count || state->places.items[at].lane != (int)slice;
            keel_vec_push(&spread, cut(place, &low, last ? high : place.last_position, &ended));
        } while (!last);
    }
    if (plan->slice_count == 0)
        keel_vec_push(&spread, cut((keel_chunk_place){0}, &low, INT64_MAX, &ended));
    keel_vec_free(&state->places);
    state->places.items = spread.items;
    state->places.count = spread.count;
    state->places.capacity = spread.capacity;
}

static bool add_sums(keel_verify *v, keel_verify_state *state, int64_t run, keel_error *err)
{
    keel_run_table *tables = NULL;
    size_t count = 0;

    if (!keel_journal_run_tables(v->pg, v->arena, run, &tables, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tables[i].source, state->plan->source->name) != 0)
            continue;
        state->inserted += tables[i].inserted;
        state->merged += tables[i].merged;
        state->rejected_then += tables[i].rejected;
        if (run == v->chain[0])
            state->rows_then = tables[i].source_rows;
    }
    return true;
}

static void sort_all(keel_verify_state *state)
{
    if (state->xids.count > 1)
        qsort(state->xids.items, state->xids.count, sizeof(uint32_t), compare_xids);
    if (state->rejects.count > 1)
        qsort(state->rejects.items, state->rejects.count, sizeof(int64_t), compare_positions);
}

bool keel_verify_journal_load(keel_verify *v, keel_verify_state *state, keel_error *err)
{
    chunk_reader reader = {.state = state};

    state->xids_valid = v->run->home;
    state->rows_then = -1;
    if (!filenode_now(v, state, &reader.filenode, err))
        return false;
    for (size_t i = 0; i < v->chain_count; i++) {
        int number = -1;
        if (!keel_verify_table_number(v, v->chain[i], state->plan->source->name, &number, err))
            return false;
        if (number < 0)
            continue;
        if (!keel_journal_chunks(v->pg, v->chain[i], number, 0, false, take_chunk, &reader, err) ||
            !load_rejects(v, state, v->chain[i], number, err) ||
            !add_sums(v, state, v->chain[i], err))
            return false;
    }
    sort_all(state);
    spread_places(state);
    return true;
}

static bool take_keys(void *context, const keel_chunk_record *record, keel_error *err)
{
    keel_plan_table *table = context;
    keel_keymap *map = table->keysets.items[table->key_keyset].map;
    const keel_key_runs *both[] = {&record->keys, &record->merged_keys};

    (void)err;
    if (!keel_plan_integer_map(table)) {
        keel_text_keys_restore(table, map, record->key_texts, record->new_key_texts);
        return true;
    }
    keel_keymap_lock(map);
    for (size_t i = 0; i < KEEL_COUNT_OF(both); i++)
        for (size_t run = 0; run < both[i]->count; run++)
            for (int32_t j = 0; j < both[i]->length[run]; j++) {
                const int64_t *news =
                    both[i]->new_start != NULL ? both[i]->new_start : both[i]->old_start;
                keel_old_key old = {.is_integer = true, .integer = both[i]->old_start[run] + j};
                keel_keymap_put(map, &old, KEEL_KEY_PRESENT,
                                &(keel_new_key){.integer = news[run] + j});
            }
    keel_keymap_unlock(map);
    return true;
}

bool keel_verify_map_load(keel_verify *v, keel_plan_table *table, keel_error *err)
{
    keel_plan_keyset *set = &table->keysets.items[table->key_keyset];
    const char *key = table->columns.items[table->key_column].source;
    int64_t low = 0, high = 0, count = 0;

    if (set->map != NULL)
        return true;
    if (table->integer_source_key && !keel_keyset_bounds(v->db, table, key, &low, &high, &count, err))
        return false;
    set->map = keel_keymap_create(table->integer_source_key, true,
                                  table->remap && table->key_sequence == NULL, low, high, count);
    for (size_t i = 0; i < v->chain_count; i++) {
        int number = -1;
        if (!keel_verify_table_number(v, v->chain[i], table->source->name, &number, err))
            return false;
        if (number >= 0 && !keel_journal_chunks(v->pg, v->chain[i], number, KEEL_CHUNK_LOAD, false,
                                                take_keys, table, err))
            return false;
    }
    return true;
}
