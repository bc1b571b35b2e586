/* keel_plan_ddl: the tables that the plan creates, in the order of execution, and what stays
 * behind. */
#include "transfer/ddl_inside.h"

#include <strings.h>

#include "base/json_out.h"

const keel_create_shape *keel_create_shape_of(const keel_create_maker *maker,
                                              const keel_plan_table *table)
{
    for (size_t i = 0; i < maker->plan->table_count; i++)
        if (maker->plan->tables[i] == table && table->create)
            return &maker->shapes[i];
    return NULL;
}

const char *keel_create_keep(const keel_create_maker *maker, const keel_str *text)
{
    return keel_arena_strdup(maker->arena, keel_str_text(text));
}

const char *keel_create_relation(const keel_create_maker *maker, const keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_pg_add_qualified(&name, table->schema, table->name);
    return keel_create_keep(maker, &name);
}

const char *keel_create_quoted_list(const keel_create_maker *maker, const keel_create_names *names)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    for (size_t i = 0; i < names->count; i++) {
        keel_str_add(&list, i > 0 ? ", " : "");
        keel_pg_add_identifier(&list, names->items[i]);
    }
    return keel_create_keep(maker, &list);
}

void keel_create_push(keel_create_maker *maker, keel_ddl ddl)
{
    keel_arena_push(maker->arena, &maker->list, ddl);
}

void keel_create_say(keel_create_maker *maker,
                     keel_severity severity,
                     const char *check,
                     const char *object,
                     const char *sql,
                     const char *reason,
                     const char *message)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    keel_json json;

    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    if (sql != NULL)
        keel_json_kv_text(&json, "sql", sql);
    if (reason != NULL)
        keel_json_kv_text(&json, "reason", reason);
    keel_json_end_object(&json);
    keel_report_addf(maker->report, severity, check, object,
                     sql != NULL || reason != NULL ? keel_str_text(&evidence) : NULL, NULL,
                     "%s%s%s", message, reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

/* With --table the user asked for those tables only: what belongs to others was not asked for. */
static bool is_restricted(const keel_plan *plan)
{
    return plan->options.only != NULL && plan->options.only[0] != NULL;
}

static bool concerns(const keel_plan *plan, const char *table)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (strcasecmp(plan->tables[i]->source->name, table) == 0)
            return true;
    return !is_restricted(plan);
}

/* What SQLite has beside tables, each by name. */
static void report_rest(keel_create_maker *maker)
{
    const keel_sqlite_schema *source = maker->plan->source;

    for (size_t i = 0; i < source->tables.count; i++) {
        const keel_sqlite_table *table = &source->tables.items[i];
        if (table->is_virtual && concerns(maker->plan, table->name))
            keel_create_say(maker, KEEL_WARNING, "virtual_table.not_carried", table->name,
                            table->sql, NULL, "the virtual table is not carried");
    }
    for (size_t i = 0; i < source->views.count; i++)
        if (!is_restricted(maker->plan))
            keel_create_say(maker, KEEL_WARNING, "view.not_carried", source->views.items[i].name,
                            source->views.items[i].sql, NULL, "the view is not carried");
    for (size_t i = 0; i < source->triggers.count; i++) {
        const keel_sqlite_named *trigger = &source->triggers.items[i];
        if (concerns(maker->plan, trigger->table))
            keel_create_say(
                maker, KEEL_WARNING, "trigger.not_carried",
                keel_arena_printf(maker->arena, "%s: trigger %s", trigger->table, trigger->name),
                trigger->sql, NULL, "the trigger is not carried");
    }
}

static void for_created(keel_create_maker *maker,
                        void (*make)(keel_create_maker *maker, const keel_create_shape *shape))
{
    for (size_t i = 0; i < maker->plan->table_count; i++)
        if (maker->plan->tables[i]->create)
            make(maker, &maker->shapes[i]);
}

static void make_shapes(keel_create_maker *maker)
{
    const keel_plan *plan = maker->plan;

    maker->shapes = keel_arena_alloc(maker->arena, (plan->table_count + 1) * sizeof *maker->shapes);
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->create)
            keel_create_shape_make(maker->arena, plan->tables[i], &maker->shapes[i]);
}

/* Every foreign key is added before the first is validated: adding waits for nobody. */
static void move_validations_last(keel_create_maker *maker)
{
    keel_ddl_list sorted = {0};

    for (int phase = KEEL_DDL_TABLE; phase <= KEEL_DDL_VALIDATE; phase++)
        for (size_t i = 0; i < maker->list.count; i++)
            if ((int)maker->list.items[i].phase == phase)
                keel_arena_push(maker->arena, &sorted, maker->list.items[i]);
    maker->list = sorted;
}

bool keel_plan_ddl(keel_plan *plan, keel_report *report, keel_ddl_list *ret_list, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *names = keel_map_create();
    keel_create_maker maker = {
        .plan = plan, .arena = plan->arena, .report = report, .names = names};

    (void)err; /* whatever cannot be carried is a finding */
    keel_create_names_reserve(&maker);
    make_shapes(&maker);
    for_created(&maker, keel_create_make_table);
    for_created(&maker, keel_create_make_indexes);
    for_created(&maker, keel_create_make_foreign_keys);
    move_validations_last(&maker);
    report_rest(&maker);
    *ret_list = maker.list;
    return true;
}

const char *keel_plan_create_schema_sql(const keel_plan *plan)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (!plan->creates_schema)
        return NULL;
    keel_str_add(&sql, "CREATE SCHEMA IF NOT EXISTS ");
    keel_pg_add_identifier(&sql, plan->schema);
    return keel_arena_strdup(plan->arena, sql.data);
}
