/* Numbers in a time column. What they are, the mapping says; where it is silent, all cells together may say it, but only
 * if nobody could mistake them: every cell that is not NULL is an integer, all lie between 1973 and 2100 read as seconds
 * (or as milliseconds), and they are not all dates written as digits (YYMMDDHHMM, which lies in the same range). One ISO text
 * among them, and the numbers are rejected. */
#include "transfer/plan.h"

keel_epoch keel_unambiguous_epoch(int64_t low, int64_t high)
{
    const int64_t first = 94608000, last = 4102444800; /* 1973-01-01, 2100-01-01 */

    if (low >= first && high <= last)
        return KEEL_EPOCH_SECONDS;
    if (low >= first * 1000 && high <= last * 1000)
        return KEEL_EPOCH_MILLISECONDS;
    return KEEL_EPOCH_NONE;
}

static bool is_time(const keel_pg_type *type)
{
    return type->kind == KEEL_PG_DATE || type->kind == KEEL_PG_TIMESTAMP || type->kind == KEEL_PG_TIMESTAMPTZ;
}

/* A look at the first value spares nearly every time column the scan: it holds text. */
static bool starts_with_integer(keel_sqlite *db, const char *column, const char *table, bool *ret_integer, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    bool none = false;
    int64_t integer = 0;

    keel_str_addf(&sql, "SELECT typeof(%s) = 'integer' FROM %s WHERE %s IS NOT NULL LIMIT 1", column, table, column);
    if (!keel_sqlite_int(db, sql.data, &integer, &none, err))
        return false;
    *ret_integer = !none && integer != 0;
    return true;
}

static bool scan(keel_sqlite *db, const char *column, const char *table, keel_cell cells[4], keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    bool found = false;

    keel_str_addf(&sql,
                  "SELECT min(x), max(x), sum(typeof(x) <> 'integer'), sum(NOT ((x / 1000000) %% 100 BETWEEN 1 AND 12"
                  " AND (x / 10000) %% 100 BETWEEN 1 AND 31 AND (x / 100) %% 100 < 24 AND x %% 100 < 60))"
                  " FROM (SELECT %s AS x FROM %s WHERE %s IS NOT NULL)",
                  column, table, column);
    if (!keel_sqlite_query(db, sql.data, NULL, 0, &rows, err) || !keel_sqlite_next(rows, &found, err))
        return false;
    keel_sqlite_cells(rows, cells);
    for (int i = 0; i < 4; i++)
        cells[i].bytes = NULL; /* borrowed from rows */
    return true;
}

bool keel_plan_epoch(keel_plan *plan, keel_sqlite *db, const keel_plan_table *table, keel_plan_column *column,
                     keel_report *report, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str from = {0};
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    keel_cell cells[4];
    bool integer = false;

    (void)plan;
    if (!is_time(column->type) || column->rule.epoch_integer != KEEL_EPOCH_NONE)
        return true;
    keel_sqlite_add_identifier(&name, column->source);
    keel_sqlite_add_identifier(&from, table->source->name);
    if (!starts_with_integer(db, name.data, from.data, &integer, err))
        return false;
    if (!integer)
        return true;
    if (!scan(db, name.data, from.data, cells, err))
        return false;
    if (cells[2].integer > 0 || cells[3].integer == 0 || cells[1].class != KEEL_CELL_INTEGER)
        return true;
    column->rule.epoch_integer = keel_unambiguous_epoch(cells[0].integer, cells[1].integer);
    if (column->rule.epoch_integer == KEEL_EPOCH_NONE)
        return true;
    keel_str_addf(&object, "%s(%s)", table->source->name, column->source);
    keel_report_addf(report, KEEL_WARNING, "plan.epoch", object.data, NULL, "Say `epoch:` in the mapping to state it.",
                     "every value is a number between %lld and %lld: read as Unix %s", (long long)cells[0].integer,
                     (long long)cells[1].integer,
                     column->rule.epoch_integer == KEEL_EPOCH_SECONDS ? "seconds" : "milliseconds");
    return true;
}
