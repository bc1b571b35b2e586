#include "verify/demand.h"

#include <string.h>

#include "verify/attempt.h"

/* Views and foreign tables are not in the catalogue that the checks share. Types are named as they are there: in
 * full. */
static const char relation_sql[] =
    "SELECT c.relkind, a.attnum, a.attname, a.atttypid, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull"
    "  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY a.attnum";

static keel_pg_column make_column(keel_check_run *run, const keel_pg_result *rows, int row)
{
    keel_pg_type *type = keel_arena_alloc(run->arena, sizeof *type);

    type->oid = (uint32_t)keel_pg_int(rows, row, 3);
    type->name = keel_arena_strdup(run->arena, keel_pg_text(rows, row, 4));
    return (keel_pg_column){.name = keel_arena_strdup(run->arena, keel_pg_text(rows, row, 2)),
                            .number = (int)keel_pg_int(rows, row, 1),
                            .type = type,
                            .not_null = keel_pg_bool(rows, row, 5)};
}

static bool query_relation(keel_check_run *run, const char *schema, const char *name, keel_pg_result **ret_rows,
                           keel_error *err)
{
    const char *const params[] = {schema, name};

    return keel_attempt_begin(run->pg, err) &&
           keel_pg_exec(run->pg, err, "SELECT pg_catalog.set_config('search_path', '', true)") &&
           keel_pg_query(run->pg, ret_rows, err, relation_sql, 2, params) && keel_attempt_end(run->pg, err);
}

/* What stands under that name beside the shared catalogue, or NULL. */
static bool find_relation(keel_check_run *run, const char *schema, const char *name, const keel_pg_table **ret_table,
                          keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_pg_table *table = NULL;

    if (!query_relation(run, schema, name, &rows, err))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        if (table == NULL) {
            table = keel_arena_alloc(run->arena, sizeof *table);
            *table = (keel_pg_table){.schema = schema, .name = name, .kind = keel_pg_text(rows, row, 0)[0]};
        }
        if (!keel_pg_is_null(rows, row, 1))
            keel_arena_push(run->arena, &table->columns, make_column(run, rows, row));
    }
    *ret_table = table;
    return true;
}

static bool is_selected(const keel_check_database *db, const keel_pg_table *table)
{
    for (size_t i = 0; i < db->table_count; i++)
        if (db->tables[i] == table)
            return true;
    return false;
}

bool keel_demand_kind(keel_check_run *run, const char *schema, const char *name, char *ret_kind, keel_error *err)
{
    const keel_pg_table *relation = keel_pg_catalog_find(run->db->catalog, schema, name);

    if (relation == NULL && !find_relation(run, schema, name, &relation, err))
        return false;
    *ret_kind = '\0';
    if (relation != NULL)
        *ret_kind = relation->kind;
    return true;
}

bool keel_demands_of(keel_check_run *run, keel_demands *ret_demands, keel_error *err)
{
    const keel_check_database *db = run->db;
    const bool all = db->table_count == db->catalog->tables.count;
    keel_demands demands = {0};

    for (size_t i = 0; run->suite != NULL && i < run->suite->tables.count; i++) {
        keel_demand demand = {.wanted = &run->suite->tables.items[i]};
        const char *schema = demand.wanted->schema != NULL ? demand.wanted->schema : db->catalog->default_schema;
        const char *name = demand.wanted->name;
        demand.name = schema != NULL ? keel_arena_printf(run->arena, "%s.%s", schema, name) : name;
        demand.table = schema != NULL ? keel_pg_catalog_find(db->catalog, schema, name) : NULL;
        if (!all && (demand.table == NULL || !is_selected(db, demand.table)))
            continue;
        if (demand.table == NULL && schema != NULL && !find_relation(run, schema, name, &demand.table, err))
            return false;
        demand.withheld = demand.table != NULL && (demand.table->kind == 'r' || demand.table->kind == 'p') &&
                          keel_pg_catalog_find(db->catalog, schema, name) == NULL;
        keel_arena_push(run->arena, &demands, demand);
    }
    *ret_demands = demands;
    return true;
}

bool keel_demands_present(keel_check_run *run, keel_demands *ret_demands, keel_error *err)
{
    keel_demands all = {0};
    keel_demands present = {0};

    if (!keel_demands_of(run, &all, err))
        return false;
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].table != NULL && !all.items[i].withheld && !all.items[i].wanted->absent)
            keel_arena_push(run->arena, &present, all.items[i]);
    *ret_demands = present;
    return true;
}

const char *keel_demand_nearest_column(keel_check_run *run, const keel_pg_table *table, const char *name)
{
    const char **names = keel_arena_alloc(run->arena, (table->columns.count + 1) * sizeof *names);

    for (size_t i = 0; i < table->columns.count; i++)
        names[i] = table->columns.items[i].name;
    const char *nearest = keel_nearest_word(name, names, table->columns.count);
    return nearest != NULL ? keel_arena_printf(run->arena, "; the nearest is \"%s\"", nearest) : "";
}

bool keel_demand_columns_exist(keel_check_run *run, const keel_demand *demand, const keel_suite_names *names,
                               keel_severity severity, const keel_suite_place *place, const char *what)
{
    bool all = true;

    for (size_t i = 0; i < names->count; i++) {
        if (keel_pg_table_column(demand->table, names->items[i]) != NULL)
            continue;
        keel_check_found_at(run, severity, place, demand->name, NULL, NULL,
                            "%s names the column \"%s\", which does not exist%s", what, names->items[i],
                            keel_demand_nearest_column(run, demand->table, names->items[i]));
        all = false;
    }
    return all;
}
