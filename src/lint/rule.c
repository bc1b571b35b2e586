#include "lint/rule.h"

#include <stdarg.h>


static bool is_plain(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size && (name[0] < '0' || name[0] > '9');
}

const char *keel_lint_name(keel_lint *lint, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};

    if (is_plain(name))
        return name;
    keel_pg_add_identifier(&quoted, name);
    return keel_arena_strdup(keel_lint_arena(lint), keel_str_text(&quoted));
}

const char *keel_lint_relation(keel_lint *lint, const keel_sql_node *node, const char *key)
{
    const keel_sql_node *relation = keel_sql_get(node, key);
    const char *schema = keel_sql_text_of(relation, "schemaname");
    const char *name = keel_lint_name(lint, keel_sql_text_of(relation, "relname"));

    return *schema != '\0' ? keel_arena_printf(keel_lint_arena(lint), "%s.%s", keel_lint_name(lint, schema), name) : name;
}

const keel_sql_node *keel_lint_command(const keel_lint_statement *s, const char *subtype, size_t *at)
{
    const keel_sql_node *commands = NULL;
    size_t count = keel_sql_list(s->node, "cmds", &commands);

    while (*at < count) {
        const keel_sql_node *command = &commands[(*at)++];
        if (keel_streq(keel_sql_text_of(command, "subtype"), subtype))
            return command;
    }
    return NULL;
}

const keel_sql_node *keel_lint_column_constraint(const keel_sql_node *column, const char *contype)
{
    const keel_sql_node *constraints = NULL;
    size_t count = keel_sql_list(column, "constraints", &constraints);

    for (size_t i = 0; i < count; i++)
        if (keel_streq(keel_sql_text_of(&constraints[i], "contype"), contype))
            return &constraints[i];
    return NULL;
}

/* What a CREATE TABLE lists, or an ALTER TABLE adds: a ColumnDef or a Constraint; NULL for other commands. */
static const keel_sql_node *added(const keel_sql_node *item)
{
    const char *subtype = keel_sql_text_of(item, "subtype");

    if (!keel_sql_kind_is(item, "AlterTableCmd"))
        return item;
    return keel_streq(subtype, "AT_AddConstraint") || keel_streq(subtype, "AT_AddColumn") ? keel_sql_get(item, "def") : NULL;
}

static size_t items_of(const keel_lint_statement *s, const keel_sql_node **ret_items)
{
    return keel_sql_list(s->node, keel_sql_kind_is(s->node, "CreateStmt") ? "tableElts" : "cmds", ret_items);
}

const keel_sql_node *keel_lint_new_column(const keel_lint_statement *s, size_t *at)
{
    const keel_sql_node *items = NULL;
    size_t count = items_of(s, &items);

    while (*at < count) {
        const keel_sql_node *def = added(&items[(*at)++]);
        if (keel_sql_kind_is(def, "ColumnDef"))
            return def;
    }
    return NULL;
}

const keel_sql_node *keel_lint_constraint(const keel_lint_statement *s, const char *contype, size_t *at,
                                          const keel_sql_node **ret_column)
{
    const keel_sql_node *items = NULL;
    size_t count = items_of(s, &items);

    while (*at < count) {
        const keel_sql_node *def = added(&items[(*at)++]);
        bool column = keel_sql_kind_is(def, "ColumnDef");
        const keel_sql_node *found = column ? keel_lint_column_constraint(def, contype)
                                     : keel_streq(keel_sql_text_of(def, "contype"), contype) ? def
                                                                                             : NULL;
        if (found == NULL)
            continue;
        *ret_column = column ? def : NULL;
        return found;
    }
    return NULL;
}

bool keel_lint_column_filled(const keel_sql_node *column)
{
    static const char *const contypes[] = {"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"};

    for (size_t i = 0; i < KEEL_COUNT_OF(contypes); i++)
        if (keel_lint_column_constraint(column, contypes[i]) != NULL)
            return true;
    return strstr(keel_sql_name_of(keel_sql_get(column, "typeName"), "names"), "serial") != NULL;
}

const keel_world_table *keel_lint_table(const keel_lint *lint, const keel_lint_statement *s)
{
    return keel_world_relation(keel_lint_world(lint), keel_sql_get(s->node, "relation"));
}

bool keel_lint_made_here(const keel_world_table *table)
{
    return table != NULL && table->since > 0;
}

static KEEL_PRINTF(7, 0) void say(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at,
                                  keel_severity severity, const char *remedy, const char *why, const char *fmt,
                                  va_list args)
{
    KEEL_CLEANUP(keel_str_free) keel_str message = {0};

    keel_str_addv(&message, fmt, args);
    if (why != NULL)
        keel_str_addf(&message, ": %s", why);
    keel_lint_found(lint, s, at, severity, keel_lint_relation(lint, s->node, "relation"), remedy, "%s",
                    keel_str_text(&message));
}

void keel_lint_blocks(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity worst,
                      const char *remedy, const char *message_fmt, ...)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const char *why = NULL;
    va_list args;

    if (keel_lint_made_here(table))
        return;
    keel_severity severity = keel_lint_weigh(lint, table, worst, &why);
    va_start(args, message_fmt);
    say(lint, s, at, severity, remedy, why, message_fmt, args);
    va_end(args);
}

void keel_lint_says(keel_lint *lint, const keel_lint_statement *s, const keel_sql_node *at, keel_severity severity,
                    const char *remedy, const char *message_fmt, ...)
{
    va_list args;

    if (keel_lint_made_here(keel_lint_table(lint, s)))
        return;
    va_start(args, message_fmt);
    say(lint, s, at, severity, remedy, NULL, message_fmt, args);
    va_end(args);
}

const char *keel_lint_names(keel_lint *lint, const keel_sql_node *node, const char *key)
{
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(node, key, &items);
    const char *names = "";

    for (size_t i = 0; i < count; i++)
        names = keel_arena_printf(keel_lint_arena(lint), "%s%s%s", names, i > 0 ? ", " : "",
                                  keel_lint_name(lint, keel_sql_text_of(&items[i], "sval")));
    return names;
}

const char *keel_lint_type(keel_lint *lint, const keel_sql_node *column)
{
    const keel_sql_node *type = keel_sql_get(column, "typeName"), *modifiers = NULL;
    size_t count = keel_sql_list(type, "typmods", &modifiers);
    const char *text = keel_sql_name_of(type, "names");

    for (size_t i = 0; i < count; i++)
        text = keel_arena_printf(keel_lint_arena(lint), "%s%s%lld", text, i > 0 ? "," : "(",
                                 (long long)keel_sql_number_of(keel_sql_get(&modifiers[i], "ival"), "ival"));
    return count > 0 ? keel_arena_printf(keel_lint_arena(lint), "%s)", text) : text;
}

static bool is_of_type(const keel_sql_node *column, const char *type)
{
    const keel_sql_node *modifiers = NULL, *name_of = keel_sql_get(column, "typeName");
    const char *name = keel_sql_name_of(name_of, "names");

    if (keel_streq(type, "serial"))
        return strstr(name, type) != NULL;
    if (keel_streq(type, "varchar(n)"))
        return keel_streq(name, "varchar") && keel_sql_list(name_of, "typmods", &modifiers) > 0;
    return keel_streq(name, type);
}

void keel_lint_column_types(keel_lint *lint, const keel_lint_statement *s, const char *type, keel_severity severity,
                            const char *what, const char *remedy)
{
    bool alters = keel_sql_kind_is(s->node, "AlterTableStmt");
    const keel_sql_node *items = NULL;
    size_t count = keel_sql_list(s->node, alters ? "cmds" : "tableElts", &items);

    for (size_t i = 0; i < count; i++) {
        const keel_sql_node *def = alters ? keel_sql_get(&items[i], "def") : &items[i];
        const char *name = keel_sql_text_of(def, "colname"); /* not there, where a type is changed */
        if (keel_sql_kind_is(def, "ColumnDef") && is_of_type(def, type))
            keel_lint_found(lint, s, def, severity, keel_lint_relation(lint, s->node, "relation"), remedy, "\"%s\" is %s",
                            *name != '\0' ? name : keel_sql_text_of(&items[i], "name"), what);
    }
}

void keel_lint_loses(keel_lint *lint, const keel_lint_statement *s, const char *subtype, const char *before,
                     const char *after, const char *remedy)
{
    const keel_world_table *table = keel_lint_table(lint, s);
    const keel_sql_node *command;
    size_t at = 0;

    while ((command = keel_lint_command(s, subtype, &at)) != NULL) {
        const char *name = keel_sql_text_of(command, "name");
        const keel_world_column *column = keel_world_column_find(table, name);
        const keel_world_constraint *constraint = keel_world_constraint_find(table, name);
        bool fresh = (column != NULL && column->since > 0) ||
                     (constraint != NULL && (constraint->since > 0 || constraint->not_null_column != NULL));
        if (!fresh)
            keel_lint_says(lint, s, command, KEEL_WARNING, remedy, "%s \"%s\"%s%s", before, name, *after != '\0' ? " " : "",
                           after);
    }
}

bool keel_lint_was_there(const keel_lint *lint, const keel_sql_relation *relation)
{
    const keel_world *world = keel_lint_world(lint);
    const keel_world_index *ignored = NULL;
    const keel_world_table *table = keel_world_table_find(world, relation->schema, relation->name);

    if (table == NULL)
        table = keel_world_index_table(world, relation->schema, relation->name, &ignored);
    return !keel_lint_made_here(table);
}

const keel_lint_statement *keel_lint_earlier(const keel_lint *lint, const keel_lint_statement *s, const char *kind,
                                             bool same_file)
{
    const char *name = keel_sql_text_of(keel_sql_get(s->node, "relation"), "relname");

    for (const keel_lint_statement *before = keel_lint_whole(lint)->items; before < s; before++) {
        const keel_sql_node *relation = keel_sql_get(before->node, "relation");
        if (relation == NULL)
            relation = keel_sql_get(before->node, "table"); /* of policies */
        if (keel_sql_kind_is(before->node, kind) && (!same_file || keel_streq(before->file, s->file)) &&
            keel_streq(keel_sql_text_of(relation, "relname"), name))
            return before;
    }
    return NULL;
}
