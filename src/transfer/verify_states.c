/* How each table is compared, and the items of work that this makes. */
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "transfer/verify_inside.h"

static bool listed(const char *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcasecmp(*list, name) == 0)
            return true;
    return false;
}

static bool check_only(const keel_verify *v, keel_error *err)
{
    const char *const *name = v->options->only;

    for (; name != NULL && *name != NULL; name++)
        if (keel_plan_find_source(v->plan, *name) == NULL)
            return keel_fail(err, KEEL_ERR_USAGE, "--table: the %s has no table \"%s\"",
                             v->run != NULL ? "run" : "source", *name);
    return true;
}

static bool wanted(const keel_verify *v, const keel_plan_table *plan)
{
    if (v->options->only != NULL && v->options->only[0] != NULL &&
        !listed(v->options->only, plan->source->name))
        return false;
    return v->run == NULL || plan->journalled != NULL;
}

/* Its own key alone decides which target row a source row became. */
static keel_pairing choose_pairing(const keel_verify *v, const keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;
    const char *alias = plan->source->rowid_alias;

    if (!plan->by_rowid || !keel_plan_integer_map(plan))
        return KEEL_PAIR_HASH;
    if (v->run != NULL)
        return v->chain_count == 1 ? KEEL_PAIR_CHUNK : KEEL_PAIR_HASH;
    return keel_streq(alias, plan->columns.items[plan->key_column].source) ? KEEL_PAIR_ROWID
                                                                           : KEEL_PAIR_HASH;
}

static bool can_pair(const keel_plan_column *column)
{
    return !column->as_text && column->rule.misfit != KEEL_MISFIT_NEW_UUID;
}

static bool may_be_nulled(const keel_plan_table *plan, int column)
{
    if (plan->mapping == NULL || !plan->mapping->orphan_to_null)
        return false;
    for (size_t i = 0; i < plan->references.count; i++)
        for (size_t j = 0; j < plan->references.items[i].count; j++)
            if (plan->references.items[i].columns[j] == column)
                return true;
    return false;
}

static bool pair_by_match(keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;

    for (size_t i = 0; plan->mapping != NULL && i < plan->mapping->match.count; i++) {
        int found = -1;
        for (size_t j = 0; j < plan->columns.count; j++)
            if (strcmp(plan->columns.items[j].target, plan->mapping->match.items[i]) == 0 &&
                can_pair(&plan->columns.items[j]))
                found = (int)j;
        if (found < 0)
            return false;
        state->pair_columns[state->pair_count++] = found;
    }
    return state->pair_count > 0;
}

static bool pair_by_key(keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;

    for (size_t i = 0; i < plan->key_column_count; i++)
        if (!can_pair(&plan->columns.items[plan->key_columns[i]]))
            return false;
    for (size_t i = 0; i < plan->key_column_count; i++)
        state->pair_columns[state->pair_count++] = plan->key_columns[i];
    return state->pair_count > 0;
}

static void choose_pair_columns(keel_verify *v, keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;
    const keel_pg_type **types =
        keel_arena_alloc(v->arena, (plan->columns.count + 1) * sizeof *types);

    state->pair_columns = keel_arena_alloc(v->arena, (plan->columns.count + 33) * sizeof(int));
    if (!pair_by_match(state)) {
        state->pair_count = 0;
        if (!pair_by_key(state)) {
            state->pair_count = 0;
            for (size_t i = 0; i < plan->columns.count; i++)
                if (can_pair(&plan->columns.items[i]) && !state->may_be_nulled[i])
                    state->pair_columns[state->pair_count++] = (int)i;
        }
    }
    for (size_t i = 0; i < state->pair_count; i++)
        types[i] = plan->columns.items[state->pair_columns[i]].type;
    state->pair_hasher = keel_row_hasher_create(v->arena, types, state->pair_count);
}

static void make_select_list(keel_verify *v, keel_verify_state *state)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    keel_str_add(&list, "xmin");
    for (size_t i = 0; i < state->plan->columns.count; i++) {
        keel_str_add(&list, ", ");
        keel_pg_add_identifier(&list, state->plan->columns.items[i].target);
        keel_str_add(&list, state->plan->columns.items[i].as_text ? "::text" : "");
    }
    state->select_list = keel_arena_strdup(v->arena, list.data);
}

static keel_verify_state *make_state(keel_verify *v, keel_plan_table *plan)
{
    keel_verify_state *state = keel_arena_alloc(v->arena, sizeof *state);
    size_t columns = plan->columns.count;

    state->plan = plan;
    state->rows_then = -1;
    state->relation = keel_plan_relation(v->plan, plan);
    state->pairing = choose_pairing(v, state);
    state->nulled = keel_arena_alloc(v->arena, (columns + 1) * sizeof(int64_t));
    state->may_be_nulled = keel_arena_alloc(v->arena, (columns + 1) * sizeof(bool));
    for (size_t i = 0; i < columns; i++) {
        state->may_be_nulled[i] = v->run != NULL && may_be_nulled(plan, (int)i);
    }
    choose_pair_columns(v, state);
    make_select_list(v, state);
    state->passes = 1;
    if (state->pairing == KEEL_PAIR_HASH && plan->target->bytes > 0)
        state->passes = (uint32_t)(plan->target->bytes / KEEL_VERIFY_SHARE_BYTES) + 1;
    pthread_mutex_init(&state->lock, NULL);
    return state;
}

void keel_verify_states_free(keel_verify *v)
{
    for (size_t i = 0; i < v->state_count; i++) {
        keel_verify_state *state = v->states[i];
        keel_vec_free(&state->xids);
        keel_vec_free(&state->places);
        keel_vec_free(&state->rejects);
        keel_vec_free(&state->hashes);
        pthread_mutex_destroy(&state->lock);
    }
    for (size_t i = 0; v->plan != NULL && i < v->plan->table_count; i++)
        for (size_t j = 0; j < v->plan->tables[i]->keysets.count; j++)
            keel_keymap_free(v->plan->tables[i]->keysets.items[j].map);
    keel_vec_free(&v->items);
}

static void add_item(keel_verify *v,
                     keel_item_kind kind,
                     keel_verify_state *state,
                     size_t index,
                     int64_t low,
                     int64_t high)
{
    keel_verify_item item = {
        .kind = kind, .state = state, .index = index, .low = low, .high = high};

    keel_vec_push(&v->items, item);
}

/* Ranges that cover every key there may be, each of about a share of the table. */
static bool add_ranges(keel_verify *v, keel_verify_state *state, keel_error *err)
{
    size_t want = (size_t)(state->plan->target->bytes / KEEL_VERIFY_SHARE_BYTES) + 1, count = 0;
    keel_sqlite_range *ranges = NULL;
    int64_t low = INT64_MIN;

    if (!keel_sqlite_slices(v->db, state->plan->source->name, want, v->arena, &ranges, &count, err))
        return false;
    for (size_t i = 0; i + 1 < count; i++) {
        add_item(v, KEEL_ITEM_ROWS, state, i, low, ranges[i].high);
        low = ranges[i].high + 1;
    }
    add_item(v, KEEL_ITEM_ROWS, state, count, low, INT64_MAX);
    return true;
}

static bool add_row_items(keel_verify *v, keel_verify_state *state, keel_error *err)
{
    if (state->pairing == KEEL_PAIR_ROWID)
        return add_ranges(v, state, err);
    for (size_t i = 0; state->pairing == KEEL_PAIR_CHUNK && i < state->places.count; i++)
        add_item(v, KEEL_ITEM_ROWS, state, i, state->places.items[i].low,
                 state->places.items[i].high);
    for (size_t i = 0; state->pairing == KEEL_PAIR_HASH && i < state->passes; i++)
        add_item(v, KEEL_ITEM_ROWS, state, i, INT64_MIN, INT64_MAX);
    return true;
}

static void add_server_items(keel_verify *v, keel_verify_state *state)
{
    const keel_plan_table *plan = state->plan;

    for (size_t i = 0; i < plan->references.count; i++)
        add_item(v, KEEL_ITEM_ORPHANS, state, i, 0, 0);
    for (size_t i = 0; i < plan->source->indexes.count; i++)
        if (plan->source->indexes.items[i].unique)
            add_item(v, KEEL_ITEM_UNIQUE, state, i, 0, 0);
    for (size_t i = 0; i < plan->target->columns.count; i++)
        if (plan->target->columns.items[i].sequence != NULL)
            add_item(v, KEEL_ITEM_SEQUENCE, state, i, 0, 0);
}

/* Every map that some column of the table is rewritten by, and its own where rows are paired
 * without the journal's runs. */
static bool load_maps(keel_verify *v, keel_verify_state *state, keel_error *err)
{
    keel_plan_table *plan = state->plan;

    for (size_t i = 0; i < plan->columns.count; i++) {
        const keel_plan_table *parent = plan->columns.items[i].rewritten_by;
        if (parent != NULL && (parent->remap || keel_plan_integer_map(parent)) &&
            !keel_verify_map_load(v, v->plan->tables[parent->index], err))
            return false;
    }
    if (plan->renames && state->pairing == KEEL_PAIR_HASH &&
        (plan->remap || keel_plan_integer_map(plan)))
        return keel_verify_map_load(v, plan, err);
    return true;
}

static bool check_pruned(const keel_verify *v, const keel_verify_state *state, keel_error *err)
{
    if (state->pairing != KEEL_PAIR_CHUNK || state->has_keys ||
        state->inserted + state->merged == 0)
        return true;
    keel_fail(err, KEEL_ERR_DATA, "the key map of run %lld is not in the journal any more",
              (long long)v->run->run);
    return keel_fail_hint(
        err, "It was pruned; name source and mapping file to compare without the journal.");
}

static bool add_table(keel_verify *v, keel_plan_table *plan, keel_error *err)
{
    keel_verify_state *state = make_state(v, plan);

    v->states[v->state_count++] = state;
    if (v->run != NULL && (!keel_verify_journal_load(v, state, err) ||
                           !check_pruned(v, state, err) || !load_maps(v, state, err)))
        return false;
    add_server_items(v, state);
    return true;
}

static void report_gone(keel_verify *v, const keel_plan_table *plan)
{
    keel_report_addf(v->report, KEEL_ERROR, "verify.missing", plan->source->name, NULL, NULL,
                     "the target has no table \"%s.%s\" any more", plan->schema, plan->name);
    keel_report_check(v->report, "verify.missing", KEEL_CHECK_FAILED);
}

bool keel_verify_states_make(keel_verify *v, keel_error *err)
{
    size_t gone = 0;

    if (!check_only(v, err))
        return false;
    v->states = keel_arena_alloc(v->arena, (v->plan->table_count + 1) * sizeof *v->states);
    for (size_t i = 0; i < v->plan->table_count; i++) {
        keel_plan_table *plan = v->plan->tables[i];
        if (!wanted(v, plan))
            continue;
        if (plan->target == NULL) {
            gone++;
            if (v->run != NULL) /* by mapping the plan has said so */
                report_gone(v, plan);
            continue;
        }
        if (!add_table(v, plan, err))
            return keel_fail_context(err, "verify \"%s\"", plan->source->name);
    }
    if (v->state_count + gone == 0)
        return keel_fail(err, KEEL_ERR_DATA, "there is no table to verify");
    for (size_t i = 0; i < v->state_count; i++) /* questions first: they are long, and rows fill the rest evenly */
        if (!add_row_items(v, v->states[i], err))
            return keel_fail_context(err, "verify \"%s\"", v->states[i]->plan->source->name);
    return true;
}
