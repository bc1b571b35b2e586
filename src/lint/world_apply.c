/* What a statement leaves behind, as far as later statements of the run are judged by it. */
#include <string.h>

#include "base/str.h"
#include "lint/world_inside.h"

typedef struct applying {
    keel_world *world;
    keel_arena *arena;
    int transaction;
} applying;

static const char **names_of(keel_arena *arena, const keel_sql_node *node, const char *key, size_t *ret_count)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(node, key, &items);
    const char **names = keel_arena_alloc(arena, (count + 1) * sizeof *names);

    for (size_t i = 0; i < count; i++)
        names[i] = keel_sql_text_of(&items[i], "sval");
    *ret_count = count;
    return names;
}

static const char *type_of(keel_arena *arena, const keel_sql_node *column)
{
    const keel_sql_node *type = keel_sql_get(column, "typeName");
    const keel_sql_node *modifiers = NULL;
    size_t count = keel_sql_list(type, "typmods", &modifiers);
    const char *text = keel_sql_name_of(type, "names");

    for (size_t i = 0; i < count; i++)
        text = keel_arena_printf(arena, "%s%s%lld", text, i > 0 ? "," : "(",
                                 (long long)keel_sql_number_of(keel_sql_get(&modifiers[i], "ival"), "ival"));
    return count > 0 ? keel_arena_printf(arena, "%s)", text) : text;
}

static void set_not_null(keel_world_table *table, const char *name, bool not_null)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (keel_streq(table->columns.items[i].name, name))
            table->columns.items[i].not_null = not_null;
}

/* The only CHECK whose meaning matters to later statements: COLUMN IS NOT NULL. */
static const char *not_null_of(const keel_sql_node *expression)
{
    const keel_sql_node *fields = NULL;
    const keel_sql_node *argument = keel_sql_get(expression, "arg");

    if (!keel_sql_kind_is(expression, "NullTest") || !keel_streq(keel_sql_text_of(expression, "nulltesttype"), "IS_NOT_NULL") ||
        !keel_sql_kind_is(argument, "ColumnRef") || keel_sql_list(argument, "fields", &fields) != 1)
        return NULL;
    return keel_sql_text_of(&fields[0], "sval");
}

static void add_index(const applying *a, keel_world_table *table, const char *name, const char **columns, size_t count,
                      bool unique, bool primary)
{
    keel_world_index index = {.name = name, .method = "btree", .columns = columns, .column_count = count, .unique = unique,
                              .primary = primary, .valid = true, .of_constraint = true, .plain = true, .scans = -1,
                              .since = a->transaction};

    keel_arena_push(a->arena, &table->indexes, index);
}

static char constraint_type(const char *contype)
{
    static const struct {
        const char *contype;
        char type;
    } types[] = {{"CONSTR_PRIMARY", 'p'}, {"CONSTR_UNIQUE", 'u'}, {"CONSTR_FOREIGN", 'f'}, {"CONSTR_CHECK", 'c'},
                 {"CONSTR_EXCLUSION", 'x'}};

    for (size_t i = 0; i < KEEL_COUNT_OF(types); i++)
        if (keel_streq(contype, types[i].contype))
            return types[i].type;
    return 0;
}

/* `column`: it stands behind a column, which it is about. */
static void add_constraint(const applying *a, keel_world_table *table, const keel_sql_node *def, const char *column)
{
    char type = constraint_type(keel_sql_text_of(def, "contype"));
    const keel_sql_node *parent = keel_sql_get(def, "pktable");
    keel_world_constraint c = {.name = keel_sql_text_of(def, "conname"), .type = type, .since = a->transaction,
                               .validated = !keel_sql_true(def, "skip_validation"),
                               .not_null_column = not_null_of(keel_sql_get(def, "raw_expr"))};

    if (type == 0)
        return;
    c.columns = names_of(a->arena, def, type == 'f' ? "fk_attrs" : "keys", &c.column_count);
    if (column != NULL) {
        c.columns = keel_arena_alloc(a->arena, 2 * sizeof *c.columns);
        c.columns[0] = column;
        c.column_count = 1;
    }
    if (parent != NULL) {
        c.parent_schema = keel_sql_text_of(parent, "schemaname");
        c.parent_table = keel_sql_text_of(parent, "relname");
        keel_world_table *known = keel_world_relation_mutable(a->world, parent);
        if (known != NULL)
            keel_arena_push(a->arena, &known->inbound, table);
    }
    keel_arena_push(a->arena, &table->constraints, c);
    if ((type == 'p' || type == 'u') && c.column_count > 0)
        add_index(a, table, c.name, c.columns, c.column_count, true, type == 'p');
    for (size_t i = 0; type == 'p' && i < c.column_count; i++)
        set_not_null(table, c.columns[i], true);
}

static bool has_constraint(const keel_sql_node *column, const char *contype)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(column, "constraints", &constraints);

    for (size_t i = 0; i < count; i++)
        if (keel_streq(keel_sql_text_of(&constraints[i], "contype"), contype))
            return true;
    return false;
}

static void add_column(const applying *a, keel_world_table *table, const keel_sql_node *def)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(def, "constraints", &constraints);
    keel_world_column column = {.name = keel_sql_text_of(def, "colname"), .type = type_of(a->arena, def),
                                .not_null = has_constraint(def, "CONSTR_NOTNULL") || has_constraint(def, "CONSTR_PRIMARY"),
                                .has_default = has_constraint(def, "CONSTR_DEFAULT"),
                                .generated = has_constraint(def, "CONSTR_GENERATED"),
                                .identity = has_constraint(def, "CONSTR_IDENTITY"), .since = a->transaction};

    keel_arena_push(a->arena, &table->columns, column);
    for (size_t i = 0; i < count; i++)
        add_constraint(a, table, &constraints[i], column.name);
}

static void create_table(const applying *a, const keel_sql_node *node)
{
    const keel_sql_node *relation = keel_sql_get(node, "relation");
    const keel_sql_node *elements = NULL, *parents = NULL;
    size_t count = keel_sql_list(node, "tableElts", &elements);
    bool there = keel_world_relation_mutable(a->world, relation) != NULL && keel_sql_true(node, "if_not_exists");

    if (there)
        return;
    keel_world_table *table =
        keel_world_add(a->world, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
    table->kind = keel_sql_get(node, "partspec") != NULL ? 'p' : 'r';
    table->known = keel_sql_list(node, "inhRelations", &parents) == 0;
    table->since = a->transaction;
    table->rows = 0;
    table->bytes = 0;
    table->unlogged = keel_streq(keel_sql_text_of(relation, "relpersistence"), "u");
    for (size_t i = 0; i < count; i++) {
        if (keel_sql_kind_is(&elements[i], "ColumnDef"))
            add_column(a, table, &elements[i]);
        else if (keel_sql_kind_is(&elements[i], "Constraint"))
            add_constraint(a, table, &elements[i], NULL);
    }
}

static void create_table_as(const applying *a, const keel_sql_node *node)
{
    const keel_sql_node *relation = keel_sql_get(keel_sql_get(node, "into"), "rel");
    keel_world_table *table =
        keel_world_add(a->world, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));

    table->kind = keel_streq(keel_sql_text_of(node, "objtype"), "OBJECT_MATVIEW") ? 'm' : 'r';
    table->since = a->transaction;
}

static bool is_plain_key(const keel_sql_node *key)
{
    const keel_sql_node *ignored = NULL;

    return *keel_sql_text_of(key, "name") != '\0' && keel_streq(keel_sql_text_of(key, "ordering"), "SORTBY_DEFAULT") &&
           keel_streq(keel_sql_text_of(key, "nulls_ordering"), "SORTBY_NULLS_DEFAULT") &&
           keel_sql_list(key, "collation", &ignored) == 0 && keel_sql_list(key, "opclass", &ignored) == 0;
}

keel_world_index keel_world_index_of(keel_arena *arena, const keel_sql_node *create)
{
    const keel_sql_node *keys = NULL, *included = NULL;
    size_t count = keel_sql_list(create, "indexParams", &keys);
    keel_world_index index = {.name = keel_sql_text_of(create, "idxname"), .method = keel_sql_text_of(create, "accessMethod"),
                              .unique = keel_sql_true(create, "unique"), .valid = true, .column_count = count,
                              .partial = keel_sql_get(create, "whereClause") != NULL, .scans = -1};

    index.plain = !index.partial && keel_streq(index.method, "btree") &&
                  keel_sql_list(create, "indexIncludingParams", &included) == 0;
    index.columns = keel_arena_alloc(arena, (count + 1) * sizeof *index.columns);
    for (size_t i = 0; i < count; i++) {
        index.columns[i] = *keel_sql_text_of(&keys[i], "name") != '\0' ? keel_sql_text_of(&keys[i], "name") : NULL;
        index.plain = index.plain && is_plain_key(&keys[i]);
    }
    return index;
}

static void create_index(const applying *a, const keel_sql_node *node)
{
    keel_world_table *table = keel_world_relation_mutable(a->world, keel_sql_get(node, "relation"));
    keel_world_index index = keel_world_index_of(a->arena, node);

    if (table == NULL) {
        const keel_sql_node *relation = keel_sql_get(node, "relation");
        table = keel_world_add(a->world, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
    }
    index.since = a->transaction;
    keel_arena_push(a->arena, &table->indexes, index);
}

static void drop_constraint(keel_world_table *table, const char *name)
{
    for (size_t i = 0; i < table->constraints.count; i++)
        if (keel_streq(table->constraints.items[i].name, name))
            table->constraints.items[i--] = table->constraints.items[--table->constraints.count];
    for (size_t i = 0; i < table->indexes.count; i++)
        if (table->indexes.items[i].of_constraint && keel_streq(table->indexes.items[i].name, name))
            table->indexes.items[i--] = table->indexes.items[--table->indexes.count];
}

static void validate(const applying *a, keel_world_table *table, const char *name)
{
    for (size_t i = 0; i < table->constraints.count; i++)
        if (keel_streq(table->constraints.items[i].name, name)) {
            table->constraints.items[i].validated = true;
            table->constraints.items[i].validated_since = a->transaction;
        }
}

static void alter_column_type(const applying *a, keel_world_table *table, const char *name, const keel_sql_node *def)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (keel_streq(table->columns.items[i].name, name))
            table->columns.items[i].type = type_of(a->arena, def);
}

static void drop_column(keel_world_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (keel_streq(table->columns.items[i].name, name))
            table->columns.items[i].dropped = true;
}

static void alter_one(const applying *a, keel_world_table *table, const keel_sql_node *command)
{
    const char *subtype = keel_sql_text_of(command, "subtype"), *name = keel_sql_text_of(command, "name");
    const keel_sql_node *def = keel_sql_get(command, "def");

    if (keel_streq(subtype, "AT_AddColumn"))
        add_column(a, table, def);
    else if (keel_streq(subtype, "AT_DropColumn"))
        drop_column(table, name);
    else if (keel_streq(subtype, "AT_AddConstraint"))
        add_constraint(a, table, def, NULL);
    else if (keel_streq(subtype, "AT_DropConstraint"))
        drop_constraint(table, name);
    else if (keel_streq(subtype, "AT_ValidateConstraint"))
        validate(a, table, name);
    else if (keel_streq(subtype, "AT_SetNotNull") || keel_streq(subtype, "AT_DropNotNull"))
        set_not_null(table, name, keel_streq(subtype, "AT_SetNotNull"));
    else if (keel_streq(subtype, "AT_AlterColumnType"))
        alter_column_type(a, table, name, def);
}

static void alter_table(const applying *a, const keel_sql_node *node)
{
    const keel_sql_node *relation = keel_sql_get(node, "relation"), *commands = NULL;
    size_t count = keel_sql_list(node, "cmds", &commands);
    keel_world_table *table = keel_world_relation_mutable(a->world, relation);

    if (table == NULL)
        table = keel_world_add(a->world, keel_sql_text_of(relation, "schemaname"), keel_sql_text_of(relation, "relname"));
    for (size_t i = 0; i < count; i++)
        alter_one(a, table, &commands[i]);
}

static void drop_index(keel_world *world, const char *schema, const char *name)
{
    const keel_world_index *index = NULL;
    const keel_world_table *found = keel_world_index_table(world, schema, name, &index);

    if (found == NULL)
        return;
    keel_world_table *table = keel_world_table_mutable(world, found->schema, found->name);
    size_t at = (size_t)(index - table->indexes.items);
    table->indexes.items[at] = table->indexes.items[--table->indexes.count];
}

static void drop(const applying *a, const keel_sql_node *node)
{
    const keel_sql_node *objects = NULL, *words = NULL;
    size_t count = keel_sql_list(node, "objects", &objects);
    bool is_index = keel_streq(keel_sql_text_of(node, "removeType"), "OBJECT_INDEX");
    bool is_table = keel_streq(keel_sql_text_of(node, "removeType"), "OBJECT_TABLE");

    for (size_t i = 0; i < count && (is_index || is_table); i++) {
        size_t size = keel_sql_list(&objects[i], "items", &words);
        const char *name = size > 0 ? keel_sql_text_of(&words[size - 1], "sval") : "";
        const char *schema = size > 1 ? keel_sql_text_of(&words[size - 2], "sval") : "";
        keel_world_table *table = is_table ? keel_world_table_mutable(a->world, schema, name) : NULL;
        if (table != NULL)
            table->dropped = true;
        else if (is_index)
            drop_index(a->world, schema, name);
    }
}

static void rename_object(const applying *a, const keel_sql_node *node)
{
    keel_world_table *table = keel_world_relation_mutable(a->world, keel_sql_get(node, "relation"));
    const char *type = keel_sql_text_of(node, "renameType"), *name = keel_sql_text_of(node, "newname");

    if (table == NULL)
        return;
    if (keel_streq(type, "OBJECT_TABLE"))
        table->name = name;
    for (size_t i = 0; keel_streq(type, "OBJECT_COLUMN") && i < table->columns.count; i++)
        if (keel_streq(table->columns.items[i].name, keel_sql_text_of(node, "subname")))
            table->columns.items[i].name = name;
}

static void alter_enum(const applying *a, const keel_sql_node *node)
{
    keel_world_enum_value added = {keel_sql_text_of(node, "newVal"), a->transaction};

    if (*added.value != '\0')
        keel_arena_push(a->arena, &a->world->enum_values, added);
}

void keel_world_apply(keel_world *world, const keel_sql_node *node, int transaction)
{
    static const struct {
        const char *kind;
        void (*apply)(const applying *a, const keel_sql_node *node);
    } kinds[] = {{"CreateStmt", create_table}, {"CreateTableAsStmt", create_table_as}, {"IndexStmt", create_index},
                 {"AlterTableStmt", alter_table}, {"DropStmt", drop}, {"RenameStmt", rename_object},
                 {"AlterEnumStmt", alter_enum}};
    applying a = {world, world->arena, transaction};

    for (size_t i = 0; i < KEEL_COUNT_OF(kinds); i++)
        if (keel_sql_kind_is(node, kinds[i].kind))
            kinds[i].apply(&a, node);
}
