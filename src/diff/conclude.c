/* The result. */
#include "diff/inside.h"

static bool was_compared(const keel_diff_pair *pair)
{
    return pair->stage == KEEL_STAGE_DONE && !atomic_load(&pair->failed);
}

static const char *key_of(const keel_diff_run *d, const keel_diff_pair *pair)
{
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};

    for (size_t i = 0; i < pair->key_count; i++)
        keel_str_addf(&names, "%s%s", i > 0 ? ", " : "", pair->columns.items[i].name[KEEL_SOURCE]);
    return pair->key_count > 0 ? keel_arena_strdup(d->arena, names.data) : NULL;
}

static const char *method_of(const keel_diff_pair *pair)
{
    static const char *const methods[] = {[KEEL_BY_RANGE] = "ranges", [KEEL_BY_KEY] = "hashes", [KEEL_BY_ROW] = "rows"};

    if (pair->at_once)
        return "at once";
    return pair->by_server_hash ? "server hashes" : methods[pair->keying];
}

static keel_diff_table table_result(const keel_diff_run *d, const keel_diff_pair *pair)
{
    const keel_diff_counts *counts = &pair->counts;

    return (keel_diff_table){
        .source = pair->name[KEEL_SOURCE],
        .target = pair->name[KEEL_TARGET],
        .key = key_of(d, pair),
        .method = method_of(pair),
        .compared = was_compared(pair),
        .rows_source = counts->rows[KEEL_SOURCE],
        .rows_target = counts->rows[KEEL_TARGET],
        .missing = counts->missing,
        .extra = counts->extra,
        .different = counts->different,
        .values = counts->values,
        .seconds = (double)(pair->ended - pair->started) / (double)KEEL_SECOND,
    };
}

static bool none_compared(const keel_diff_run *d, keel_error *err)
{
    for (size_t i = 0; i < d->pairs.count; i++)
        if (was_compared(d->pairs.items[i]))
            return false;
    keel_fail(err, KEEL_ERR_DATA, "no table could be compared");
    for (size_t i = keel_report_count(d->report); i-- > 0;) {
        const keel_finding *finding = keel_report_at(d->report, i);
        if (keel_streq(finding->check, "diff.unreadable") || keel_streq(finding->check, "diff.rewritten")) {
            keel_fail(err, KEEL_ERR_DATA, "no table could be compared: \"%s\": %s", finding->object, finding->message);
            keel_fail_hint(err, "%s", finding->remedy != NULL ? finding->remedy : "");
        }
    }
    return true;
}

bool keel_diff_conclude(keel_diff_run *d, keel_diff_result **ret_result, keel_error *err)
{
    keel_diff_result *result = keel_arena_alloc(d->arena, sizeof *result);

    if (none_compared(d, err))
        return false;
    *result = (keel_diff_result){
        .table_count = d->pairs.count,
        .tables = keel_arena_alloc(d->arena, d->pairs.count * sizeof *result->tables),
        .quick = d->quick,
        .one_snapshot = d->one_snapshot,
        .source_name = d->name[KEEL_SOURCE],
        .target_name = d->name[KEEL_TARGET],
    };
    for (size_t i = 0; i < d->pairs.count; i++) {
        const keel_diff_pair *pair = d->pairs.items[i];
        result->tables[i] = table_result(d, pair);
        result->rows += pair->counts.rows[KEEL_SOURCE] + pair->counts.rows[KEEL_TARGET];
        result->differences += pair->counts.missing + pair->counts.extra + pair->counts.different;
    }
    keel_diff_say_tables(d->report, result);
    *ret_result = result;
    return true;
}
