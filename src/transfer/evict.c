/* Rows that arrived and then stand in the way of a constraint (conversion made two values equal under a unique key, or
 * their parent was taken out in this way) move from the target to the rejects, in one transaction. */
#include "base/fault.h"
#include "transfer/transfer.h"

/* Keys of evicted rows come back as text; find their rows in the source to say which they were. */
static void source_where(const keel_plan_table *table, const keel_pg_result *rows, int row, keel_str *sql)
{
    keel_str_addf(sql, "SELECT %s FROM ", table->source->rowid_name);
    keel_sqlite_add_identifier(sql, table->source->name);
    keel_str_add(sql, " WHERE ");
    for (size_t i = 0; i < table->key_column_count; i++) {
        const char *value = keel_pg_text(rows, row, (int)i);
        keel_str_add(sql, i > 0 ? " AND " : "");
        keel_sqlite_add_identifier(sql, table->columns.items[table->key_columns[i]].source);
        keel_str_add(sql, " = '");
        for (const char *c = value != NULL ? value : ""; *c != '\0'; c++) {
            keel_str_add(sql, *c == '\'' ? "'" : "");
            keel_str_addc(sql, *c);
        }
        keel_str_add(sql, "'");
    }
}

/* The old key of a remapped row. */
static bool old_key(keel_transfer *transfer, const keel_plan_table *table, const char *new_key, keel_str *ret_old,
                    keel_error *err)
{
    char run[24];
    const char *params[] = {run, table->source->name, new_key};

    snprintf(run, sizeof run, "%lld", (long long)transfer->run);
    return keel_pg_query_value(transfer->pg, ret_old, NULL, err,
                               "SELECT old_key FROM pgkeel.key_map WHERE run = $1::bigint AND source_table = $2"
                               " AND new_key = $3 LIMIT 1",
                               3, params);
}

static bool find_position(keel_transfer *transfer, const keel_plan_table *table, const keel_pg_result *rows, int row,
                          int64_t *ret_position, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str old = {0};
    bool none = false;

    *ret_position = -1;
    if (!table->by_rowid || table->key_column_count == 0)
        return true;
    if (table->remap) {
        if (!old_key(transfer, table, keel_pg_text(rows, row, 0), &old, err))
            return false;
        keel_str_addf(&sql, "SELECT %s FROM ", table->source->rowid_name);
        keel_sqlite_add_identifier(&sql, table->source->name);
        keel_str_add(&sql, " WHERE ");
        keel_sqlite_add_identifier(&sql, table->columns.items[table->key_column].source);
        keel_str_addf(&sql, " = '%s'", keel_str_text(&old));
    } else {
        source_where(table, rows, row, &sql);
    }
    if (!keel_sqlite_int(transfer->db, sql.data, ret_position, &none, err))
        return false;
    if (none)
        *ret_position = -1;
    return true;
}

static void add_returning(keel_str *sql, const keel_plan_table *table)
{
    keel_str_add(sql, " RETURNING ");
    for (size_t i = 0; i < table->key_column_count; i++) {
        keel_str_add(sql, "x.");
        keel_pg_add_identifier(sql, table->columns.items[table->key_columns[i]].target);
        keel_str_add(sql, "::text, ");
    }
    keel_str_add(sql, "x::text");
}

static void unique_sql(const keel_ddl *ddl, const char *relation, keel_str *sql)
{
    keel_str_addf(sql,
                  "DELETE FROM %s x WHERE x.ctid IN (SELECT place FROM (SELECT ctid AS place, pg_catalog.row_number()"
                  " OVER (PARTITION BY %s ORDER BY ctid) AS nth FROM %s WHERE (ROW(%s) IS NOT NULL)",
                  relation, ddl->unique_columns, relation, ddl->unique_columns);
    if (ddl->unique_where != NULL)
        keel_str_addf(sql, " AND (%s)", ddl->unique_where);
    keel_str_add(sql, ") d WHERE nth > 1)");
    add_returning(sql, ddl->table);
}

static bool orphan_sql(keel_transfer *transfer, const keel_ddl *ddl, const char *relation, keel_str *sql)
{
    const keel_plan_reference *reference = ddl->reference;
    const keel_plan_table *parent = reference != NULL ? reference->parent : NULL;

    if (parent == NULL)
        return false;
    keel_str_addf(sql, "DELETE FROM %s x WHERE ", relation);
    for (size_t i = 0; i < reference->count; i++) {
        keel_str_add(sql, "x.");
        keel_pg_add_identifier(sql, ddl->table->columns.items[reference->columns[i]].target);
        keel_str_add(sql, " IS NOT NULL AND ");
    }
    keel_str_addf(sql, "NOT EXISTS (SELECT 1 FROM %s p WHERE ", keel_plan_relation(transfer->plan, parent));
    for (size_t i = 0; i < reference->count; i++) {
        int cell = parent->keysets.items[reference->parent_keyset].cells[i];
        keel_str_add(sql, i > 0 ? " AND p." : "p.");
        keel_pg_add_identifier(sql, parent->columns.items[cell].target);
        keel_str_add(sql, " = x.");
        keel_pg_add_identifier(sql, ddl->table->columns.items[reference->columns[i]].target);
    }
    keel_str_add(sql, ")");
    add_returning(sql, ddl->table);
    return true;
}

static bool journal_rows(keel_transfer *transfer, keel_pg *pg, const keel_ddl *ddl, const keel_pg_result *rows, int seq,
                         keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str lines = {0};
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    const keel_plan_table *table = ddl->table;
    bool unique = ddl->phase == KEEL_DDL_INDEX;
    int whole = (int)table->key_column_count;

    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_reject reject = {.table = table->number,
                              .value = keel_pg_text(rows, row, whole),
                              .code = keel_misfit_id(unique ? KEEL_MISFIT_DUPLICATE_ : KEEL_MISFIT_PARENT_REJECTED_)};
        keel_str_clear(&key);
        if (table->remap && whole > 0 && !old_key(transfer, table, keel_pg_text(rows, row, 0), &key, err))
            return false;
        for (int i = 0; !table->remap && i < whole; i++)
            keel_str_addf(&key, "%s%s", i > 0 ? ", " : "", keel_pg_text(rows, row, i));
        reject.key = keel_str_text(&key);
        if (!unique && ddl->reference->count == 1)
            reject.column = table->columns.items[ddl->reference->columns[0]].source;
        reject.storage_class = "row";
        reject.reason = unique ? "conversion made it equal to another row under a unique key" : "its parent row was rejected";
        if (!find_position(transfer, table, rows, row, &reject.position, err))
            return false;
        keel_journal_reject_line(&lines, transfer->run, -1, seq, &reject);
    }
    return keel_journal_rejects_copy(pg, &lines, err);
}

static bool next_seq(keel_transfer *transfer, keel_pg *pg, const keel_plan_table *table, int *ret_seq, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT count(*) FROM pgkeel.chunk WHERE run = %lld AND tbl = %d AND kind = 'e'",
                  (long long)transfer->run, table->number);
    if (!keel_pg_query(pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_seq = (int)keel_pg_int(result, 0, 0);
    return true;
}

static bool evict_rows(keel_transfer *transfer, keel_pg *pg, const keel_ddl *ddl, const char *sql, int64_t *ret_rows,
                       keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str begin = {0};
    keel_chunk_record record = {.table = ddl->table->number, .kind = KEEL_CHUNK_EVICT, .lane = -1};

    if (!next_seq(transfer, pg, ddl->table, &record.seq, err))
        return false;
    keel_str_add(&begin, "BEGIN; ");
    keel_journal_chunk_begin_sql(&begin, transfer->run, ddl->table->number, KEEL_CHUNK_EVICT, -1, record.seq,
                                 keel_plan_relation(transfer->plan, ddl->table));
    if (!keel_pg_exec(pg, err, begin.data) || !keel_pg_query(pg, &rows, err, sql, 0, NULL))
        return false;
    *ret_rows = keel_pg_rows(rows);
    if (*ret_rows == 0) {
        keel_pg_rollback(pg);
        return true;
    }
    record.inserted = -*ret_rows;
    record.rejected = *ret_rows;
    atomic_fetch_add(&transfer->rejected, *ret_rows);
    return journal_rows(transfer, pg, ddl, rows, record.seq, err) &&
           keel_journal_chunk_finish(pg, transfer->run, &record, err) && keel_pg_exec(pg, err, "COMMIT");
}

bool keel_evict(keel_transfer *transfer, keel_pg *pg, const keel_ddl *ddl, int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *relation = keel_plan_relation(transfer->plan, ddl->table);

    *ret_rows = 0;
    if (ddl->phase == KEEL_DDL_INDEX)
        unique_sql(ddl, relation, &sql);
    else if (!orphan_sql(transfer, ddl, relation, &sql))
        return true;
    if (evict_rows(transfer, pg, ddl, sql.data, ret_rows, err)) {
        (void)(*ret_rows > 0 && keel_fault("transfer.after_evict"));
        return true;
    }
    keel_pg_rollback(pg);
    return keel_fail_context(err, "move rows of \"%s\" to the rejects", ddl->table->name);
}
