/* The parent of a foreign key as the target has it: a table of this plan, or one that stands there
 * anyway. */
#include <strings.h>

#include "transfer/ddl_inside.h"

static const keel_pg_table *
find_existing(const keel_plan *plan, const char *schema, const char *name)
{
    const keel_pg_table *blind = NULL;

    if (plan->catalog == NULL)
        return NULL;
    const keel_pg_table *exact = keel_pg_catalog_find(plan->catalog, schema, name);
    if (exact != NULL)
        return exact;
    for (size_t i = 0; i < plan->catalog->tables.count; i++) {
        const keel_pg_table *table = plan->catalog->tables.items[i];
        if (strcmp(table->schema, schema) != 0 || strcasecmp(table->name, name) != 0)
            continue;
        if (blind != NULL)
            return NULL;
        blind = table;
    }
    return blind;
}

static const keel_plan_table *find_planned(const keel_plan *plan, const char *source)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (strcasecmp(plan->tables[i]->source->name, source) == 0)
            return plan->tables[i];
    return NULL;
}

bool keel_create_parent_find(const keel_create_maker *maker,
                             const char *source,
                             keel_create_parent *ret_parent)
{
    const keel_plan *plan = maker->plan;
    keel_create_parent parent = {.planned = find_planned(plan, source)};

    parent.mapping = plan->mapping == NULL ? NULL : keel_mapping_table(plan->mapping, source);
    if (parent.planned != NULL) {
        parent.shape = keel_create_shape_of(maker, parent.planned);
        parent.existing = parent.shape == NULL ? parent.planned->target : NULL;
        parent.schema = parent.planned->schema;
        parent.name = parent.planned->name;
    } else {
        bool schema = parent.mapping != NULL && parent.mapping->to_schema != NULL;
        bool table = parent.mapping != NULL && parent.mapping->to_table != NULL;
        parent.existing = find_existing(plan, schema ? parent.mapping->to_schema : plan->schema,
                                        table ? parent.mapping->to_table : source);
        parent.schema = parent.existing != NULL ? parent.existing->schema : NULL;
        parent.name = parent.existing != NULL ? parent.existing->name : NULL;
    }
    *ret_parent = parent;
    return parent.shape != NULL || parent.existing != NULL;
}

static const keel_pg_column *existing_column(const keel_pg_table *table, const char *name)
{
    const keel_pg_column *column = keel_pg_table_column(table, name);

    for (size_t i = 0; column == NULL && i < table->columns.count; i++)
        if (strcasecmp(table->columns.items[i].name, name) == 0)
            column = &table->columns.items[i];
    return column;
}

bool keel_create_parent_column(const keel_create_parent *parent,
                               const char *source,
                               keel_create_parent_part *ret_part)
{
    const keel_map_column *mapped =
        parent->mapping == NULL ? NULL : keel_map_table_column(parent->mapping, source);

    if (parent->shape != NULL) {
        const keel_create_column *column = keel_create_shape_column(parent->shape, source);
        if (column == NULL)
            return false;
        const char *collation = keel_create_collation(column, NULL);
        *ret_part =
            (keel_create_parent_part){column->target, column->type,
                                      collation != NULL && strcasecmp(collation, "NOCASE") == 0};
        return true;
    }
    const char *name = mapped != NULL && mapped->to != NULL ? mapped->to : source;
    const keel_pg_column *column = existing_column(parent->existing, name);
    if (column != NULL)
        *ret_part = (keel_create_parent_part){column->name, column->type, false};
    return column != NULL;
}

static bool holds(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The same columns, in whatever order. */
static bool same_columns(const keel_create_names *wanted, const char *const *names, size_t count)
{
    if (wanted->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!holds(names, count, wanted->items[i]) ||
            !holds((const char *const *)wanted->items, count, names[i]))
            return false;
    return true;
}

static bool index_covers(const keel_pg_table *table,
                         const keel_pg_index *index,
                         const keel_create_names *wanted)
{
    const char *names[32];

    if (!index->unique || !index->valid || !index->immediate || index->partial || index->expression)
        return false;
    if (index->column_count != wanted->count || wanted->count > KEEL_COUNT_OF(names))
        return false;
    for (size_t i = 0; i < index->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, index->columns[i]);
        if (column == NULL)
            return false;
        names[i] = column->name;
    }
    return same_columns(wanted, names, wanted->count);
}

bool keel_create_parent_unique(const keel_create_maker *maker,
                               const keel_create_parent *parent,
                               const keel_create_names *columns)
{
    const keel_pg_table *existing = parent->existing;

    for (size_t i = 0; parent->shape != NULL && i < maker->uniques.count; i++) {
        const keel_create_unique *unique = &maker->uniques.items[i];
        if (unique->table == parent->planned &&
            same_columns(columns, unique->columns, unique->count))
            return true;
    }
    for (size_t i = 0; existing != NULL && i < existing->indexes.count; i++)
        if (index_covers(existing, &existing->indexes.items[i], columns))
            return true;
    return false;
}
