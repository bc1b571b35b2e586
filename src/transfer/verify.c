#include "transfer/verify_inside.h"

static uint64_t expected_rows(const keel_verify *v)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < v->state_count; i++) {
        const keel_verify_state *state = v->states[i];
        int64_t accounted = state->inserted + state->merged + state->rejected_then;
        rows += (uint64_t)KEEL_MAX(accounted, 0);
    }
    return rows;
}

static const char *key_of(const keel_verify *v, const keel_plan_table *plan)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};

    for (size_t i = 0; i < plan->key_column_count; i++)
        keel_str_addf(&names, "%s%s", i > 0 ? ", " : "", plan->columns.items[plan->key_columns[i]].source);
    return plan->key_column_count > 0 ? keel_arena_strdup(v->arena, names.data) : NULL;
}

static keel_verify_table table_result(const keel_verify *v, const keel_verify_state *state)
{
    const keel_verify_counts *counts = &state->counts;

    return (keel_verify_table){
        .source = keel_arena_strdup(v->arena, state->plan->source->name),
        .target = keel_arena_printf(v->arena, "%s.%s", state->plan->schema, state->plan->name),
        .key = key_of(v, state->plan),
        .source_rows = counts->source_rows,
        .compared = counts->compared,
        .different = counts->different,
        .different_rows = counts->different_rows,
        .missing = counts->missing,
        .extra = counts->extra,
        .changed_since = counts->changed_since,
        .rejected = counts->rejected,
        .merged = KEEL_MAX(counts->merged, state->merged),
        .seconds = state->ended - state->started,
    };
}

static keel_verify_result *make_result(const keel_verify *v)
{
    keel_verify_result *result = keel_arena_alloc(v->arena, sizeof *result);

    result->run = v->run != NULL ? v->run->run : 0;
    result->table_count = v->state_count;
    result->tables = keel_arena_alloc(v->arena, (v->state_count + 1) * sizeof *result->tables);
    for (size_t i = 0; i < v->state_count; i++) {
        keel_verify_table *table = &result->tables[i];
        *table = table_result(v, v->states[i]);
        result->rows += table->compared;
        result->differences += table->different + table->missing + table->extra;
    }
    return result;
}

/* The limit cuts the list of findings, never the numbers. */
static void report_unshown(keel_verify *v)
{
    int64_t limit = v->options->limit > 0 ? v->options->limit : KEEL_VERIFY_LIMIT;
    int64_t errors = atomic_load(&v->shown[KEEL_ERROR]) - limit,
            infos = atomic_load(&v->shown[KEEL_INFO]) - limit;

    if (errors > 0)
        keel_report_addf(v->report, KEEL_ERROR, "verify.more", NULL, NULL,
                         "Use --limit to see more of them.",
                         "%lld further differences are not listed", (long long)errors);
    if (infos > 0)
        keel_report_addf(v->report, KEEL_INFO, "verify.more", NULL, NULL,
                         "Use --limit to see more of them.",
                         "%lld further values that were changed since, or merged, are not listed",
                         (long long)infos);
}

static bool verify(keel_verify *v, keel_error *err)
{
    if (!keel_verify_find_run(v, err) || !keel_verify_open(v, err) || !keel_verify_plan(v, err) ||
        !keel_verify_states_make(v, err))
        return false;
    keel_progress_phase(v->progress, "verify", "rows", expected_rows(v));
    if (!keel_verify_run(v, err) || keel_verify_cancelled(v, err) || !keel_verify_account(v, err))
        return false;
    report_unshown(v);
    return true;
}

bool keel_transfer_verify(keel_arena *arena,
                          const keel_verify_options *options,
                          keel_report *report,
                          keel_progress *progress,
                          keel_verify_result **ret_result,
                          keel_error *err)
{
    keel_verify v = {.arena = arena, .options = options, .report = report, .progress = progress};
    bool done = verify(&v, err);

    if (done)
        *ret_result = make_result(&v);
    keel_verify_states_free(&v);
    keel_verify_close(&v);
    return done;
}
