/* Row types, ranges and arrays of them travel as text. Where numbers or documents are inside, equal values may look
 * different. */
#include <stdlib.h>

#include "diff/inside.h"

/* Types that hold numeric, float, jsonb or padded text somewhere inside, points and the like included. */
#define CONTAINERS_SQL(range)                                                                                            \
    "WITH RECURSIVE part(root, oid) AS ("                                                                                \
    "  SELECT t.oid, t.oid FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::pg_catalog.oid[])"                           \
    "   UNION"                                                                                                           \
    "  SELECT p.root, x.oid FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid"                                      \
    "   CROSS JOIN LATERAL (SELECT t.typbasetype AS oid UNION ALL SELECT t.typelem UNION ALL"                            \
    "     SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE " range " UNION ALL"                                      \
    "     SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND t.typrelid <> 0"            \
    "        AND a.attnum > 0 AND NOT a.attisdropped) x WHERE x.oid <> 0)"                                               \
    "SELECT DISTINCT p.root FROM part p WHERE p.oid IN (700, 701, 1700, 1042, 3802)"

static const char containers_sql[] = CONTAINERS_SQL("t.oid IN (r.rngtypid, r.rngmultitypid)");
static const char containers_sql_13[] = CONTAINERS_SQL("t.oid = r.rngtypid");

/* A type that travels as text on both sides, and not as an expression of the map. */
static bool may_be_one(const keel_diff_column *column)
{
    const keel_pg_type *type = column->declared[KEEL_TARGET];

    return column->declared[KEEL_SOURCE]->kind == type->kind && column->type->kind == KEEL_PG_TEXT &&
           (type->kind == KEEL_PG_OTHER || type->kind == KEEL_PG_ARRAY);
}

static bool add_candidates(const keel_diff_run *d, keel_str *list)
{
    const char *comma = "";

    keel_str_addc(list, '{');
    for (size_t i = 0; i < d->pairs.count; i++) {
        const keel_diff_pair *pair = d->pairs.items[i];
        for (size_t j = 0; j < pair->columns.count; j++) {
            if (!may_be_one(&pair->columns.items[j]))
                continue;
            keel_str_addf(list, "%s%u", comma, pair->columns.items[j].declared[KEEL_TARGET]->oid);
            comma = ",";
        }
    }
    keel_str_addc(list, '}');
    return comma[0] != '\0';
}

static void mark(keel_diff_run *d, uint32_t oid)
{
    for (size_t i = 0; i < d->pairs.count; i++) {
        keel_diff_pair *pair = d->pairs.items[i];
        for (size_t j = 0; j < pair->columns.count; j++) {
            keel_diff_column *column = &pair->columns.items[j];
            if (may_be_one(column) && column->declared[KEEL_TARGET]->oid == oid)
                column->by_server = true;
        }
    }
}

bool keel_diff_find_containers(keel_diff_run *d, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};
    const char *sql = d->version[KEEL_TARGET] >= 140000 ? containers_sql : containers_sql_13;

    if (!add_candidates(d, &list))
        return true;
    const char *const params[] = {list.data};
    if (!keel_pg_query(d->lead[KEEL_TARGET], &rows, err, sql, 1, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++)
        mark(d, (uint32_t)keel_pg_int(rows, row, 0));
    return true;
}
