#include <stdlib.h>

#include "diff/inside.h"

static bool type_name(keel_diff_run *d, keel_side side, uint32_t oid, int typmod, keel_str *name, keel_error *err)
{
    char texts[2][16];
    const char *const params[] = {texts[0], texts[1]};

    snprintf(texts[0], sizeof texts[0], "%u", oid);
    snprintf(texts[1], sizeof texts[1], "%d", typmod);
    return keel_pg_query_value(d->lead[side], name, NULL, err,
                               "SELECT pg_catalog.format_type($1::pg_catalog.oid, $2::pg_catalog.int4)", 2, params);
}

bool keel_diff_describe(keel_diff_run *d, keel_side side, const char *select, keel_pg_column **ret_columns,
                        size_t *ret_count, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT * FROM (%s) AS q LIMIT 0", select);
    if (!keel_pg_query(d->lead[side], &rows, err, sql.data, 0, NULL))
        return false;
    size_t count = (size_t)keel_pg_columns(rows);
    keel_pg_column *columns = keel_arena_alloc(d->arena, (count + 1) * sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        int typmod = 0;
        uint32_t oid = keel_pg_column_type(rows, (int)i, &typmod);
        columns[i].name = keel_arena_strdup(d->arena, keel_pg_column_name(rows, (int)i));
        columns[i].number = (int)i + 1;
        if (!type_name(d, side, oid, typmod, &name, err) ||
            !keel_pg_type_by_name(d->lead[side], d->arena, name.data, &columns[i].type, err))
            return false;
    }
    *ret_columns = columns;
    *ret_count = count;
    return true;
}
