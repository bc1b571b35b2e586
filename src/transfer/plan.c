/* The plan: which tables go where. Columns, references and reading are made by its sibling files. */
#include "transfer/plan.h"

#include <strings.h>

keel_plan_table *keel_plan_find_source(const keel_plan *plan, const char *source)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (strcasecmp(plan->tables[i]->source->name, source) == 0)
            return plan->tables[i];
    return NULL;
}

int keel_plan_column_by_source(const keel_plan_table *table, const char *source)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (table->columns.items[i].source != NULL && strcasecmp(table->columns.items[i].source, source) == 0)
            return (int)i;
    return -1;
}

const char *keel_plan_relation(const keel_plan *plan, const keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_pg_add_qualified(&name, table->schema, table->name);
    return keel_arena_strdup(plan->arena, name.data);
}

static bool listed(const char *const *list, const char *name)
{
    for (; list != NULL && *list != NULL; list++)
        if (strcasecmp(*list, name) == 0)
            return true;
    return false;
}

static bool known_source(const keel_plan *plan, const char *name)
{
    return keel_sqlite_find_table(plan->source, name) != NULL;
}

static const char *nearest_source(const keel_plan *plan, const char *name)
{
    size_t count = plan->source->tables.count;
    const char **names = keel_arena_alloc(plan->arena, (count + 1) * sizeof *names);

    for (size_t i = 0; i < count; i++)
        names[i] = plan->source->tables.items[i].name;
    return keel_nearest_word(name, names, count);
}

static bool unknown_table(const keel_plan *plan, const char *where, const char *name, keel_error *err)
{
    const char *nearest = nearest_source(plan, name);

    keel_fail(err, KEEL_ERR_USAGE, "%s: the source has no table \"%s\"", where, name);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
    return keel_fail_hint(err, "`pgkeel transfer plan` without %s shows the tables of the source.", where);
}

static bool check_list(const keel_plan *plan, const char *option, const char *const *list, keel_error *err)
{
    for (; list != NULL && *list != NULL; list++)
        if (!known_source(plan, *list))
            return unknown_table(plan, option, *list, err);
    return true;
}

/* Every name that the user wrote exists; a typo never means "nothing to do". */
static bool check_names(const keel_plan *plan, keel_error *err)
{
    if (!check_list(plan, "--table", plan->options.only, err) || !check_list(plan, "--exclude", plan->options.exclude, err))
        return false;
    for (size_t i = 0; i < plan->mapping->tables.count; i++) {
        const keel_map_table *table = &plan->mapping->tables.items[i];
        if (!known_source(plan, table->source)) {
            const char *nearest = nearest_source(plan, table->source);
            keel_yaml_fail(table->node, plan->mapping->file, err, "the source has no table \"%s\"", table->source);
            if (nearest != NULL)
                keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
            return false;
        }
    }
    return true;
}

static bool selected(const keel_plan *plan, const keel_sqlite_table *table)
{
    const keel_map_table *mapping = keel_mapping_table(plan->mapping, table->name);

    if (table->is_virtual || table->shadow)
        return false;
    if (mapping != NULL && mapping->skip)
        return false;
    if (plan->options.only != NULL && plan->options.only[0] != NULL && !listed(plan->options.only, table->name))
        return false;
    return !listed(plan->options.exclude, table->name);
}

/* A table of that name without regard to case, if exactly one exists. */
static keel_pg_table *find_target(const keel_plan *plan, const char *schema, const char *name)
{
    keel_pg_table *exact = keel_pg_catalog_find(plan->catalog, schema, name);
    keel_pg_table *blind = NULL;

    if (exact != NULL)
        return exact;
    for (size_t i = 0; i < plan->catalog->tables.count; i++) {
        keel_pg_table *table = plan->catalog->tables.items[i];
        if (strcmp(table->schema, schema) != 0 || strcasecmp(table->name, name) != 0)
            continue;
        if (blind != NULL)
            return NULL;
        blind = table;
    }
    return blind;
}

static const keel_run_table *journalled_table(const keel_run_table *tables, size_t count, const char *source)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].source, source) == 0)
            return &tables[i];
    return NULL;
}

static void place_table(keel_plan *plan, keel_plan_table *table, keel_report *report)
{
    const keel_map_table *mapping = table->mapping;
    const char *name = mapping != NULL && mapping->to_table != NULL ? mapping->to_table : table->source->name;

    table->schema = mapping != NULL && mapping->to_schema != NULL ? mapping->to_schema : plan->schema;
    table->name = name;
    table->target = find_target(plan, table->schema, name);
    table->create = table->target == NULL;
    if (table->journalled != NULL)
        table->create = table->journalled->created;
    if (table->target != NULL)
        table->name = table->target->name;
    if (table->target == NULL && plan->options.no_create)
        keel_report_addf(report, KEEL_CRITICAL, "target.no_table", table->source->name, NULL,
                         "Leave out --no-create, or name the table with `to:` in the mapping.",
                         "the target has no table \"%s.%s\"", table->schema, name);
    if (table->target != NULL && table->target->kind != 'r' && table->target->kind != 'p')
        keel_report_addf(report, KEEL_CRITICAL, "target.not_a_table", table->source->name, NULL,
                         "Choose another name with `to:` in the mapping.", "\"%s.%s\" is not a table", table->schema, name);
}

static void collect_tables(keel_plan *plan, const keel_run_table *journalled, size_t count, keel_report *report)
{
    size_t all = plan->source->tables.count;

    plan->tables = keel_arena_alloc(plan->arena, (all + 1) * sizeof(keel_plan_table *));
    for (size_t i = 0; i < all; i++) {
        const keel_sqlite_table *source = &plan->source->tables.items[i];
        if (!selected(plan, source))
            continue;
        keel_plan_table *table = keel_arena_alloc(plan->arena, sizeof *table);
        table->source = source;
        table->mapping = keel_mapping_table(plan->mapping, source->name);
        table->journalled = journalled_table(journalled, count, source->name);
        table->key_column = -1;
        table->source_rows = -1;
        table->fire_triggers = !plan->options.skip_triggers;
        place_table(plan, table, report);
        plan->tables[plan->table_count++] = table;
    }
}

/* Two source tables into one target table would mix their keys: nobody asked for that by name alone. */
static void check_collisions(const keel_plan *plan, keel_report *report)
{
    for (size_t i = 0; i < plan->table_count; i++)
        for (size_t j = i + 1; j < plan->table_count; j++) {
            const keel_plan_table *a = plan->tables[i], *b = plan->tables[j];
            if (strcmp(a->schema, b->schema) == 0 && strcmp(a->name, b->name) == 0)
                keel_report_addf(report, KEEL_CRITICAL, "plan.two_into_one", b->source->name, NULL,
                                 "Give one of them another name with `to:` in the mapping.",
                                 "\"%s\" and \"%s\" would both go into \"%s.%s\"", a->source->name, b->source->name,
                                 a->schema, a->name);
        }
}

/* Where new tables go; a schema that does not exist yet is created by the run. */
static bool choose_schema(keel_plan *plan, keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    plan->schema = plan->options.schema != NULL ? plan->options.schema : plan->catalog->default_schema;
    if (plan->schema == NULL)
        plan->schema = "public";
    const char *params[] = {plan->schema};
    if (!keel_pg_query(pg, &result, err, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", 1, params))
        return false;
    plan->creates_schema = keel_pg_rows(result) == 0;
    return true;
}

bool keel_plan_make(keel_arena *arena, keel_sqlite *db, keel_pg *pg, const keel_plan_options *options,
                    const keel_mapping *mapping, const keel_run_table *journalled, size_t journalled_count,
                    keel_report *report, keel_plan **ret_plan, keel_error *err)
{
    keel_plan *plan = keel_arena_alloc(arena, sizeof *plan);
    keel_sqlite_schema *source = NULL;

    plan->arena = arena;
    plan->options = *options;
    plan->mapping = mapping;
    if (!keel_sqlite_schema_load(db, arena, &source, err))
        return keel_fail_context(err, "read the source's schema");
    plan->source = source;
    if (!check_names(plan, err))
        return false;
    if (!keel_pg_catalog_load(pg, arena, &plan->catalog, err))
        return keel_fail_context(err, "read the target's catalogue");
    if (!choose_schema(plan, pg, err))
        return false;
    collect_tables(plan, journalled, journalled_count, report);
    if (plan->table_count == 0) {
        keel_fail(err, KEEL_ERR_USAGE, "no table is selected");
        return keel_fail_hint(err, "The source has %zu tables; look at --table, --exclude and `skip` in the mapping.",
                              source->tables.count);
    }
    check_collisions(plan, report);
    for (size_t i = 0; i < plan->table_count; i++)
        if (!keel_plan_table_make(plan, db, pg, plan->tables[i], report, err))
            return keel_fail_context(err, "plan table \"%s\"", plan->tables[i]->source->name);
    if (!keel_plan_link(plan, report, err))
        return false;
    for (size_t i = 0; i < plan->table_count; i++)
        if (!keel_plan_select(plan, db, plan->tables[i], err))
            return keel_fail_context(err, "plan table \"%s\"", plan->tables[i]->source->name);
    *ret_plan = plan;
    return true;
}
