/* One transaction of an undo. Where a foreign key acts on deletion, the rows are locked first,
 * which keeps new rows from referring to them, and those that are referred to are left alone: no
 * cascade ever starts. Where it only forbids, the deletion is tried, and repeated that way if the
 * server says no. */
#include "base/fault.h"
#include "transfer/undo_inside.h"

enum { ATTEMPTS = 6 };

/* Which references hold a row back before the server is asked. */
typedef enum guard { GUARD_NONE, GUARD_ACTING, GUARD_ALL } guard;

static void add_where(keel_str *sql, const keel_undo_batch *batch)
{
    if (batch->tids != NULL)
        keel_str_add(sql, "t.ctid = ANY($2::tid[]) AND ");
    else if (batch->to > 0)
        keel_str_addf(sql, "t.ctid >= '(%lld,0)'::tid AND t.ctid < '(%lld,0)'::tid AND ",
                      (long long)batch->from, (long long)batch->to);
    keel_str_add(sql, "t.xmin = ANY($1::xid[])");
}

static bool run_sql(keel_pg *pg,
                    const keel_undo_batch *batch,
                    const char *sql,
                    keel_pg_result **ret_result,
                    keel_error *err)
{
    const char *params[] = {batch->xids, batch->tids};

    return keel_pg_query(pg, ret_result, err, sql, batch->tids != NULL ? 2 : 1, params);
}

static bool lock_rows(keel_pg *pg, const keel_undo_batch *batch, int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT count(*) FROM (SELECT FROM ONLY %s t WHERE ",
                  batch->leaf->relation);
    add_where(&sql, batch);
    keel_str_add(&sql, " FOR UPDATE) locked");
    if (!run_sql(pg, batch, sql.data, &result, err))
        return false;
    *ret_rows = keel_pg_int(result, 0, 0);
    return true;
}

static bool
applies(const keel_undo_batch *batch, const keel_undo_reference *reference, guard guarded)
{
    if (reference->leaf != 0 && reference->leaf != batch->leaf->oid)
        return false;
    return guarded == GUARD_ALL || (guarded == GUARD_ACTING && reference->acts);
}

/* The references whose child has rows at all: asked after the lock, so an empty child stays without
 * a row of ours. */
static bool peopled_references(
    keel_pg *pg, const keel_undo_batch *batch, guard guarded, keel_str *ret_sql, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_undo_target *target = batch->target;
    int column = 0;

    for (size_t i = 0; i < target->references.count; i++)
        if (applies(batch, &target->references.items[i], guarded))
            keel_str_addf(&sql, "%s EXISTS (SELECT FROM %s)", sql.size > 0 ? "," : "SELECT",
                          target->references.items[i].child);
    if (sql.size == 0)
        return true;
    if (!keel_pg_query(pg, &result, err, sql.data, 0, NULL))
        return false;
    for (size_t i = 0; i < target->references.count; i++) {
        const keel_undo_reference *reference = &target->references.items[i];
        if (!applies(batch, reference, guarded) || !keel_pg_bool(result, 0, column++))
            continue;
        keel_str_addf(ret_sql, " AND NOT EXISTS (SELECT FROM %s c WHERE %s", reference->child,
                      reference->match);
        if (reference->child_oid == target->table->oid || reference->child_oid == batch->leaf->oid)
            keel_str_add(ret_sql, " AND NOT (c.ctid = t.ctid AND c.tableoid = t.tableoid)");
        keel_str_add(ret_sql, ")");
    }
    return true;
}

static bool delete_rows(
    keel_pg *pg, const keel_undo_batch *batch, guard guarded, int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "DELETE FROM ONLY %s t WHERE ", batch->leaf->relation);
    add_where(&sql, batch);
    if (guarded != GUARD_NONE && !peopled_references(pg, batch, guarded, &sql, err))
        return false;
    if (!run_sql(pg, batch, sql.data, &result, err))
        return false;
    *ret_rows = keel_pg_affected(result);
    return true;
}

bool keel_undo_add_count(
    keel_undo *undo, keel_pg *pg, const keel_undo_target *target, int64_t rows, keel_error *err)
{
    return keel_pg_execf(
        pg, err, "UPDATE pgkeel.run_table SET undone = undone + %lld WHERE run = %lld AND tbl = %d",
        (long long)rows, (long long)undo->run->run, target->journal->table);
}

bool keel_undo_record_hashes(keel_undo *undo,
                             keel_pg *pg,
                             const keel_undo_target *target,
                             const keel_undo_rows *rows,
                             size_t from,
                             size_t to,
                             keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str hashes = {0};
    keel_chunk_record record = {.table = target->journal->table,
                                .kind = KEEL_CHUNK_UNDO,
                                .seq = target->next_record,
                                .row_hash_count = to - from};

    for (size_t i = from; i < to; i++)
        keel_str_add_i64(&hashes, (int64_t)rows->items[i].hash);
    record.row_hashes = (const unsigned char *)hashes.data;
    keel_journal_chunk_begin_sql(&sql, undo->run->run, record.table, record.kind, 0, record.seq,
                                 target->leaves.items[0].relation);
    return keel_pg_exec(pg, err, sql.data) &&
           keel_journal_chunk_finish(pg, undo->run->run, &record, err);
}

static bool begin(keel_pg *pg, const keel_undo_batch *batch, keel_error *err)
{
    bool deferrable = false;

    for (size_t i = 0; i < batch->target->references.count; i++)
        deferrable = deferrable || batch->target->references.items[i].deferrable;
    return keel_pg_exec(pg, err, deferrable ? "BEGIN; SET CONSTRAINTS ALL IMMEDIATE" : "BEGIN");
}

static bool in_transaction(keel_undo *undo,
                           keel_pg *pg,
                           const keel_undo_batch *batch,
                           guard guarded,
                           int64_t *ret_deleted,
                           keel_error *err)
{
    int64_t locked = 1, deleted = 0;

    if (!begin(pg, batch, err))
        return false;
    if (guarded != GUARD_NONE && !lock_rows(pg, batch, &locked, err))
        return false;
    if (locked > 0 && !delete_rows(pg, batch, guarded, &deleted, err))
        return false;
    if (deleted > 0 && batch->record != NULL &&
        !keel_undo_record_hashes(undo, pg, batch->target, batch->record, batch->record_from,
                                 batch->record_to, err))
        return false;
    if (deleted > 0 && !keel_undo_add_count(undo, pg, batch->target, deleted, err))
        return false;
    if (!keel_fault("undo.before_commit"))
        return keel_fail(err, KEEL_ERR_LOST, "fault: undo.before_commit");
    if (!keel_pg_exec(pg, err, deleted > 0 ? "COMMIT" : "ROLLBACK"))
        return false;
    *ret_deleted = deleted;
    return true;
}

static bool is_referenced(const keel_error *err)
{
    return keel_streq(err->sqlstate, "23503") || keel_streq(err->sqlstate, "23001");
}

/* Deadlock or serialization: the same again is the answer. */
static bool is_passing(const keel_error *err)
{
    return keel_streq(err->sqlstate, "40P01") || keel_streq(err->sqlstate, "40001");
}

static guard first_guard(const keel_undo_batch *batch)
{
    if (batch->leaves_only)
        return GUARD_ALL;
    for (size_t i = 0; i < batch->target->references.count; i++)
        if (batch->target->references.items[i].acts)
            return GUARD_ACTING;
    return GUARD_NONE;
}

bool keel_undo_batch_run(keel_undo *undo,
                         keel_pg *pg,
                         const keel_undo_batch *batch,
                         int64_t *ret_deleted,
                         keel_error *err)
{
    guard guarded = first_guard(batch);
    keel_error failure = {0};

    for (int attempt = 1; !in_transaction(undo, pg, batch, guarded, ret_deleted, &failure);
         attempt++) {
        keel_pg_rollback(pg);
        if (attempt == ATTEMPTS || failure.kind != KEEL_ERR_SERVER ||
            !(is_passing(&failure) || is_referenced(&failure))) {
            *err = failure;
            return keel_fail_context(err, "delete from \"%s\"", batch->target->name);
        }
        if (is_referenced(&failure))
            guarded = GUARD_ALL;
    }
    keel_progress_add(undo->progress, (uint64_t)*ret_deleted);
    return true;
}
