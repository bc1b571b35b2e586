/* The SELECTs that read a pair. */
#include "diff/inside.h"

void keel_diff_add_column(keel_str *sql, const keel_diff_column *column, keel_side side)
{
    keel_str_addf(sql, "%s%s", column->sql[side], column->cast[side]);
}

void keel_diff_add_from(keel_str *sql, const keel_diff_pair *pair, keel_side side)
{
    keel_str_addf(sql, " FROM %s AS t", pair->relation[side]);
    if (pair->where != NULL)
        keel_str_addf(sql, " WHERE (%s)", pair->where);
}

void keel_diff_add_condition(keel_str *sql, const keel_diff_pair *pair)
{
    keel_str_add(sql, pair->where != NULL ? " AND " : " WHERE ");
}

static void begin_copy(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side)
{
    keel_str_clear(&w->sql);
    keel_str_add(&w->sql, "COPY (SELECT ");
    for (size_t i = 0; i < pair->columns.count; i++) {
        keel_str_add(&w->sql, i > 0 ? ", " : "");
        keel_diff_add_column(&w->sql, &pair->columns.items[i], side);
    }
    keel_diff_add_from(&w->sql, pair, side);
}

static void end_copy(keel_diff_worker *w)
{
    keel_str_add(&w->sql, ") TO STDOUT (FORMAT binary)");
}

void keel_diff_add_pages(keel_str *sql, const keel_diff_item *item, const char *condition)
{
    const char *and = "";

    if (item->low == 0 && item->high < 0 && condition == NULL)
        return;
    keel_diff_add_condition(sql, item->pair);
    if (item->low > 0 || item->high >= 0) {
        keel_str_addf(sql, "t.ctid >= '(%lld,0)'", (long long)item->low);
        and = " AND ";
    }
    if (item->high >= 0)
        keel_str_addf(sql, " AND t.ctid < '(%lld,0)'", (long long)item->high);
    if (condition != NULL)
        keel_str_addf(sql, "%s%s", and, condition);
}

void keel_diff_copy_pages(keel_diff_worker *w, const keel_diff_item *item, const char *condition)
{
    begin_copy(w, item->pair, item->side);
    keel_diff_add_pages(&w->sql, item, condition);
    end_copy(w);
}

/* A key at either end stands for everything beyond it. */
static void add_bounds(keel_str *sql, const keel_diff_pair *pair, const char *key, int64_t low, int64_t high)
{
    if (low > INT64_MIN || high < INT64_MAX)
        keel_diff_add_condition(sql, pair);
    if (low > INT64_MIN)
        keel_str_addf(sql, "%s >= '%lld'::pg_catalog.int8", key, (long long)low);
    if (low > INT64_MIN && high < INT64_MAX)
        keel_str_add(sql, " AND ");
    if (high < INT64_MAX)
        keel_str_addf(sql, "%s <= '%lld'::pg_catalog.int8", key, (long long)high);
}

void keel_diff_copy_range(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, int64_t low, int64_t high)
{
    const char *key = pair->columns.items[0].sql[side];

    begin_copy(w, pair, side);
    add_bounds(&w->sql, pair, key, low, high);
    keel_str_addf(&w->sql, " ORDER BY %s", key);
    end_copy(w);
}

void keel_diff_copy_all(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side)
{
    begin_copy(w, pair, side);
    end_copy(w);
}
