/* The columns of one table: source column -> target column, type and rule; and what forbids it on the target. */
#include <stdlib.h>
#include <strings.h>

#include "convert/zone.h"
#include "transfer/ddl.h"
#include "transfer/plan.h"

static void critical(keel_report *report, const keel_plan_table *table, const char *column, const char *check,
                     const char *remedy, const char *message)
{
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};

    keel_str_addf(&object, column != NULL ? "%s(%s)" : "%s", table->source->name, column);
    keel_report_addf(report, KEEL_CRITICAL, check, object.data, NULL, remedy, "%s", message);
}

static const keel_pg_column *find_column(const keel_pg_table *target, const char *name)
{
    const keel_pg_column *exact = keel_pg_table_column(target, name);
    const keel_pg_column *blind = NULL;

    if (exact != NULL)
        return exact;
    for (size_t i = 0; i < target->columns.count; i++) {
        if (strcasecmp(target->columns.items[i].name, name) != 0)
            continue;
        if (blind != NULL)
            return NULL;
        blind = &target->columns.items[i];
    }
    return blind;
}

static const char *nearest_column(const keel_plan *plan, const keel_pg_table *target, const char *name)
{
    const char **names = keel_arena_alloc(plan->arena, (target->columns.count + 1) * sizeof *names);

    for (size_t i = 0; i < target->columns.count; i++)
        names[i] = target->columns.items[i].name;
    return keel_nearest_word(name, names, target->columns.count);
}

static bool needs_profile(const keel_plan *plan, const keel_plan_table *table)
{
    if (plan->options.scan)
        return true;
    for (size_t i = 0; table->create && i < table->source->columns.count; i++)
        if (keel_type_for_declaration(plan->arena, &table->source->columns.items[i]) == NULL)
            return true;
    return false;
}

static bool profile_table(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err)
{
    if (!needs_profile(plan, table))
        return true;
    keel_sqlite_profile *profiles = keel_arena_alloc(plan->arena, (table->source->columns.count + 1) * sizeof *profiles);
    if (!keel_sqlite_profile_table(db, table->source, profiles, err))
        return false;
    table->profiles = profiles;
    return true;
}

/* The type of a column of a table that is to be created. */
static bool created_type(keel_plan *plan, keel_pg *pg, const keel_plan_table *table, const keel_sqlite_column *source,
                         keel_plan_column *column, keel_error *err)
{
    size_t index = (size_t)(source - table->source->columns.items);
    const char *name = keel_type_for_declaration(plan->arena, source);

    if (name == NULL)
        name = keel_type_for_cells(&table->profiles[index]);
    if (table->source->rowid_alias != NULL && strcmp(table->source->rowid_alias, source->name) == 0)
        name = "bigint";
    column->type = keel_pg_type_builtin(plan->arena, name);
    return column->type != NULL || keel_pg_type_by_name(pg, plan->arena, name, &column->type, err);
}

static bool mapped_rule(keel_plan *plan, const keel_map_column *mapped, keel_rule *rule, keel_error *err)
{
    rule->misfit = mapped->misfit;
    rule->round = mapped->round;
    rule->empty_is_null = mapped->empty_is_null;
    rule->allow_duplicate_keys = mapped->allow_duplicate_keys;
    rule->allow_nan = mapped->allow_nan;
    rule->text_is_bytes = mapped->text_is_bytes;
    rule->epoch_integer = mapped->epoch;
    rule->epoch_real = mapped->epoch;
    if (mapped->default_text != NULL) {
        keel_cell *cell = keel_arena_alloc(plan->arena, sizeof *cell);
        *cell = (keel_cell){.class = KEEL_CELL_TEXT,
                            .bytes = (const unsigned char *)mapped->default_text,
                            .size = strlen(mapped->default_text)};
        rule->default_cell = cell;
    }
    if (mapped->time_zone == NULL)
        return true;
    rule->zone_stated = true;
    if (keel_zone_load(plan->arena, mapped->time_zone, &rule->zone, err))
        return true;
    keel_yaml_fail(mapped->node, plan->mapping->file, err, "time zone \"%s\" is not known", mapped->time_zone);
    return keel_fail_hint(err, "Use a name of the time zone database, such as UTC or Europe/Copenhagen.");
}

/* The default must itself fit, or every use of it would be a second misfit. */
static void check_default(const keel_plan_table *table, const keel_plan_column *column, keel_report *report)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_rule rule = column->rule;
    keel_rule_counts counts = {0};

    if (rule.default_cell == NULL)
        return;
    rule.misfit = KEEL_MISFIT_REJECT;
    if (keel_encode(&rule, rule.default_cell, &out, &counts, NULL) != KEEL_FITS)
        critical(report, table, column->source, "mapping.default", "Give a default that the column's type can hold.",
                 "the default of the mapping does not fit the target column");
}

static bool make_rule(keel_plan *plan, const keel_plan_table *table, keel_plan_column *column,
                      const keel_map_column *mapped, keel_report *report, keel_error *err)
{
    const keel_sqlite_column *source = column->source_column;
    keel_rule *rule = &column->rule;

    rule->type = column->type;
    rule->not_null = column->target_column != NULL ? column->target_column->not_null
                                                   : source->not_null || source->primary_key > 0;
    if (column->type->domain_not_null)
        rule->not_null = true;
    if (mapped != NULL && !mapped_rule(plan, mapped, rule, err))
        return false;
    column->as_text = !keel_encode_supports(column->type);
    if (rule->misfit == KEEL_MISFIT_NULL && rule->not_null)
        critical(report, table, column->source, "mapping.null_policy",
                 "Use `default:` or `reject`, or make the column nullable.",
                 "on_misfit: null is stated, but the target column is NOT NULL");
    if (rule->misfit == KEEL_MISFIT_NEW_UUID && column->type->kind != KEEL_PG_UUID)
        critical(report, table, column->source, "mapping.new_uuid", "Use new_uuid on a uuid column.",
                 "on_misfit: new_uuid is stated, but the target column is not a uuid");
    check_default(table, column, report);
    return true;
}

/* Finds the target column of a source column; false if the column is not to be sent (said in a finding). */
static bool place_column(keel_plan *plan, const keel_plan_table *table, const keel_map_column *mapped,
                         keel_plan_column *column, keel_report *report)
{
    const char *name = mapped != NULL && mapped->to != NULL ? mapped->to : column->source;

    column->target = name;
    if (table->target == NULL)
        return true;
    column->target_column = find_column(table->target, name);
    if (column->target_column == NULL) {
        const char *nearest = nearest_column(plan, table->target, name);
        const char *remedy = nearest != NULL
                                 ? keel_arena_printf(plan->arena, "Say `to: %s`, or `skip` it in the mapping.", nearest)
                                 : "Name its target with `to:`, or `skip` it in the mapping.";
        critical(report, table, column->source, "target.no_column", remedy,
                 keel_arena_printf(plan->arena, "the target table \"%s.%s\" has no column \"%s\"", table->schema,
                                   table->name, name));
        return false;
    }
    column->target = column->target_column->name;
    column->type = column->target_column->type;
    column->identity_always = column->target_column->identity == 'a';
    if (column->target_column->generated) {
        keel_report_addf(report, KEEL_INFO, "target.generated", table->source->name, NULL, NULL,
                         "column \"%s\" is generated by the target and not sent", column->target);
        return false;
    }
    return true;
}

static bool add_column(keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_plan_table *table, const keel_sqlite_column *source,
                       keel_report *report, keel_error *err)
{
    const keel_map_column *mapped = table->mapping != NULL ? keel_map_table_column(table->mapping, source->name) : NULL;
    keel_plan_column column = {.source = source->name, .source_column = source};

    if (source->hidden || (mapped != NULL && mapped->skip))
        return true;
    if (!place_column(plan, table, mapped, &column, report))
        return true;
    if (table->target == NULL && !created_type(plan, pg, table, source, &column, err))
        return false;
    if (!make_rule(plan, table, &column, mapped, report, err) ||
        !keel_plan_epoch(plan, db, table, &column, report, err))
        return keel_fail_context(err, "column \"%s\"", source->name);
    column.cell = (int)table->columns.count;
    keel_arena_push(plan->arena, &table->columns, column);
    return true;
}

/* Generated columns whose expression the target can hold are computed there and not sent. */
static void drop_carried_generated(keel_plan *plan, keel_plan_table *table)
{
    size_t kept = 0;

    if (table->target != NULL)
        return;
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        const char *sql = NULL, *note = NULL;
        if (column->source_column->generated != KEEL_NOT_GENERATED &&
            keel_ddl_generated_sql(plan->arena, table, column->source_column, &sql, &note))
            continue;
        table->columns.items[kept++] = *column;
    }
    table->columns.count = kept;
    for (size_t i = 0; i < kept; i++)
        table->columns.items[i].cell = (int)i;
}

/* After a resume the table that the run created stands in the target: its generated columns are known from there. */
static bool check_mapping_columns(const keel_plan *plan, const keel_plan_table *table, keel_error *err)
{
    for (size_t i = 0; table->mapping != NULL && i < table->mapping->columns.count; i++) {
        const keel_map_column *mapped = &table->mapping->columns.items[i];
        if (keel_sqlite_find_column(table->source, mapped->source) != NULL)
            continue;
        const char **names = keel_arena_alloc(plan->arena, (table->source->columns.count + 1) * sizeof *names);
        for (size_t j = 0; j < table->source->columns.count; j++)
            names[j] = table->source->columns.items[j].name;
        const char *nearest = keel_nearest_word(mapped->source, names, table->source->columns.count);
        keel_yaml_fail(mapped->node, plan->mapping->file, err, "table \"%s\" has no column \"%s\"", table->source->name,
                       mapped->source);
        if (nearest != NULL)
            keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
        return false;
    }
    return true;
}

static bool covered(const keel_plan_table *table, const char *target)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].target, target) == 0)
            return true;
    for (size_t i = 0; i < table->sets.count; i++)
        if (strcmp(table->sets.items[i]->target, target) == 0)
            return true;
    return false;
}

static bool add_sets(keel_plan *plan, keel_plan_table *table, keel_report *report, keel_error *err)
{
    for (size_t i = 0; table->mapping != NULL && i < table->mapping->sets.count; i++) {
        const keel_map_set *set = &table->mapping->sets.items[i];
        if (table->target != NULL && keel_pg_table_column(table->target, set->target) == NULL) {
            const char *nearest = nearest_column(plan, table->target, set->target);
            keel_yaml_fail(set->node, plan->mapping->file, err, "the target table \"%s.%s\" has no column \"%s\"",
                           table->schema, table->name, set->target);
            if (nearest != NULL)
                keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
            return false;
        }
        if (table->target == NULL) {
            critical(report, table, set->target, "mapping.set",
                     "Create the table first, or take `set` out of the mapping.",
                     "`set` names a column of a table that is to be created from the source");
            continue;
        }
        if (covered(table, set->target))
            critical(report, table, set->target, "mapping.set", "Skip the source column, or take `set` out.",
                     "`set` names a column that a source column fills already");
        keel_arena_push(plan->arena, &table->sets, set);
    }
    return true;
}

/* Target columns that nothing fills and that may not be empty. */
static void check_uncovered(const keel_plan *plan, const keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; table->target != NULL && i < table->target->columns.count; i++) {
        const keel_pg_column *column = &table->target->columns.items[i];
        if (covered(table, column->name) || column->generated)
            continue;
        if (column->not_null && column->default_sql == NULL && column->identity == 0)
            critical(report, table, column->name, "target.no_source",
                     keel_arena_printf(plan->arena, "Say in the mapping: set: {%s: {value: \"...\"}} or {sql: \"...\"}.",
                                       column->name),
                     keel_arena_printf(plan->arena, "target column \"%s\" is NOT NULL without a default and has no source",
                                       column->name));
    }
}

static void check_match(const keel_plan *plan, const keel_plan_table *table, keel_report *report)
{
    for (size_t i = 0; table->mapping != NULL && i < table->mapping->match.count; i++) {
        const char *name = table->mapping->match.items[i];
        if (!covered(table, name))
            critical(report, table, name, "mapping.match", "Name target columns that the source fills.",
                     keel_arena_printf(plan->arena, "match names \"%s\", which is not transferred", name));
    }
}

/* The target's single-column key among the columns that are sent. */
static void find_key(keel_plan_table *table)
{
    const char *name = NULL;

    if (table->target != NULL) {
        const keel_pg_constraint *key = keel_pg_table_primary_key(table->target);
        if (key != NULL && key->column_count == 1)
            name = keel_pg_table_column_number(table->target, key->columns[0])->name;
    }
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        size_t parts = 0;
        for (size_t j = 0; j < table->source->columns.count; j++)
            parts += table->source->columns.items[j].primary_key > 0;
        bool is_key = name != NULL ? strcmp(column->target, name) == 0
                                   : (table->create && parts == 1 && column->source_column->primary_key > 0);
        if (is_key)
            table->key_column = (int)i;
    }
    if (table->key_column < 0)
        return;
    const keel_plan_column *key = &table->columns.items[table->key_column];
    table->integer_key = key->type->kind == KEEL_PG_INT8 || key->type->kind == KEEL_PG_INT4 || key->type->kind == KEEL_PG_INT2;
    table->integer_source_key = key->source_column->affinity == KEEL_AFFINITY_INTEGER;
}

bool keel_plan_table_make(keel_plan *plan, keel_sqlite *db, keel_pg *pg, keel_plan_table *table, keel_report *report,
                          keel_error *err)
{
    if (!check_mapping_columns(plan, table, err) || !profile_table(plan, db, table, err))
        return false;
    for (size_t i = 0; i < table->source->columns.count; i++)
        if (!add_column(plan, db, pg, table, &table->source->columns.items[i], report, err))
            return false;
    drop_carried_generated(plan, table);
    if (!add_sets(plan, table, report, err))
        return false;
    if (table->columns.count == 0)
        critical(report, table, NULL, "plan.no_column", "Map at least one column.", "no column of the table is transferred");
    check_uncovered(plan, table, report);
    check_match(plan, table, report);
    find_key(table);
    if (table->target != NULL)
        keel_plan_check_target(plan, pg, table, report);
    return true;
}
