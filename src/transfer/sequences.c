/* After kept keys the target's sequences must go on behind them, and behind what sqlite_sequence had given out. */
#include "transfer/transfer.h"

static bool wanted_value(keel_transfer *transfer, const keel_plan_table *table, const keel_pg_column *column,
                         int64_t *ret_value, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *alias = table->source->rowid_alias;

    keel_str_add(&sql, "SELECT coalesce(max(");
    keel_pg_add_identifier(&sql, column->name);
    keel_str_addf(&sql, "), 0) FROM %s", keel_plan_relation(transfer->plan, table));
    if (!keel_pg_query(transfer->pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_value = keel_pg_int(result, 0, 0);
    int at = alias != NULL ? keel_plan_column_by_source(table, alias) : -1;
    bool carries_alias = at >= 0 && strcmp(table->columns.items[at].target, column->name) == 0;
    if (carries_alias && !table->remap && table->source->sequence > *ret_value)
        *ret_value = table->source->sequence;
    return true;
}

/* Takes the lock of ALTER SEQUENCE, which keeps every nextval out until the commit, by setting the increment to what it
 * is. Who does not own the sequence cannot take it: then look and setval follow each other as closely as can be. */
static bool begin_locked(keel_transfer *transfer, const char *sequence, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const char *params[] = {sequence};
    keel_error refused = {0};

    if (!keel_pg_query(transfer->pg, &result, err,
                       "SELECT seqincrement FROM pg_catalog.pg_sequence WHERE seqrelid = $1::regclass", 1, params) ||
        !keel_pg_exec(transfer->pg, err, "BEGIN; SET LOCAL lock_timeout = '5s'"))
        return false;
    if (keel_pg_execf(transfer->pg, &refused, "ALTER SEQUENCE %s INCREMENT BY %lld", sequence,
                      (long long)keel_pg_int(result, 0, 0)))
        return true;
    keel_pg_rollback(transfer->pg);
    return keel_pg_exec(transfer->pg, err, "BEGIN");
}

static bool set_sequence(keel_transfer *transfer, const keel_pg_column *column, int64_t value, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str literal = {0};

    if (!begin_locked(transfer, column->sequence, err))
        return false;
    keel_pg_add_literal(&literal, column->sequence);
    if (keel_pg_execf(transfer->pg, err,
                      "SELECT pg_catalog.setval(%s::regclass, %lld) FROM %s"
                      " WHERE last_value < %lld OR (last_value = %lld AND NOT is_called); COMMIT",
                      literal.data, (long long)value, column->sequence, (long long)value, (long long)value))
        return true;
    keel_pg_rollback(transfer->pg);
    return false;
}

static bool ascending(keel_transfer *transfer, const keel_pg_column *column, bool *ret_ascending, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    const char *params[] = {column->sequence};

    if (!keel_pg_query(transfer->pg, &result, err,
                       "SELECT seqincrement > 0 FROM pg_catalog.pg_sequence WHERE seqrelid = $1::regclass", 1, params))
        return false;
    *ret_ascending = keel_pg_rows(result) > 0 && keel_pg_bool(result, 0, 0);
    return true;
}

static bool set_column(keel_transfer *transfer, const keel_plan_table *table, const keel_pg_column *column, keel_error *err)
{
    int64_t value = 0;
    bool up = false;

    if (!ascending(transfer, column, &up, err))
        return false;
    if (!up) {
        keel_report_addf(transfer->report, KEEL_WARNING, "sequence.descending", table->source->name, NULL,
                         "Set it by hand with setval().", "sequence %s counts downwards and was left alone", column->sequence);
        return true;
    }
    if (!wanted_value(transfer, table, column, &value, err))
        return false;
    return value <= 0 || set_sequence(transfer, column, value, err);
}

bool keel_sequences_set(keel_transfer *transfer, keel_error *err)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++) {
        const keel_plan_table *table = transfer->plan->tables[i];
        for (size_t j = 0; table->target != NULL && j < table->target->columns.count; j++) {
            const keel_pg_column *column = &table->target->columns.items[j];
            if (column->sequence != NULL && !set_column(transfer, table, column, err))
                return keel_fail_context(err, "set the sequence of \"%s\"", table->name);
        }
    }
    return true;
}
