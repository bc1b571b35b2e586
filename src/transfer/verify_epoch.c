/* Numbers in time columns whose meaning nobody stated: decided once per column by all of its cells,
 * as the plan says (keel_unambiguous_epoch), when the first such number is met. */
#include "transfer/verify_inside.h"

static bool is_time(const keel_pg_type *type)
{
    return type->kind == KEEL_PG_DATE || type->kind == KEEL_PG_TIME ||
           type->kind == KEEL_PG_TIMESTAMP || type->kind == KEEL_PG_TIMESTAMPTZ;
}

void keel_verify_epochs_start(keel_verify_state *state)
{
    for (size_t i = 0; i < state->plan->columns.count; i++)
        state->epoch_decided[i] = state->plan->profiles != NULL || !is_time(state->rules[i].type) ||
                                  state->rules[i].epoch_integer != KEEL_EPOCH_NONE;
}

void keel_verify_rules_copy(keel_verifier *w)
{
    keel_verify_state *state = w->state;

    w->undecided = 0;
    pthread_mutex_lock(&state->lock);
    for (size_t i = 0; i < state->plan->columns.count; i++) {
        w->rules[i] = state->rules[i];
        w->undecided += !state->epoch_decided[i];
    }
    pthread_mutex_unlock(&state->lock);
}

static bool
range_of(keel_verifier *w, const keel_plan_column *column, keel_cell range[2], keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    bool found = false;

    keel_str_add(&sql, "SELECT min(x), max(x) FROM (SELECT ");
    keel_sqlite_add_identifier(&sql, column->source);
    keel_str_add(&sql, " AS x FROM ");
    keel_sqlite_add_identifier(&sql, w->state->plan->source->name);
    keel_str_add(&sql, ") WHERE typeof(x) = 'integer'");
    if (!keel_sqlite_query(w->db, sql.data, NULL, 0, &rows, err) ||
        !keel_sqlite_next(rows, &found, err))
        return false;
    keel_sqlite_cells(rows, range);
    return true;
}

static bool decide(keel_verifier *w, size_t index, keel_error *err)
{
    keel_verify_state *state = w->state;
    keel_cell range[2];
    bool done = true;

    pthread_mutex_lock(&state->lock);
    if (!state->epoch_decided[index]) {
        done = range_of(w, &state->plan->columns.items[index], range, err);
        state->epoch_decided[index] = done;
        if (done)
            state->rules[index].epoch_integer =
                keel_unambiguous_epoch(range[0].integer, range[1].integer);
    }
    pthread_mutex_unlock(&state->lock);
    keel_verify_rules_copy(w);
    return done;
}

bool keel_verify_decide_epochs(keel_verifier *w, keel_error *err)
{
    const keel_plan_table *plan = w->state->plan;

    for (size_t i = 0; w->undecided > 0 && i < plan->columns.count; i++) {
        const keel_rule *rule = &w->rules[i];
        if (w->cells[plan->columns.items[i].cell].class != KEEL_CELL_INTEGER ||
            !is_time(rule->type) || rule->epoch_integer != KEEL_EPOCH_NONE ||
            plan->profiles != NULL)
            continue;
        if (!decide(w, i, err))
            return false;
    }
    return true;
}
