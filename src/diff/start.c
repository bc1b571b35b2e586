/* The first look at a pair: its sizes, the bounds of its keys. What is small is compared at once. */
#include <stdlib.h>

#include "diff/inside.h"

enum { AT_ONCE_BYTES = 4 * 1024 * 1024 };

static const char table_sql[] =
    "pg_catalog.pg_relation_size($1::pg_catalog.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8,"
    "pg_catalog.pg_table_size($1::pg_catalog.oid), pg_catalog.pg_relation_filenode($1::pg_catalog.oid)";

/* Ranges of pages are those of every partition; where one is foreign there are none. */
static const char partitioned_sql[] =
    "(SELECT CASE WHEN pg_catalog.bool_or(c.relkind = 'f') THEN 0 ELSE"
    "             pg_catalog.max(pg_catalog.pg_relation_size(c.oid)) / pg_catalog.current_setting('block_size')::pg_catalog.int8 END"
    "   FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) p JOIN pg_catalog.pg_class c ON c.oid = p.relid"
    "  WHERE p.isleaf),"
    "(SELECT pg_catalog.sum(pg_catalog.pg_table_size(c.oid))"
    "   FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass) p JOIN pg_catalog.pg_class c ON c.oid = p.relid"
    "  WHERE p.isleaf), 0";

static void add_key_bound(keel_str *sql, const keel_diff_pair *pair, keel_side side, const char *function)
{
    keel_str_addf(sql, ", (SELECT pg_catalog.%s(%s)", function, pair->columns.items[0].sql[side]);
    keel_diff_add_from(sql, pair, side);
    keel_str_addc(sql, ')');
}

typedef struct bounds {
    bool any;
    int64_t low, high;
} bounds;

static void widen(bounds *all, int64_t low, int64_t high)
{
    all->low = all->any ? KEEL_MIN(all->low, low) : low;
    all->high = all->any ? KEEL_MAX(all->high, high) : high;
    all->any = true;
}

static bool look_at(keel_diff_worker *w, keel_diff_pair *pair, keel_side side, bounds *keys, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    const keel_pg_table *table = pair->table[side];
    char oid[16];
    const char *const params[] = {oid};

    if (table == NULL) {
        pair->bytes[side] = -1;
        return true;
    }
    snprintf(oid, sizeof oid, "%u", table->oid);
    keel_str_clear(&w->sql);
    keel_str_addf(&w->sql, "SELECT %s", table->kind == 'p' ? partitioned_sql : table_sql);
    if (pair->keying == KEEL_BY_RANGE) {
        add_key_bound(&w->sql, pair, side, "min");
        add_key_bound(&w->sql, pair, side, "max");
    }
    if (!keel_diff_enter(w, pair, side, err) || !keel_pg_query(w->pg[side], &rows, err, w->sql.data, 1, params))
        return false;
    pair->pages[side] = keel_pg_int(rows, 0, 0);
    pair->bytes[side] = keel_pg_int(rows, 0, 1);
    pair->filenode[side] = keel_pg_int(rows, 0, 2);
    if (pair->keying == KEEL_BY_RANGE && !keel_pg_is_null(rows, 0, 3))
        widen(keys, keel_pg_int(rows, 0, 3), keel_pg_int(rows, 0, 4));
    return true;
}

static void make_buckets(keel_diff_pair *pair, const bounds *keys)
{
    while ((uint64_t)(keys->high >> pair->shift) - (uint64_t)(keys->low >> pair->shift) >= KEEL_DIFF_BUCKETS)
        pair->shift++;
    pair->base = keys->low >> pair->shift;
    pair->last_bucket = (uint64_t)(keys->high >> pair->shift) - (uint64_t)pair->base;
}

static bool is_small(const keel_diff_run *d, const keel_diff_pair *pair)
{
    int64_t most = d->options->at_once_bytes != 0 ? d->options->at_once_bytes : AT_ONCE_BYTES;

    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        if (pair->bytes[side] < 0 || pair->bytes[side] > most)
            return false;
    return true;
}

/* Both sides into the bag; *ret_fits is false if they turn out larger than they look on disk. */
static bool fill_bag(keel_diff_worker *w, keel_diff_pair *pair, bool *ret_fits, keel_error *err)
{
    const unsigned char *tuple = NULL;
    size_t size = 0;

    keel_bag_clear(&w->bag);
    *ret_fits = true;
    for (keel_side side = KEEL_SOURCE; *ret_fits && side < KEEL_SIDES; side++) {
        keel_diff_copy_all(w, pair, side);
        if (!keel_diff_read_begin(w, pair, side, err))
            return false;
        for (;;) {
            if (!keel_diff_read_next(w, pair, side, &tuple, &size, err))
                return false;
            if (tuple == NULL)
                break;
            uint64_t row = keel_diff_row_hash(pair, tuple, size);
            uint64_t key = pair->keying == KEEL_BY_KEY ? keel_diff_key_hash(pair, tuple, size) : row;
            if (!keel_bag_add(w, pair, side, key, row, tuple, size, err))
                return false;
            w->counts.rows[side]++;
            *ret_fits = keel_bag_bytes(&w->bag) <= keel_diff_bag_limit(w->diff);
            if (!*ret_fits) {
                keel_diff_read_abort(w, side);
                break;
            }
        }
    }
    return true;
}

static bool compare_at_once(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    const keel_diff_item everything = {
        .kind = KEEL_ITEM_RANGE, .pair = pair, .low = INT64_MIN, .high = INT64_MAX, .expected = {-1, -1}};

    if (pair->keying == KEEL_BY_RANGE) {
        pair->at_once = true;
        return keel_diff_range(w, &everything, err);
    }
    w->counts = (keel_diff_counts){0};
    if (!fill_bag(w, pair, &pair->at_once, err))
        return false;
    if (!pair->at_once)
        return true;
    if (!keel_bag_settle(w, pair, err))
        return false;
    pair->counts = w->counts;
    return true;
}

bool keel_diff_start(keel_diff_worker *w, const keel_diff_item *item, keel_error *err)
{
    keel_diff_pair *pair = item->pair;
    bounds keys = {0};

    pair->started = keel_monotonic();
    if (!look_at(w, pair, KEEL_SOURCE, &keys, err) || !look_at(w, pair, KEEL_TARGET, &keys, err))
        return false;
    make_buckets(pair, &keys);
    return !is_small(w->diff, pair) || compare_at_once(w, pair, err);
}

static bool filenode_now(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, int64_t *ret_node, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str node = {0};
    char oid[16];
    const char *const params[] = {oid};

    snprintf(oid, sizeof oid, "%u", pair->table[side]->oid);
    if (!keel_diff_enter(w, pair, side, err) ||
        !keel_pg_query_value(w->pg[side], &node, NULL, err, "SELECT pg_catalog.pg_relation_filenode($1::pg_catalog.oid)",
                             1, params))
        return false;
    *ret_node = strtoll(keel_str_text(&node), NULL, 10);
    return true;
}

/* The table as it lies and the table by its index are to hold the same rows. */
static void check_indexes(const keel_diff_run *d, const keel_diff_pair *pair)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        if (pair->astray[side] != 0)
            keel_report_addf(d->report, KEEL_ERROR, "diff.index", pair->name[side], NULL,
                             "REINDEX it, and compare again.",
                             "the index of its key in the %s is corrupt: it misses %lld rows that the table holds",
                             keel_side_names[side], (long long)pair->astray[side]);
    }
}

/* TRUNCATE and rewrites of a table do not wait for snapshots: what was read of it before and after does not belong
 * together. */
bool keel_diff_check_files(keel_diff_worker *w, keel_diff_pair *pair, keel_error *err)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        int64_t node = 0;
        if (pair->filenode[side] == 0)
            continue;
        if (!filenode_now(w, pair, side, &node, err))
            return false;
        if (node == pair->filenode[side])
            continue;
        keel_diff_say_failed(w->diff, pair, "diff.rewritten", "Run it again when nobody truncates or rewrites the table.",
                             side == KEEL_SOURCE ? "was truncated or rewritten in the source while it was compared"
                                                 : "was truncated or rewritten in the target while it was compared");
        return true;
    }
    check_indexes(w->diff, pair);
    return true;
}
