#include "lint/world_inside.h"

#include "base/str.h"
#include "sql/hash.h"
#include "sql/token.h"

keel_world *keel_world_empty(keel_arena *arena)
{
    keel_world *world = keel_arena_alloc(arena, sizeof *world);

    world->arena = arena;
    return world;
}

bool keel_world_live(const keel_world *world)
{
    return world->pg != NULL;
}

int keel_world_server_version(const keel_world *world)
{
    return world->server_version;
}

bool keel_world_has_standby(const keel_world *world)
{
    return world->standby;
}

keel_pg *keel_world_pg(const keel_world *world)
{
    return world->pg;
}

keel_world_table *keel_world_add(keel_world *world, const char *schema, const char *name)
{
    keel_world_table *table = keel_arena_alloc(world->arena, sizeof *table);

    *table = (keel_world_table){.schema = schema != NULL && *schema != '\0' ? schema : world->default_schema,
                                .name = name, .rows = -1, .bytes = -1, .writes = -1};
    keel_arena_push(world->arena, &world->tables, table);
    return table;
}

/* The newest of that name: a table may have been dropped and made anew. */
keel_world_table *keel_world_table_mutable(const keel_world *world, const char *schema, const char *name)
{
    if (schema == NULL || *schema == '\0')
        schema = world->default_schema;
    for (size_t i = world->tables.count; i-- > 0;) {
        keel_world_table *table = world->tables.items[i];
        bool placed = schema == NULL || table->schema == NULL || keel_streq(table->schema, schema);
        if (!table->dropped && placed && keel_streq(table->name, name))
            return table;
    }
    return NULL;
}

keel_world_table *keel_world_relation_mutable(const keel_world *world, const keel_sql_node *range_var)
{
    return keel_world_table_mutable(world, keel_sql_text_of(range_var, "schemaname"), keel_sql_text_of(range_var, "relname"));
}

const keel_world_table *keel_world_table_find(const keel_world *world, const char *schema, const char *name)
{
    return keel_world_table_mutable(world, schema, name);
}

const keel_world_table *keel_world_partition(const keel_world *world, const keel_world_table *parent, size_t *at)
{
    const char *full = keel_arena_printf(world->arena, "%s.%s", parent->schema != NULL ? parent->schema : "", parent->name);

    while (*at < world->tables.count) {
        const keel_world_table *table = world->tables.items[(*at)++];
        if (!table->dropped && keel_streq(table->parent, full))
            return table;
    }
    return NULL;
}

const keel_world_table *keel_world_relation(const keel_world *world, const keel_sql_node *range_var)
{
    return keel_world_relation_mutable(world, range_var);
}

const keel_world_table *keel_world_index_table(const keel_world *world, const char *schema, const char *index,
                                               const keel_world_index **ret_index)
{
    for (size_t i = world->tables.count; i-- > 0;) {
        const keel_world_table *table = world->tables.items[i];
        bool placed = schema == NULL || *schema == '\0' || table->schema == NULL || keel_streq(table->schema, schema);
        for (size_t k = 0; placed && !table->dropped && k < table->indexes.count; k++)
            if (keel_streq(table->indexes.items[k].name, index)) {
                *ret_index = &table->indexes.items[k];
                return table;
            }
    }
    return NULL;
}

const keel_world_column *keel_world_column_find(const keel_world_table *table, const char *name)
{
    for (size_t i = 0; table != NULL && i < table->columns.count; i++)
        if (!table->columns.items[i].dropped && keel_streq(table->columns.items[i].name, name))
            return &table->columns.items[i];
    return NULL;
}

const keel_world_constraint *keel_world_constraint_find(const keel_world_table *table, const char *name)
{
    for (size_t i = 0; table != NULL && i < table->constraints.count; i++)
        if (keel_streq(table->constraints.items[i].name, name))
            return &table->constraints.items[i];
    return NULL;
}

const char *keel_world_new_enum_value(const keel_world *world, int transaction, size_t *at)
{
    while (*at < world->enum_values.count) {
        size_t i = (*at)++;
        if (world->enum_values.items[i].transaction == transaction)
            return world->enum_values.items[i].value;
    }
    return NULL;
}

bool keel_world_proves_not_null(const keel_world_table *table, const char *column, int transaction)
{
    (void)transaction; /* a CHECK that this very transaction has validated is valid for it too */
    for (size_t i = 0; table != NULL && i < table->constraints.count; i++) {
        const keel_world_constraint *c = &table->constraints.items[i];
        if (c->type == 'c' && c->validated && keel_streq(c->not_null_column, column))
            return true;
    }
    return false;
}

static bool leads(const keel_world_index *index, const char *const *columns, size_t count)
{
    if (!index->valid || index->partial || index->column_count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < count; k++)
            found = found || keel_streq(index->columns[k], columns[i]);
        if (!found)
            return false;
    }
    return true;
}

bool keel_world_index_leads(const keel_world_table *table, const char *const *columns, size_t count)
{
    for (size_t i = 0; table != NULL && i < table->indexes.count; i++)
        if (leads(&table->indexes.items[i], columns, count))
            return true;
    return false;
}

const char *keel_world_tokens(keel_arena *arena, const char *expression)
{
    KEEL_CLEANUP(keel_str_free) keel_str normal = {0};

    keel_sql_normal(expression, strlen(expression), &normal);
    return keel_arena_strdup(arena, keel_str_text(&normal));
}

/* An identifier as it is stored: folded, or without its quotes. */
static const char *stored(keel_arena *arena, const char *text, keel_sql_token token)
{
    bool quoted = token.kind == KEEL_SQL_IDENTIFIER && token.size >= 2;
    char *name = keel_arena_strndup(arena, text + token.start + quoted, token.size - 2 * (size_t)quoted);

    for (char *c = name; !quoted && *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c |= 0x20;
    return name;
}

const char *keel_world_not_null_column(keel_arena *arena, const char *expression)
{
    static const char *const words[] = {"is", "not", "null"};
    const char *column = NULL;
    size_t size = strlen(expression), seen = 0;

    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(expression, size, at);
        at = token.start + token.size;
        if (token.kind == KEEL_SQL_SPACE || keel_sql_is_mark(expression, token, '(') ||
            keel_sql_is_mark(expression, token, ')'))
            continue;
        if (column == NULL && (token.kind == KEEL_SQL_WORD || token.kind == KEEL_SQL_IDENTIFIER))
            column = stored(arena, expression, token);
        else if (column != NULL && seen < KEEL_COUNT_OF(words) && keel_sql_is_word(expression, token, words[seen]))
            seen++;
        else
            return NULL;
    }
    return seen == KEEL_COUNT_OF(words) ? column : NULL;
}

char keel_world_volatility(const keel_world *world, const char *schema, const char *function)
{
    static const char *const volatiles[] = {"random", "gen_random_uuid", "uuid_generate_v4", "uuid_generate_v1",
                                            "clock_timestamp", "timeofday", "nextval", "setval", "uuidv4", "uuidv7"};
    static const char *const stables[] = {"now", "transaction_timestamp", "statement_timestamp", "current_setting"};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {function, schema};
    keel_error ignored = {0};

    if (world->pg != NULL &&
        keel_pg_query(world->pg, &r, &ignored,
                      "SELECT min(p.provolatile::text), max(p.provolatile::text) FROM pg_catalog.pg_proc p"
                      " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.proname = $1"
                      " AND ($2 = '' OR n.nspname = $2)", 2, params) &&
        keel_pg_rows(r) == 1 && !keel_pg_is_null(r, 0, 1))
        return keel_pg_text(r, 0, 1)[0]; /* 'v' if any of that name is volatile */
    for (size_t i = 0; i < KEEL_COUNT_OF(volatiles); i++)
        if (keel_streq(volatiles[i], function))
            return 'v';
    for (size_t i = 0; i < KEEL_COUNT_OF(stables); i++)
        if (keel_streq(stables[i], function))
            return 's';
    return 0;
}
