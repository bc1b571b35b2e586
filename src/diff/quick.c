/* Sums made by the servers: the same hash of a row on both sides, as long as both are of one major version. */
#include <stdlib.h>

#include "diff/inside.h"

enum { SERVER_BUCKETS = 1024 }; /* of keys that are no ranges */

static void add_row_hash(const keel_diff_run *d, keel_str *sql, const keel_diff_pair *pair, keel_side side)
{
    keel_diff_add_hash(d, sql, pair, side, pair->columns.count);
}

/* What the rows are grouped by; for BY_ROW the row's hash, which the subquery calls h. */
static void add_bucket(const keel_diff_run *d, keel_str *sql, const keel_diff_pair *pair, keel_side side)
{
    if (pair->keying == KEEL_BY_RANGE) {
        keel_str_addf(sql, "%s::pg_catalog.int8 >> %d", pair->columns.items[0].sql[side], pair->shift);
        return;
    }
    if (pair->keying == KEEL_BY_ROW)
        add_row_hash(d, sql, pair, side);
    else
        keel_diff_add_hash(d, sql, pair, side, pair->key_count);
    keel_str_addf(sql, " & %d", SERVER_BUCKETS - 1);
}

static void make_sql(keel_diff_worker *w, const keel_diff_item *item)
{
    const keel_diff_pair *pair = item->pair;
    bool by_row = pair->keying == KEEL_BY_ROW;

    keel_str_clear(&w->sql);
    keel_str_add(&w->sql, "SELECT ");
    if (by_row)
        keel_str_addf(&w->sql, "q.h & %d, pg_catalog.count(*), pg_catalog.sum(q.h) FROM (SELECT ", SERVER_BUCKETS - 1);
    else
        add_bucket(w->diff, &w->sql, pair, item->side);
    keel_str_add(&w->sql, by_row ? "" : ", pg_catalog.count(*), pg_catalog.sum(");
    add_row_hash(w->diff, &w->sql, pair, item->side);
    keel_str_add(&w->sql, by_row ? " AS h" : ")");
    keel_diff_add_from(&w->sql, pair, item->side);
    keel_diff_add_pages(&w->sql, item, NULL);
    keel_str_add(&w->sql, by_row ? " OFFSET 0) q GROUP BY 1" : " GROUP BY 1");
}

/* A sum of bigints is numeric and may be longer than 64 bits. */
static uint64_t modulo_of(const char *text)
{
    bool negative = *text == '-';
    uint64_t value = 0;

    for (text += negative; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return negative ? 0 - value : value;
}

static void take(keel_diff_worker *w, keel_diff_pair *pair, keel_side side, const keel_pg_result *rows)
{
    uint64_t seen = 0;

    pthread_mutex_lock(&pair->lock);
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        uint64_t bucket = (uint64_t)keel_pg_int(rows, row, 0);
        if (pair->keying == KEEL_BY_RANGE)
            bucket = KEEL_MIN(bucket - (uint64_t)pair->base, pair->last_bucket);
        keel_bucket *sums = &pair->sums[side][bucket % KEEL_DIFF_BUCKETS];
        sums->count += keel_pg_int(rows, row, 1);
        sums->sum += modulo_of(keel_pg_text(rows, row, 2));
        seen += (uint64_t)keel_pg_int(rows, row, 1);
    }
    pthread_mutex_unlock(&pair->lock);
    keel_progress_add(w->diff->progress, seen);
}

bool keel_diff_server_sums(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;

    make_sql(w, item);
    /* The planner cannot know that a shifted key has few values, and would rather sort the table. */
    if (!keel_diff_enter(w, item->pair, item->side, err) ||
        !keel_pg_exec(w->pg[item->side], err, "SET LOCAL enable_sort = off") ||
        !keel_pg_query(w->pg[item->side], &rows, err, w->sql.data, 0, NULL))
        return false;
    take(w, item->pair, item->side, rows);
    return true;
}

void keel_diff_pick_rows(keel_diff_run *d, keel_diff_pair *pair)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        const char *comma = "";

        keel_str_addc(&sql, '(');
        add_bucket(d, &sql, pair, side);
        keel_str_add(&sql, ") = ANY ('{");
        for (size_t i = 0; i < SERVER_BUCKETS; i++) {
            if (pair->differs[i])
                keel_str_addf(&sql, "%s%zu", comma, i);
            comma = pair->differs[i] ? "," : comma;
        }
        keel_str_add(&sql, "}'::pg_catalog.int8[])");
        keel_str_free(&pair->spool_where[side]);
        pair->spool_where[side] = sql;
        sql = (keel_str){0};
    }
}
