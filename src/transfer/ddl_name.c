/* Names. PostgreSQL keeps 63 bytes of one, wants tables, indexes and sequences unique in their
 * schema and constraints unique in their table; SQLite asks for much less. */
#include "transfer/ddl_inside.h"

enum { MAX_COLUMNS = 1600 };

static const char *
relation_key(const keel_create_maker *maker, const char *schema, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};

    keel_pg_add_qualified(&key, schema, name);
    return keel_create_keep(maker, &key);
}

static const char *
constraint_key(const keel_create_maker *maker, const keel_plan_table *table, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};

    keel_pg_add_qualified(&key, table->schema, table->name);
    keel_str_addc(&key, ' ');
    keel_pg_add_identifier(&key, name);
    return keel_create_keep(maker, &key);
}

static void take(const keel_create_maker *maker, const char *key)
{
    keel_map_put(maker->names, key, maker->names);
}

static bool is_created(const keel_plan *plan, const keel_pg_table *target)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        const keel_plan_table *table = plan->tables[i];
        if (table->create && strcmp(table->schema, target->schema) == 0 &&
            strcmp(table->name, target->name) == 0)
            return true;
    }
    return false;
}

static void reserve_target(keel_create_maker *maker, const keel_pg_table *target)
{
    take(maker, relation_key(maker, target->schema, target->name));
    for (size_t i = 0; i < target->indexes.count; i++)
        take(maker, relation_key(maker, target->schema, target->indexes.items[i].name));
    for (size_t i = 0; i < target->columns.count; i++)
        if (target->columns.items[i].sequence != NULL)
            take(maker, target->columns.items[i].sequence);
}

/* A table that this run made already (a resume) does not stand in its own way. */
void keel_create_names_reserve(keel_create_maker *maker)
{
    const keel_plan *plan = maker->plan;

    for (size_t i = 0; plan->catalog != NULL && i < plan->catalog->tables.count; i++)
        if (!is_created(plan, plan->catalog->tables.items[i]))
            reserve_target(maker, plan->catalog->tables.items[i]);
    for (size_t i = 0; i < plan->table_count; i++) {
        const keel_plan_table *table = plan->tables[i];
        if (!table->create)
            continue;
        take(maker, relation_key(maker, table->schema, table->name));
        if (table->source->rowid_alias == NULL)
            continue;
        const char *sequence =
            keel_arena_printf(maker->arena, "%s_%s_seq", table->name, table->source->rowid_alias);
        take(maker, relation_key(maker, table->schema, sequence));
    }
}

static void
check_name(keel_create_maker *maker, const char *object, const char *what, const char *name)
{
    static const char *const system_columns[] = {"ctid", "xmin", "xmax",
                                                 "cmin", "cmax", "tableoid"};
    const char *remedy = "Give it another name with `to:` in the mapping.";

    if (name[0] == '\0')
        keel_report_addf(maker->report, KEEL_CRITICAL, "name.empty", object, NULL, remedy,
                         "the %s has an empty name, which PostgreSQL does not allow", what);
    if (strlen(name) > KEEL_NAME_SIZE)
        keel_report_addf(maker->report, KEEL_CRITICAL, "name.too_long", object, NULL, remedy,
                         "the %s name \"%s\" has %zu bytes, PostgreSQL keeps %d", what, name,
                         strlen(name), KEEL_NAME_SIZE);
    for (size_t i = 0; what[0] == 'c' && i < KEEL_COUNT_OF(system_columns); i++)
        if (strcmp(name, system_columns[i]) == 0)
            keel_report_addf(maker->report, KEEL_CRITICAL, "name.reserved", object, NULL, remedy,
                             "\"%s\" is the name of a system column of PostgreSQL", name);
}

void keel_create_names_check(keel_create_maker *maker, const keel_create_shape *shape)
{
    const char *table = shape->table->source->name;

    check_name(maker, table, "table", shape->table->name);
    if (shape->columns.count > MAX_COLUMNS)
        keel_report_addf(maker->report, KEEL_CRITICAL, "table.too_many_columns", table, NULL,
                         "Skip columns in the mapping, or create two tables and split them there.",
                         "%zu columns, a table of PostgreSQL has at most %d", shape->columns.count,
                         MAX_COLUMNS);
    for (size_t i = 0; i < shape->columns.count; i++) {
        const keel_create_column *column = &shape->columns.items[i];
        const char *object = keel_arena_printf(maker->arena, "%s(%s)", table, column->source->name);
        check_name(maker, object, "column", column->target);
    }
}

/* At most `size` bytes, never cutting a character. */
static size_t clipped_size(const char *text, size_t size)
{
    size_t at = strlen(text);

    if (at <= size)
        return at;
    for (at = size; at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80;)
        at--;
    return at;
}

static bool is_free(const keel_create_maker *maker,
                    const keel_plan_table *table,
                    unsigned scopes,
                    const char *name)
{
    if ((scopes & KEEL_NAME_RELATION) != 0 &&
        keel_map_get(maker->names, relation_key(maker, table->schema, name)) != NULL)
        return false;
    return (scopes & KEEL_NAME_CONSTRAINT) == 0 ||
           keel_map_get(maker->names, constraint_key(maker, table, name)) == NULL;
}

static const char *candidate(const keel_create_maker *maker, const char *wanted, size_t attempt)
{
    char suffix[24] = "";

    if (attempt > 1)
        snprintf(suffix, sizeof suffix, "_%zu", attempt);
    size_t size = clipped_size(wanted, KEEL_NAME_SIZE - strlen(suffix));
    return keel_arena_printf(maker->arena, "%.*s%s", (int)size, wanted, suffix);
}

const char *keel_create_name_take(keel_create_maker *maker,
                                  const keel_plan_table *table,
                                  unsigned scopes,
                                  const char *wanted,
                                  const char *object)
{
    const char *name = candidate(maker, wanted, 1);

    for (size_t attempt = 2; !is_free(maker, table, scopes, name); attempt++)
        name = candidate(maker, wanted, attempt);
    if ((scopes & KEEL_NAME_RELATION) != 0)
        take(maker, relation_key(maker, table->schema, name));
    if ((scopes & KEEL_NAME_CONSTRAINT) != 0)
        take(maker, constraint_key(maker, table, name));
    if (object == NULL || strcmp(name, wanted) == 0)
        return name;
    if (strlen(wanted) > KEEL_NAME_SIZE)
        keel_report_addf(maker->report, KEEL_INFO, "name.shortened", object, NULL, NULL,
                         "its name is longer than 63 bytes: it is called \"%s\" in the target",
                         name);
    else
        keel_report_addf(
            maker->report, KEEL_INFO, "name.changed", object, NULL, NULL,
            "the name \"%s\" is taken in schema \"%s\": it is called \"%s\" in the target", wanted,
            table->schema, name);
    return name;
}

const char *keel_create_name_usual(const keel_create_maker *maker,
                                   const keel_plan_table *table,
                                   const keel_create_names *columns,
                                   const char *suffix)
{
    KEEL_CLEANUP(keel_str_free) keel_str middle = {0};

    for (size_t i = 0; i < columns->count; i++)
        keel_str_addf(&middle, "_%s", columns->items[i]);
    size_t first = strlen(table->name), second = middle.size;
    while (first + second + 1 + strlen(suffix) > KEEL_NAME_SIZE)
        *(first > second ? &first : &second) -= 1;
    first = clipped_size(table->name, first);
    second = clipped_size(keel_str_text(&middle), second);
    return keel_arena_printf(maker->arena, "%.*s%.*s_%s", (int)first, table->name, (int)second,
                             keel_str_text(&middle), suffix);
}
