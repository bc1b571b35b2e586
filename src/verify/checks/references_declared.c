/* Foreign keys from the catalogue, with the operators, casts and collations that the server itself compares with. */
#include "verify/checks/references.h"

#include <stdlib.h>

#include "verify/by_table.h"

/* One row per key column. to_json instead of column names where an old server has no such column. A foreign key to a
 * partitioned table has hidden rows, one per partition of the parent: left out, as are those of a partition whose
 * parent is looked at as a whole. */
static const char keys_sql[] =
    "SELECT o.oid, o.conname, o.confmatchtype = 'f', o.convalidated,"
    "       o.confrelid, pn.nspname, pc.relname, pc.relkind = 'r', ca.attname, pa.attname,"
    "       pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname,"
    "       CASE WHEN op.oprleft <> pa.atttypid AND lt.typtype <> 'p'"
    "            THEN '::' || pg_catalog.quote_ident(ln.nspname) || '.' || pg_catalog.quote_ident(lt.typname) END,"
    "       CASE WHEN op.oprright <> ca.atttypid AND rt.typtype <> 'p'"
    "            THEN '::' || pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(rt.typname) END,"
    "       CASE WHEN pa.attcollation <> ca.attcollation AND pa.attcollation <> 0"
    "            THEN ' COLLATE ' || pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)"
    "            END,"
    "       NOT (pg_catalog.has_schema_privilege(pn.oid, 'USAGE')"
    "            AND pg_catalog.has_column_privilege(pc.oid, pa.attnum, 'SELECT')), o.conrelid"
    "  FROM pg_catalog.pg_constraint o"
    " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(o.conkey), pg_catalog.unnest(o.confkey),"
    "                               pg_catalog.unnest(o.conpfeqop)) WITH ORDINALITY k(child, parent, op, place)"
    "  JOIN pg_catalog.pg_class pc ON pc.oid = o.confrelid"
    "  JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace"
    "  JOIN pg_catalog.pg_attribute ca ON ca.attrelid = o.conrelid AND ca.attnum = k.child"
    "  JOIN pg_catalog.pg_attribute pa ON pa.attrelid = o.confrelid AND pa.attnum = k.parent"
    "  JOIN pg_catalog.pg_operator op ON op.oid = k.op"
    "  JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace"
    "  JOIN pg_catalog.pg_type lt ON lt.oid = op.oprleft"
    "  JOIN pg_catalog.pg_namespace ln ON ln.oid = lt.typnamespace"
    "  JOIN pg_catalog.pg_type rt ON rt.oid = op.oprright"
    "  JOIN pg_catalog.pg_namespace rn ON rn.oid = rt.typnamespace"
    "  LEFT JOIN pg_catalog.pg_collation co ON co.oid = pa.attcollation"
    "  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace"
    " WHERE o.contype = 'f' AND o.conrelid = ANY ($2::pg_catalog.oid[])"
    "   AND coalesce(pg_catalog.to_json(o) ->> 'conperiod', 'false') = 'false'"
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint up WHERE up.oid = o.conparentid"
    "                      AND (up.conrelid = o.conrelid OR up.conrelid = ANY ($1::pg_catalog.oid[])))"
    " ORDER BY o.conrelid, o.conname, o.oid, k.place";

enum { TABLE_COLUMN = 15 };

static uint32_t oid_at(const keel_pg_result *rows, int row, int column)
{
    return (uint32_t)strtoul(keel_pg_text(rows, row, column), NULL, 10);
}

static const char *copy(keel_check_run *run, const keel_pg_result *rows, int row, int column)
{
    return keel_arena_strdup(run->arena, keel_pg_text(rows, row, column));
}

static keel_reference make_reference(keel_check_run *run, const keel_pg_result *rows, int row, size_t count)
{
    KEEL_CLEANUP(keel_str_free) keel_str from = {0};
    uint32_t parent = oid_at(rows, row, 4);

    keel_str_add(&from, keel_pg_bool(rows, row, 7) ? "ONLY " : "");
    keel_pg_add_qualified(&from, keel_pg_text(rows, row, 5), keel_pg_text(rows, row, 6));
    keel_str_add(&from, " p");
    return (keel_reference){
        .name = copy(run, rows, row, 1),
        .full = keel_pg_bool(rows, row, 2),
        .validated = keel_pg_bool(rows, row, 3),
        .parent = keel_pg_catalog_find_oid(run->db->catalog, parent),
        .parent_from = keel_arena_strdup(run->arena, from.data),
        .columns = keel_arena_alloc(run->arena, count * sizeof(char *)),
        .parent_columns = keel_arena_alloc(run->arena, count * sizeof(char *)),
        .equal = keel_arena_alloc(run->arena, count * sizeof(char *)),
        .count = count,
    };
}

static const char *or_nothing(const keel_pg_result *rows, int row, int column)
{
    const char *text = keel_pg_text(rows, row, column);

    return text != NULL ? text : "";
}

static const char *make_equal(keel_check_run *run, const keel_pg_result *rows, int row)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "p.");
    keel_pg_add_identifier(&sql, keel_pg_text(rows, row, 9));
    keel_str_addf(&sql, "%s OPERATOR(%s) t.", or_nothing(rows, row, 11), keel_pg_text(rows, row, 10));
    keel_pg_add_identifier(&sql, keel_pg_text(rows, row, 8));
    keel_str_addf(&sql, "%s%s", or_nothing(rows, row, 12), or_nothing(rows, row, 13));
    return keel_arena_strdup(run->arena, sql.data);
}

static const char *columns_text(keel_check_run *run, const keel_reference *reference)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    for (size_t i = 0; i < reference->count; i++)
        keel_str_addf(&text, "%s%s", i > 0 ? ", " : "", reference->parent_columns[i]);
    return keel_arena_strdup(run->arena, keel_str_text(&text));
}

static void fill(keel_check_run *run, const keel_pg_result *rows, int row, keel_reference *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        reference->columns[i] = copy(run, rows, row + (int)i, 8);
        reference->parent_columns[i] = copy(run, rows, row + (int)i, 9);
        reference->equal[i] = make_equal(run, rows, row + (int)i);
        reference->denied = reference->denied || keel_pg_bool(rows, row + (int)i, 14);
    }
    reference->parent_name = keel_arena_printf(run->arena, "%s.%s(%s)", keel_pg_text(rows, row, 5),
                                               keel_pg_text(rows, row, 6), columns_text(run, reference));
}

/* The same reference declared twice has the same orphans. */
static bool known(const keel_references *references, const keel_reference *wanted)
{
    for (size_t i = 0; i < references->count; i++) {
        const keel_reference *one = &references->items[i];
        bool same = one->count == wanted->count && one->full == wanted->full &&
                    strcmp(one->parent_from, wanted->parent_from) == 0;
        for (size_t at = 0; same && at < one->count; at++)
            same = strcmp(one->equal[at], wanted->equal[at]) == 0;
        if (same)
            return true;
    }
    return false;
}

static size_t rows_of_one(const keel_pg_result *rows, int first)
{
    int row = first;

    while (row < keel_pg_rows(rows) && strcmp(keel_pg_text(rows, row, 0), keel_pg_text(rows, first, 0)) == 0)
        row++;
    return (size_t)(row - first);
}

static bool has_foreign_key(const keel_pg_table *table)
{
    for (size_t i = 0; i < table->constraints.count; i++)
        if (table->constraints.items[i].type == 'f')
            return true;
    return false;
}

static bool load(keel_check_run *run, const char *oids, const void **ret_value, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_by_table *all = keel_arena_alloc(run->arena, sizeof *all);
    const char *params[] = {run->db->oids, oids};

    if (!keel_pg_query(run->pg, &rows, err, keys_sql, 2, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows);) {
        size_t count = rows_of_one(rows, row);
        uint32_t table = oid_at(rows, row, TABLE_COLUMN);
        keel_references *references = keel_by_table_next(run->arena, all, table, sizeof *references);
        keel_reference reference = make_reference(run, rows, row, count);
        fill(run, rows, row, &reference);
        if (!known(references, &reference))
            keel_arena_push(run->arena, references, reference);
        row += (int)count;
    }
    *ret_value = all;
    return true;
}

bool keel_references_declared(keel_check_run *run, const keel_pg_table *table, keel_references *references,
                              keel_error *err)
{
    const void *loaded = NULL;

    if (!has_foreign_key(table))
        return true;
    if (!keel_check_shared(run, table, load, &loaded, err))
        return false;
    const keel_references *found = keel_by_table_find(loaded, table->oid);
    for (size_t i = 0; found != NULL && i < found->count; i++)
        keel_arena_push(run->arena, references, found->items[i]);
    return true;
}
