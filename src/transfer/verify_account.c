/* When every row has been compared: do the numbers add up, and which checks have passed? */
#include "base/json_out.h"
#include "transfer/verify_inside.h"

static void check(keel_verify *v, const char *id, bool passed)
{
    keel_report_check(v->report, id, passed ? KEEL_CHECK_PASSED : KEEL_CHECK_FAILED);
}

static const char *target_name(const keel_verify *v, const keel_verify_state *state)
{
    return keel_arena_printf(v->arena, "%s.%s", state->plan->schema, state->plan->name);
}

static void report_account(keel_verify *v, const keel_verify_state *state, int64_t rejected)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    int64_t accounted = state->inserted + state->merged + rejected;
    keel_json json;

    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "source_rows", state->counts.source_rows);
    if (state->rows_then >= 0)
        keel_json_kv_int(&json, "source_rows_then", state->rows_then);
    keel_json_kv_int(&json, "inserted", state->inserted);
    keel_json_kv_int(&json, "merged", state->merged);
    keel_json_kv_int(&json, "rejected", rejected);
    keel_json_end_object(&json);
    keel_report_addf(v->report, KEEL_ERROR, "verify.accounting", target_name(v, state),
                     evidence.data, NULL,
                     "the source has %lld rows, the run accounts for %lld: %lld inserted, %lld "
                     "merged, %lld rejected",
                     (long long)state->counts.source_rows, (long long)accounted,
                     (long long)state->inserted, (long long)state->merged, (long long)rejected);
}

/* source = inserted + merged + rejected, by the journal and by the source as it is now. */
static void check_account(keel_verify *v, const keel_verify_state *state)
{
    bool alone = v->chain_count == 1;
    int64_t rejected = alone ? state->rejected_then : (int64_t)state->rejects.count;
    int64_t accounted = state->inserted + state->merged + rejected;
    bool even = accounted == state->counts.source_rows;

    if (alone && state->rows_then >= 0)
        even = even && accounted == state->rows_then;
    if (!even)
        report_account(v, state, rejected);
    check(v, "verify.accounting", even);
}

static bool nulled_then(keel_verify *v,
                        const keel_verify_state *state,
                        size_t column,
                        int64_t *ret_count,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char run[24];

    *ret_count = 0;
    for (size_t i = 0; i < v->chain_count; i++) {
        const char *params[] = {run, state->plan->source->name,
                                state->plan->columns.items[column].source};
        snprintf(run, sizeof run, "%lld", (long long)v->chain[i]);
        keel_pg_result_free(result);
        result = NULL;
        if (!keel_pg_query(
                v->pg, &result, err,
                "SELECT coalesce(sum((c.notes #>> ARRAY['columns', $3, "
                "'orphans_nulled'])::bigint), 0)"
                " FROM pgkeel.chunk c JOIN pgkeel.run_table t ON t.run = c.run AND t.tbl = c.tbl"
                " WHERE c.run = $1::bigint AND t.source = $2 AND c.kind = 'l'",
                3, params))
            return false;
        *ret_count += keel_pg_int(result, 0, 0);
    }
    return true;
}

/* References that are NULL in the target and not in the source: as many as the run has emptied. */
static bool check_nulled(keel_verify *v, const keel_verify_state *state, keel_error *err)
{
    for (size_t i = 0; i < state->plan->references.count; i++) {
        size_t column = (size_t)state->plan->references.items[i].columns[0];
        int64_t then = 0, now = state->nulled[column];
        if (!state->may_be_nulled[column])
            continue;
        if (!nulled_then(v, state, column, &then, err))
            return false;
        if (now > then)
            keel_report_addf(
                v->report, KEEL_ERROR, "verify.different", target_name(v, state), NULL, NULL,
                "column \"%s\" is NULL in %lld rows whose source has a value; the run emptied %lld "
                "of them",
                state->plan->columns.items[column].target, (long long)now, (long long)then);
        check(v, "verify.orphans_nulled", now <= then);
    }
    return true;
}

static void check_indexes(keel_verify *v, const keel_verify_state *state)
{
    const keel_pg_table *target = state->plan->target;

    for (size_t i = 0; i < target->indexes.count; i++) {
        const keel_pg_index *index = &target->indexes.items[i];
        if (!index->unique)
            continue;
        if (!index->valid)
            keel_report_addf(v->report, KEEL_ERROR, "verify.unique", target_name(v, state), NULL,
                             "REINDEX INDEX CONCURRENTLY, or drop it and create it again.",
                             "unique index \"%s\" is not valid: it keeps nothing unique",
                             index->name);
        check(v, "verify.unique", index->valid);
    }
}

bool keel_verify_account(keel_verify *v, keel_error *err)
{
    for (size_t i = 0; i < v->state_count; i++) {
        const keel_verify_state *state = v->states[i];
        const keel_verify_counts *counts = &state->counts;
        check(v, "verify.different", counts->different == 0);
        check(v, "verify.missing", counts->missing == counts->unmapped);
        check(v, "verify.extra", counts->extra == 0);
        check_indexes(v, state);
        if (v->run == NULL)
            continue;
        check(v, "verify.map", counts->unmapped == 0);
        check_account(v, state);
        if (!check_nulled(v, state, err))
            return false;
    }
    return true;
}
