/* Rows looked at one by one, where transaction ids do not tell: by the hash of the row, or of its
 * key. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/undo_inside.h"

enum { FIRST_COLUMN = 3 /* behind ctid, xmin and untouched */ };

void keel_undo_rows_free(keel_undo_rows *rows)
{
    keel_vec_free(rows);
}

/* The fields of some columns as COPY would send them. */
static void add_fields(const keel_pg_result *rows, int row, int first, size_t count, keel_str *out)
{
    keel_str_clear(out);
    for (size_t i = 0; i < count; i++) {
        int size = -1;
        const void *bytes = keel_pg_bytes(rows, row, first + (int)i, &size);
        keel_str_add_i32(out, bytes != NULL ? size : -1);
        if (bytes != NULL)
            keel_str_addn(out, bytes, (size_t)size);
    }
}

static bool integer_of(const keel_pg_result *rows, int row, int column, int64_t *ret_value)
{
    int size = 0;
    const void *bytes = keel_pg_bytes(rows, row, column, &size);

    if (bytes == NULL)
        return false;
    *ret_value = size == 8   ? keel_get_i64(bytes)
                 : size == 4 ? keel_get_i32(bytes)
                             : keel_get_i16(bytes);
    return true;
}

static bool
has_our_key(const keel_undo_target *target, const keel_pg_result *rows, int row, keel_str *scratch)
{
    int first = FIRST_COLUMN + (int)target->row_columns;
    int64_t key = 0;

    if (target->key_columns == 0)
        return false;
    if (target->keys.ranges.count > 0)
        return integer_of(rows, row, first, &key) && keel_undo_has_integer(&target->keys, key);
    add_fields(rows, row, first, target->key_columns, scratch);
    return keel_undo_has_hash(&target->keys, keel_row_hash(target->key_hasher,
                                                           (const unsigned char *)scratch->data,
                                                           scratch->size, NULL));
}

static keel_undo_found place_of(const keel_pg_result *rows, int row, const keel_undo_leaf *leaf)
{
    int size = 0;
    const unsigned char *ctid = keel_pg_bytes(rows, row, 0, &size);
    const unsigned char *xmin = keel_pg_bytes(rows, row, 1, &size);

    return (keel_undo_found){.leaf = leaf,
                             .block = (uint32_t)keel_get_i32(ctid),
                             .offset = (uint16_t)keel_get_i16(ctid + 4),
                             .xmin = (uint32_t)keel_get_i32(xmin)};
}

static void judge(keel_undo_target *target,
                  const keel_undo_leaf *leaf,
                  const keel_pg_result *rows,
                  int row,
                  keel_undo_rows *ours,
                  keel_undo_rows *changed,
                  keel_str *scratch)
{
    keel_undo_found found = place_of(rows, row, leaf);
    int size = 0;
    const unsigned char *untouched = keel_pg_bytes(rows, row, 2, &size);

    if (target->by_hash && untouched != NULL && *untouched != 0) {
        add_fields(rows, row, FIRST_COLUMN, target->row_columns, scratch);
        found.hash = keel_row_hash(target->row_hasher, (const unsigned char *)scratch->data,
                                   scratch->size, NULL);
        if (keel_undo_take_hash(&target->hashes, found.hash)) {
            keel_vec_push(ours, found);
            return;
        }
    }
    if (has_our_key(target, rows, row, scratch))
        keel_vec_push(changed, found);
}

bool keel_undo_scan(keel_undo *undo,
                    keel_undo_target *target,
                    const keel_undo_leaf *leaf,
                    int64_t from,
                    int64_t to,
                    keel_undo_rows *ours,
                    keel_undo_rows *changed,
                    keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str scratch = {0};
    const keel_pg_param params[] = {{.value = target->xids}};

    if (keel_undo_cancelled(undo, err) || !keel_undo_scan_prepare(undo, target, err))
        return false;
    keel_str_addf(
        &sql,
        "SELECT %s FROM ONLY %s t WHERE t.ctid >= '(%lld,0)'::tid AND t.ctid < '(%lld,0)'::tid",
        target->scan_columns, leaf->relation, (long long)from, (long long)to);
    if (!target->by_hash)
        keel_str_add(&sql, " AND NOT t.xmin = ANY($1::xid[])");
    if (!keel_pg_query_params(undo->pg, &rows, err, sql.data, target->by_hash ? 0 : 1, params,
                              true))
        return keel_fail_context(err, "read \"%s\"", target->name);
    for (int row = 0; row < keel_pg_rows(rows); row++)
        judge(target, leaf, rows, row, ours, changed, &scratch);
    return true;
}

bool keel_undo_scan_all(keel_undo *undo,
                        keel_undo_target *target,
                        keel_undo_rows *ours,
                        keel_undo_rows *changed,
                        keel_error *err)
{
    for (size_t i = 0; i < target->leaves.count; i++) {
        const keel_undo_leaf *leaf = &target->leaves.items[i];
        for (int64_t block = 0; block < leaf->blocks; block += leaf->step)
            if (!keel_undo_scan(undo, target, leaf, block, block + leaf->step, ours, changed, err))
                return false;
    }
    return true;
}

static int compare_ids(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

void keel_undo_place_lists(
    const keel_undo_rows *rows, size_t from, size_t to, keel_str *tids, keel_str *xids)
{
    KEEL_CLEANUP(keel_free_p) uint32_t *ids = keel_alloc((to - from + 1) * sizeof *ids);
    size_t count = to - from;

    for (size_t i = from; i < to; i++) {
        keel_str_addf(tids, "%s\"(%u,%u)\"", i > from ? "," : "{", rows->items[i].block,
                      rows->items[i].offset);
        ids[i - from] = rows->items[i].xmin;
    }
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            keel_str_addf(xids, "%s%u", i > 0 ? "," : "{", ids[i]);
    keel_str_add(tids, count > 0 ? "}" : "{}");
    keel_str_add(xids, count > 0 ? "}" : "{}");
}
