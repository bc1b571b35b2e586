/* Targets decided as a whole. A temporary table holds the places of the run's rows; those that a
 * row outside it refers to are marked as kept, then those that kept rows refer to, until nothing
 * changes. What is left refers only to itself and goes in one statement, since foreign keys are
 * checked at the end of a statement, however they are declared.
 *
 * So go cycles, and so a dry run counts every table. */
#include "transfer/undo_inside.h"

static const char make_sql[] = "CREATE TEMP TABLE IF NOT EXISTS keel_undo_rows (tbl integer NOT "
                               "NULL, leaf oid NOT NULL, tid tid NOT NULL,"
                               " kept integer NOT NULL DEFAULT 0); TRUNCATE pg_temp.keel_undo_rows";

typedef struct together {
    keel_undo *undo;
    keel_undo_target **targets;
    size_t count;
} together;

static bool add_rows(keel_undo *undo,
                     const keel_undo_target *target,
                     const keel_undo_leaf *leaf,
                     const char *xids,
                     const char *tids,
                     int64_t *ret_rows,
                     keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *params[] = {xids, tids};

    keel_str_addf(
        &sql,
        "INSERT INTO pg_temp.keel_undo_rows (tbl, leaf, tid) SELECT %d, %u, place FROM"
        " (SELECT t.ctid AS place FROM ONLY %s t WHERE %s t.xmin = ANY($1::xid[]) %s) rows",
        target->journal->table, leaf->oid, leaf->relation,
        tids != NULL ? "t.ctid = ANY($2::tid[]) AND" : "",
        undo->options->dry_run ? "" : "FOR UPDATE");
    if (!keel_pg_query(undo->pg, &result, err, sql.data, tids != NULL ? 2 : 1, params))
        return false;
    *ret_rows += keel_pg_affected(result);
    return true;
}

static bool add_places(keel_undo *undo,
                       const keel_undo_target *target,
                       const keel_undo_rows *rows,
                       int64_t *ret_rows,
                       keel_error *err)
{
    size_t to = 0;

    for (size_t from = 0; from < rows->count; from = to) {
        KEEL_CLEANUP(keel_str_free) keel_str tids = {0};
        KEEL_CLEANUP(keel_str_free) keel_str xids = {0};
        for (to = from; to < rows->count && to - from < KEEL_UNDO_ROWS &&
                        rows->items[to].leaf == rows->items[from].leaf;)
            to++;
        keel_undo_place_lists(rows, from, to, &tids, &xids);
        if (!add_rows(undo, target, rows->items[from].leaf, xids.data, tids.data, ret_rows, err))
            return false;
    }
    return true;
}

static bool fill_by_id(keel_undo *undo,
                       keel_undo_target *target,
                       keel_undo_rows *changed,
                       int64_t *ret_rows,
                       keel_error *err)
{
    for (size_t i = 0; i < target->leaves.count; i++)
        if (!add_rows(undo, target, &target->leaves.items[i], target->xids, NULL, ret_rows, err))
            return false;
    return keel_undo_missing(target) == *ret_rows ||
           keel_undo_scan_all(undo, target, NULL, changed, err);
}

static bool fill_by_hash(keel_undo *undo,
                         keel_undo_target *target,
                         keel_undo_rows *changed,
                         int64_t *ret_rows,
                         keel_error *err)
{
    KEEL_CLEANUP(keel_undo_rows_free) keel_undo_rows ours = {0};

    return keel_undo_scan_all(undo, target, &ours, changed, err) &&
           add_places(undo, target, &ours, ret_rows, err);
}

/* The run's rows of a target; what is neither there nor changed is gone. */
static bool fill(keel_undo *undo, keel_undo_target *target, keel_error *err)
{
    KEEL_CLEANUP(keel_undo_rows_free) keel_undo_rows changed = {0};
    int64_t rows = 0;

    if (keel_undo_cancelled(undo, err))
        return false;
    if (target->by_hash ? !fill_by_hash(undo, target, &changed, &rows, err)
                        : !fill_by_id(undo, target, &changed, &rows, err))
        return false;
    if (!keel_undo_report_changed(undo, target, &changed, err))
        return false;
    if (!undo->options->force)
        target->result->kept_changed = (int64_t)changed.count;
    else if (!add_places(undo, target, &changed, &rows, err))
        return false;
    target->result->gone = keel_undo_missing(target) - rows - target->result->kept_changed;
    return true;
}

/* Marks the rows of a leaf that `reference` holds: in round 1 by rows that are not ours, then by
 * those kept before. */
static bool mark(keel_undo *undo,
                 const keel_undo_leaf *leaf,
                 const keel_undo_reference *reference,
                 int round,
                 int64_t *ret_marked,
                 keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql,
                  "UPDATE pg_temp.keel_undo_rows r SET kept = %d FROM ONLY %s t, %s c WHERE r.leaf "
                  "= %u AND r.kept = 0"
                  " AND r.tid = t.ctid AND %s AND ",
                  round, leaf->relation, reference->child, leaf->oid, reference->match);
    if (round == 1)
        keel_str_add(&sql, "NOT EXISTS (SELECT FROM pg_temp.keel_undo_rows k WHERE k.leaf = "
                           "c.tableoid AND k.tid = c.ctid)");
    else
        keel_str_addf(&sql,
                      "EXISTS (SELECT FROM pg_temp.keel_undo_rows k WHERE k.leaf = c.tableoid AND "
                      "k.tid = c.ctid"
                      " AND k.kept = %d)",
                      round - 1);
    if (!keel_pg_query(undo->pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_marked += keel_pg_affected(result);
    return true;
}

static bool mark_target(keel_undo *undo,
                        const keel_undo_target *target,
                        int round,
                        int64_t *ret_marked,
                        keel_error *err)
{
    for (size_t i = 0; i < target->leaves.count; i++)
        for (size_t j = 0; j < target->references.count; j++) {
            const keel_undo_leaf *leaf = &target->leaves.items[i];
            const keel_undo_reference *reference = &target->references.items[j];
            if (reference->leaf != 0 && reference->leaf != leaf->oid)
                continue;
            if (keel_undo_cancelled(undo, err) ||
                !mark(undo, leaf, reference, round, ret_marked, err))
                return false;
        }
    return true;
}

static bool mark_kept(const together *t, keel_error *err)
{
    int64_t marked = 1;

    for (int round = 1; marked > 0; round++) {
        marked = 0;
        for (size_t i = 0; i < t->count; i++)
            if (!mark_target(t->undo, t->targets[i], round, &marked, err))
                return false;
    }
    return true;
}

static bool count_rows(const together *t, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    if (!keel_pg_query(
            t->undo->pg, &rows, err,
            "SELECT tbl, count(*) FILTER (WHERE kept = 0), count(*) FILTER (WHERE kept > 0)"
            " FROM pg_temp.keel_undo_rows GROUP BY tbl",
            0, NULL))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        for (size_t i = 0; i < t->count; i++) {
            if (t->targets[i]->journal->table != (int)keel_pg_int(rows, row, 0))
                continue;
            if (t->undo->options->dry_run)
                t->targets[i]->result->deleted += keel_pg_int(rows, row, 1);
            t->targets[i]->result->kept_referenced += keel_pg_int(rows, row, 2);
        }
    return true;
}

/* One DELETE per leaf, all in one statement; the columns of its result are the counts in the same
 * order. */
static void add_deletes(const together *t, keel_str *sql)
{
    KEEL_CLEANUP(keel_str_free) keel_str counts = {0};
    int number = 0;

    for (size_t i = 0; i < t->count; i++)
        for (size_t j = 0; j < t->targets[i]->leaves.count; j++, number++) {
            const keel_undo_leaf *leaf = &t->targets[i]->leaves.items[j];
            keel_str_addf(sql,
                          "%s d%d AS (DELETE FROM ONLY %s t USING pg_temp.keel_undo_rows r"
                          " WHERE r.leaf = %u AND r.kept = 0 AND r.tid = t.ctid RETURNING 1)",
                          number > 0 ? "," : "WITH", number, leaf->relation, leaf->oid);
            keel_str_addf(&counts, "%s (SELECT count(*) FROM d%d)", number > 0 ? "," : " SELECT",
                          number);
        }
    keel_str_add(sql, keel_str_text(&counts));
}

static bool delete_rows(const together *t, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    int column = 0;

    add_deletes(t, &sql);
    if (sql.size > 0 && !keel_pg_query(t->undo->pg, &result, err, sql.data, 0, NULL))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        int64_t deleted = 0;
        for (size_t j = 0; j < t->targets[i]->leaves.count; j++)
            deleted += keel_pg_int(result, 0, column++);
        if (!keel_undo_add_count(t->undo, t->undo->pg, t->targets[i], deleted, err))
            return false;
        t->targets[i]->result->deleted += deleted;
        keel_progress_add(t->undo->progress, (uint64_t)deleted);
    }
    return true;
}

static bool decide(const together *t, keel_error *err)
{
    bool dry_run = t->undo->options->dry_run;

    if (!keel_pg_exec(t->undo->pg, err,
                      dry_run ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN"))
        return false;
    for (size_t i = 0; i < t->count; i++)
        if (!fill(t->undo, t->targets[i], err))
            return false;
    if (!mark_kept(t, err) || !count_rows(t, err))
        return false;
    if (dry_run)
        return keel_pg_exec(t->undo->pg, err, "ROLLBACK");
    return delete_rows(t, err) && keel_pg_exec(t->undo->pg, err, "COMMIT");
}

bool keel_undo_together(keel_undo *undo, keel_undo_target **targets, size_t count, keel_error *err)
{
    const together t = {undo, targets, count};

    if (!keel_pg_exec(undo->pg, err, make_sql))
        return false;
    if (!decide(&t, err)) {
        keel_pg_rollback(undo->pg);
        return keel_fail_context(err, "undo \"%s\"", targets[0]->name);
    }
    for (size_t i = 0; i < count; i++)
        keel_undo_account(undo, targets[i], targets[i]->result->gone);
    return true;
}
