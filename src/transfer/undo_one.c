/* A target that is in no cycle: deleted range by range; then, only if rows are unaccounted for,
 * those that were changed are looked for. */
#include "transfer/undo_inside.h"

enum { VACUUM_FROM_ROWS = 1000 };

/* Rows that still carry one of our ids were held back by a reference. */
static bool count_held(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    const char *params[] = {target->xids};

    for (size_t i = 0; i < target->leaves.count; i++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        keel_str_addf(&sql, "SELECT count(*) FROM ONLY %s WHERE xmin = ANY($1::xid[])",
                      target->leaves.items[i].relation);
        if (!keel_pg_query(undo->pg, &result, err, sql.data, 1, params))
            return false;
        target->result->kept_referenced += keel_pg_int(result, 0, 0);
    }
    return true;
}

void keel_undo_account(keel_undo *undo, keel_undo_target *target, int64_t missing)
{
    target->result->gone = KEEL_MAX(missing, 0);
    if (missing > 0 && !keel_undo_knows_keys(&target->keys))
        keel_report_addf(undo->report, KEEL_INFO, "undo.uncertain", target->name, NULL, NULL,
                         "%lld rows of the run are not there as copied; without a key, deleted and "
                         "changed rows cannot be"
                         " told apart",
                         (long long)missing);
    keel_undo_report_kept(undo, target);
}

static bool treat_changed(keel_undo *undo,
                          keel_undo_target *target,
                          const keel_undo_rows *changed,
                          keel_error *err)
{
    int64_t deleted = 0;

    if (!keel_undo_report_changed(undo, target, changed, err))
        return false;
    if (!undo->options->force) {
        target->result->kept_changed += (int64_t)changed->count;
        return true;
    }
    bool done = keel_undo_delete_rows(undo, target, changed, false, &deleted, err);
    target->result->deleted += deleted;
    target->result->kept_referenced += done ? (int64_t)changed->count - deleted : 0;
    return done;
}

/* An emptied child is truncated: otherwise every check of a parent's deletion reads its dead rows.
 * Best effort. */
static void vacuum(keel_undo *undo, const keel_undo_target *target)
{
    KEEL_CLEANUP(keel_str_free) keel_str relation = {0};
    keel_error ignored = {0};
    bool refers = false;

    for (size_t i = 0; i < target->table->constraints.count; i++)
        refers = refers || target->table->constraints.items[i].type == 'f';
    if (!refers || target->result->deleted < VACUUM_FROM_ROWS)
        return;
    keel_pg_add_qualified(&relation, target->table->schema, target->table->name);
    (void)keel_pg_execf(undo->pg, &ignored, "VACUUM (SKIP_LOCKED) %s", relation.data);
}

bool keel_undo_one(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    KEEL_CLEANUP(keel_undo_rows_free) keel_undo_rows changed = {0};
    keel_undo_table *result = target->result;
    int64_t before = keel_undo_missing(target);
    int64_t deleted = 0;

    if (before == 0)
        return true;
    bool done = keel_undo_pass(undo, target, false, &changed, &deleted, err);
    result->deleted += deleted;
    if (!done)
        return false;
    if (!target->by_hash && keel_undo_missing(target) != 0 && !count_held(undo, target, err))
        return false;
    if (!target->by_hash && keel_undo_missing(target) != result->kept_referenced &&
        !keel_undo_scan_all(undo, target, NULL, &changed, err))
        return false;
    if (!treat_changed(undo, target, &changed, err))
        return false;
    vacuum(undo, target);
    keel_undo_account(undo, target,
                      keel_undo_missing(target) - result->kept_changed - result->kept_referenced);
    return true;
}
