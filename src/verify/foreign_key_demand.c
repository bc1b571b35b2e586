#include "verify/foreign_key_demand.h"

#include <string.h>

const keel_pg_table *keel_demand_parent(keel_check_run *run, const keel_demand *demand,
                                        const keel_suite_reference *wanted)
{
    const char *schema = wanted->parent_schema != NULL ? wanted->parent_schema : demand->table->schema;

    return keel_pg_catalog_find(run->db->catalog, schema, wanted->parent_table);
}

/* The column of the parent that the suite pairs with column `i`: without a list, that of the primary key. */
static const char *parent_column(const keel_suite_reference *wanted, const keel_pg_table *parent, size_t i)
{
    if (wanted->parent_columns.count > 0)
        return wanted->parent_columns.items[i];
    const keel_pg_constraint *key = keel_pg_table_primary_key(parent);
    if (key == NULL || key->column_count != wanted->columns.count)
        return NULL;
    const keel_pg_column *column = keel_pg_table_column_number(parent, key->columns[i]);
    return column != NULL ? column->name : NULL;
}

static bool has_pair(const keel_pg_table *table, const keel_pg_constraint *key, const char *child, const char *parent)
{
    const keel_pg_column *column = keel_pg_table_column(table, child);

    for (size_t i = 0; column != NULL && parent != NULL && i < key->column_count; i++)
        if (key->columns[i] == column->number && strcmp(key->parent_columns[i], parent) == 0)
            return true;
    return false;
}

static bool is_meant(const keel_pg_table *table, const keel_pg_constraint *key, const keel_suite_reference *wanted,
                     const keel_pg_table *parent)
{
    if (key->type != 'f' || key->parent_oid != parent->oid || key->column_count != wanted->columns.count)
        return false;
    for (size_t i = 0; i < wanted->columns.count; i++)
        if (!has_pair(table, key, wanted->columns.items[i], parent_column(wanted, parent, i)))
            return false;
    return true;
}

const keel_pg_constraint *keel_demand_foreign_key(const keel_demand *demand, const keel_suite_reference *wanted,
                                                  const keel_pg_table *parent)
{
    const keel_pg_constraint *found = NULL;

    for (size_t i = 0; i < demand->table->constraints.count; i++) {
        const keel_pg_constraint *key = &demand->table->constraints.items[i];
        if (is_meant(demand->table, key, wanted, parent) && (found == NULL || (!found->validated && key->validated)))
            found = key;
    }
    return found;
}
