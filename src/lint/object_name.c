/* The names that PostgreSQL gives by itself (makeObjectName, ChooseConstraintName and ChooseIndexName in its sources). */
#include <string.h>

#include "base/str.h"
#include "lint/rule.h"
#include "lint/world_inside.h"

enum { NAME_SIZE = 63 };

/* At most `size` bytes of it, and no half character. */
static size_t clipped(const char *name, size_t size)
{
    size = KEEL_MIN(size, strlen(name));
    while (size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80)
        size--;
    return size;
}

const char *keel_lint_object_name(keel_arena *arena, const char *table, const char *columns, const char *label)
{
    size_t first = strlen(table), second = strlen(columns);
    size_t left = NAME_SIZE - strlen(label) - 1 - (second > 0);

    while (first + second > left)
        if (first > second)
            first--;
        else
            second--;
    first = clipped(table, first);
    second = clipped(columns, second);
    return keel_arena_printf(arena, "%.*s%s%.*s_%s", (int)first, table, *columns != '\0' ? "_" : "", (int)second, columns, label);
}

static bool is_taken_on(const keel_world_table *table, const char *name)
{
    bool taken = keel_streq(table->name, name);

    for (size_t i = 0; i < table->constraints.count; i++)
        taken = taken || keel_streq(table->constraints.items[i].name, name);
    for (size_t i = 0; i < table->indexes.count; i++)
        taken = taken || keel_streq(table->indexes.items[i].name, name);
    return taken && !table->dropped;
}

bool keel_world_name_taken(const keel_world *world, const char *schema, const char *name)
{
    for (size_t i = 0; i < world->tables.count; i++) {
        const keel_world_table *table = world->tables.items[i];
        bool there = schema == NULL || table->schema == NULL || keel_streq(table->schema, schema);
        if (there && is_taken_on(table, name))
            return true;
    }
    return false;
}

/* Has the run given it something nameless, whose name may be the one that we look for? */
static bool has_nameless(const keel_world_table *table)
{
    for (size_t i = 0; table != NULL && i < table->constraints.count; i++)
        if (table->constraints.items[i].name[0] == '\0')
            return true;
    return false;
}

const char *keel_lint_choose_name(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *nameless,
                                  const char *columns, const char *label)
{
    const keel_sql_node *relation = keel_sql_get(s->node, "relation");
    const keel_world_table *table = keel_lint_table(lint, s);
    const char *schema = table != NULL ? table->schema : keel_sql_text_of(relation, "schemaname");
    const char *known = keel_lint_name_given(lint, nameless), *name = NULL;

    if (known != NULL)
        return known;
    if (columns == NULL || has_nameless(table))
        return NULL;
    schema = schema != NULL && *schema != '\0' ? schema : NULL;
    for (int pass = 0; name == NULL; pass++) {
        const char *numbered = pass == 0 ? label : keel_arena_printf(keel_lint_arena(lint), "%s%d", label, pass);
        const char *wanted = keel_lint_object_name(keel_lint_arena(lint), keel_sql_text_of(relation, "relname"), columns, numbered);
        if (!keel_world_name_taken(keel_lint_world(lint), schema, wanted) && !keel_lint_name_is_given(lint, wanted))
            name = wanted;
    }
    keel_lint_give_name(lint, nameless, name);
    return name;
}

/* "a_b", as long as a name may be. */
static const char *joined(keel_lint *lint, const keel_sql_node *def, const char *key)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(def, key, &items);
    const char *names = "";

    for (size_t i = 0; i < count && strlen(names) <= NAME_SIZE; i++)
        names = keel_arena_printf(keel_lint_arena(lint), "%s%s%s", names, i > 0 ? "_" : "", keel_sql_text_of(&items[i], "sval"));
    return names;
}

typedef struct columns_named {
    const char *name; /* the only one so far */
    bool several, unknown;
} columns_named;

static bool note_column(const keel_sql_node *node, void *context)
{
    columns_named *named = context;
    const keel_sql_node *fields = NULL;
    size_t count = keel_sql_kind_is(node, "ColumnRef") ? keel_sql_list(node, "fields", &fields) : 0;
    const char *name = count > 0 ? keel_sql_text_of(&fields[count - 1], "sval") : NULL;

    if (name == NULL)
        return false;
    named->unknown = named->unknown || *name == '\0' || count > 2;
    named->several = named->several || (named->name != NULL && !keel_streq(named->name, name));
    named->name = name;
    return false;
}

/* The column that a CHECK is about, "" if none or several are; NULL if it cannot be known. */
static const char *column_of_check(const keel_sql_node *def)
{
    columns_named named = {0};

    keel_sql_walk(keel_sql_get(def, "raw_expr"), note_column, &named);
    return named.unknown ? NULL : named.name == NULL || named.several ? "" : named.name;
}

/* The columns of a key and, as PostgreSQL has it, those that its index includes. */
static const char *columns_of_key(keel_lint *lint, const keel_sql_node *def)
{
    const char *keys = joined(lint, def, "keys"), *more = joined(lint, def, "including");

    return *more != '\0' ? keel_arena_printf(keel_lint_arena(lint), "%s_%s", keys, more) : keys;
}

const char *keel_lint_constraint_name(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *def,
                                      const keel_sql_node *column)
{
    const char *name = keel_sql_text_of(def, "conname"), *type = keel_sql_text_of(def, "contype");
    const char *own = column != NULL ? keel_sql_text_of(column, "colname") : NULL;

    if (*name != '\0')
        return name;
    if (keel_streq(type, "CONSTR_CHECK"))
        return keel_lint_choose_name(lint, s, def, column_of_check(def), "check");
    if (keel_streq(type, "CONSTR_FOREIGN"))
        return keel_lint_choose_name(lint, s, def, own != NULL ? own : joined(lint, def, "fk_attrs"), "fkey");
    if (keel_streq(type, "CONSTR_PRIMARY"))
        return keel_lint_choose_name(lint, s, def, "", "pkey");
    return keel_lint_choose_name(lint, s, def, own != NULL ? own : columns_of_key(lint, def), "key");
}
