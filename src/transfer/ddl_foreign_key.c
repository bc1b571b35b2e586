/* Foreign keys: added NOT VALID, then validated. One that PostgreSQL could not enforce is a
 * finding, never a failure. */
#include <strings.h>

#include "transfer/ddl_inside.h"

typedef struct key_draft {
    keel_create_maker *maker;
    const keel_create_shape *child;
    const keel_sqlite_foreign_key *source;
    const char *object;
    keel_create_parent parent;
    keel_create_names columns, parent_columns; /* target names, pairwise */
    bool case_blind;                           /* a parent column is NOCASE */
} key_draft;

static bool lose(const key_draft *draft, const char *reason)
{
    keel_create_say(
        draft->maker, KEEL_WARNING, "foreign_key.not_carried", draft->object, NULL, reason,
        keel_arena_printf(draft->maker->arena, "the foreign key to \"%s\" is not carried",
                          draft->source->parent));
    return false;
}

/* Families that one b-tree operator family compares across. */
static int type_family(keel_pg_kind kind)
{
    if (kind == KEEL_PG_INT2 || kind == KEEL_PG_INT4 || kind == KEEL_PG_INT8)
        return 1;
    if (kind == KEEL_PG_FLOAT4 || kind == KEEL_PG_FLOAT8)
        return 2;
    if (kind == KEEL_PG_TEXT || kind == KEEL_PG_VARCHAR)
        return 3;
    if (kind == KEEL_PG_DATE || kind == KEEL_PG_TIMESTAMP || kind == KEEL_PG_TIMESTAMPTZ)
        return 4;
    if (kind == KEEL_PG_INET || kind == KEEL_PG_CIDR)
        return 5;
    return 0;
}

/* PostgreSQL takes a foreign key if one operator compares both, or the child casts to the parent by
 * itself. */
static bool types_compare(const keel_pg_type *child, const keel_pg_type *parent)
{
    int child_family = type_family(child->kind), parent_family = type_family(parent->kind);

    if (child->base_oid == parent->base_oid)
        return true;
    if (child_family != 0 && child_family == parent_family)
        return true;
    if (child_family == 1)
        return parent_family == 2 || parent->kind == KEEL_PG_NUMERIC;
    if (child->kind == KEEL_PG_NUMERIC)
        return parent_family == 2;
    return keel_create_is_text(child) && keel_create_is_text(parent);
}

static bool writes_child(const char *action)
{
    return strcasecmp(action, "CASCADE") == 0 || strncasecmp(action, "SET", 3) == 0;
}

/* PostgreSQL refuses actions that would write a generated column. */
static bool actions_fit(const key_draft *draft, const keel_create_column *column)
{
    if (column->generated_sql == NULL)
        return true;
    if (!writes_child(draft->source->on_update) &&
        strncasecmp(draft->source->on_delete, "SET", 3) != 0)
        return true;
    return lose(draft, "an action of it would write a generated column");
}

static bool add_pair(key_draft *draft, const char *child, const char *parent)
{
    keel_arena *arena = draft->maker->arena;
    const keel_create_column *column = keel_create_shape_column(draft->child, child);
    keel_create_parent_part part = {0};

    if (column == NULL)
        return lose(draft, keel_arena_printf(arena, "column \"%s\" is not transferred", child));
    if (!keel_create_parent_column(&draft->parent, parent, &part))
        return lose(draft, keel_arena_printf(arena, "\"%s\" has no column \"%s\" in the target",
                                             draft->source->parent, parent));
    if (!types_compare(column->type, part.type))
        return lose(draft, keel_arena_printf(arena, "\"%s\" is %s and \"%s\" of its parent is %s",
                                             child, column->type->name, parent, part.type->name));
    keel_arena_push(arena, &draft->columns, column->target);
    keel_arena_push(arena, &draft->parent_columns, part.name);
    draft->case_blind = draft->case_blind || part.case_blind;
    return actions_fit(draft, column);
}

static bool resolve(key_draft *draft)
{
    const keel_sqlite_foreign_key *source = draft->source;

    if (!keel_create_parent_find(draft->maker, source->parent, &draft->parent))
        return lose(draft, "its parent table is neither transferred nor in the target");
    if (source->parent_columns == NULL)
        return lose(draft, "it names no parent columns and the parent has no primary key");
    for (size_t i = 0; i < source->count; i++)
        if (!add_pair(draft, source->columns[i], source->parent_columns[i]))
            return false;
    if (!keel_create_parent_unique(draft->maker, &draft->parent, &draft->parent_columns))
        return lose(draft, "the parent columns are not unique in the target");
    return true;
}

static const keel_plan_reference *find_reference(const key_draft *draft)
{
    const keel_plan_table *table = draft->child->table;

    for (size_t i = 0; i < table->references.count; i++)
        if (table->references.items[i].source == draft->source)
            return &table->references.items[i];
    return NULL;
}

static void add_action(keel_str *sql, const char *event, const char *action)
{
    if (action != NULL && strcasecmp(action, "NO ACTION") != 0)
        keel_str_addf(sql, " ON %s %s", event, action);
}

static void push(const key_draft *draft, keel_ddl_phase phase, const char *name, const char *sql)
{
    keel_create_maker *maker = draft->maker;
    keel_plan_table *table = maker->plan->tables[draft->child - maker->shapes];

    keel_create_push(maker,
                     (keel_ddl){.phase = phase,
                                .table = table,
                                .object = keel_arena_printf(maker->arena, "constraint %s on %s.%s",
                                                            name, table->schema, table->name),
                                .sql = sql,
                                .reference = find_reference(draft)});
}

static void push_key(const key_draft *draft, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str add = {0};
    KEEL_CLEANUP(keel_str_free) keel_str validate = {0};
    keel_create_maker *maker = draft->maker;
    const char *relation = keel_create_relation(maker, draft->child->table);

    keel_str_addf(&add, "ALTER TABLE %s ADD CONSTRAINT ", relation);
    keel_pg_add_identifier(&add, name);
    keel_str_addf(&add, " FOREIGN KEY (%s) REFERENCES ",
                  keel_create_quoted_list(maker, &draft->columns));
    keel_pg_add_qualified(&add, draft->parent.schema, draft->parent.name);
    keel_str_addf(&add, " (%s)", keel_create_quoted_list(maker, &draft->parent_columns));
    add_action(&add, "DELETE", draft->source->on_delete);
    add_action(&add, "UPDATE", draft->source->on_update);
    if (draft->source->deferrable_initially_deferred)
        keel_str_add(&add, " DEFERRABLE INITIALLY DEFERRED");
    keel_str_add(&add, " NOT VALID");
    keel_str_addf(&validate, "ALTER TABLE %s VALIDATE CONSTRAINT ", relation);
    keel_pg_add_identifier(&validate, name);
    push(draft, KEEL_DDL_FOREIGN_KEY, name, keel_create_keep(maker, &add));
    push(draft, KEEL_DDL_VALIDATE, name, keel_create_keep(maker, &validate));
}

static void report_differences(const key_draft *draft)
{
    const char *match = draft->source->match;

    if (draft->case_blind)
        keel_create_say(
            draft->maker, KEEL_WARNING, "foreign_key.case_blind", draft->object, NULL, NULL,
            "SQLite finds the parent without regard to case, PostgreSQL does not: rows that "
            "differ from their parent in case are orphans");
    if (match != NULL && strcasecmp(match, "SIMPLE") != 0)
        keel_create_say(draft->maker, KEEL_INFO, "foreign_key.match", draft->object, NULL, NULL,
                        keel_arena_printf(draft->maker->arena,
                                          "MATCH %s is left out: SQLite never enforced it", match));
}

static const char *describe(const keel_create_maker *maker,
                            const keel_create_shape *shape,
                            const keel_sqlite_foreign_key *source)
{
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};

    keel_str_addf(&object, "%s", shape->table->source->name);
    for (size_t i = 0; i < source->count; i++)
        keel_str_addf(&object, "%s%s", i == 0 ? "(" : ", ", source->columns[i]);
    keel_str_add(&object, ")");
    return keel_create_keep(maker, &object);
}

void keel_create_make_foreign_keys(keel_create_maker *maker, const keel_create_shape *shape)
{
    const keel_plan_table *table = shape->table;

    for (size_t i = 0; i < table->source->foreign_keys.count; i++) {
        const keel_sqlite_foreign_key *source = &table->source->foreign_keys.items[i];
        key_draft draft = {.maker = maker,
                           .child = shape,
                           .source = source,
                           .object = describe(maker, shape, source)};
        if (!resolve(&draft))
            continue;
        report_differences(&draft);
        bool declared = source->name != NULL;
        const char *wanted =
            declared ? source->name : keel_create_name_usual(maker, table, &draft.columns, "fkey");
        push_key(&draft, keel_create_name_take(maker, table, KEEL_NAME_CONSTRAINT, wanted,
                                               declared ? draft.object : NULL));
    }
}
