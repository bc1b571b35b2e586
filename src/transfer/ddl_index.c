/* PRIMARY KEY, UNIQUE and CREATE INDEX, to be built when the rows are there. */
#include "transfer/ddl_draft.h"

/* unique_columns: what to look for duplicates in; NULL if it is not unique. */
static void push(keel_create_maker *maker,
                 const keel_create_draft *draft,
                 const char *object,
                 const char *unique_columns,
                 const keel_str *sql)
{
    size_t at = (size_t)(draft->shape - maker->shapes);

    keel_create_push(maker,
                     (keel_ddl){.phase = KEEL_DDL_INDEX,
                                .table = maker->plan->tables[at],
                                .object = object,
                                .sql = keel_create_keep(maker, sql),
                                .unique = unique_columns != NULL,
                                .unique_columns = unique_columns,
                                .unique_where = unique_columns != NULL ? draft->where : NULL});
}

/* A foreign key may point at them: plain columns, and no predicate. */
static bool is_plain(const keel_create_draft *draft)
{
    return !draft->folded && !draft->expression && draft->where == NULL;
}

static void remember_unique(keel_create_maker *maker, const keel_create_draft *draft)
{
    keel_create_unique unique = {.table = draft->shape->table,
                                 .columns = draft->columns.items,
                                 .count = draft->columns.count};

    keel_arena_push(maker->arena, &maker->uniques, unique);
}

static void push_constraint(keel_create_maker *maker,
                            const keel_create_draft *draft,
                            const char *kind,
                            const char *name,
                            const char *columns)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_plan_table *table = draft->shape->table;

    keel_str_addf(&sql, "ALTER TABLE %s ADD CONSTRAINT ", keel_create_relation(maker, table));
    keel_pg_add_identifier(&sql, name);
    keel_str_addf(&sql, " %s (%s)", kind, columns);
    push(
        maker, draft,
        keel_arena_printf(maker->arena, "constraint %s on %s.%s", name, table->schema, table->name),
        columns, &sql);
}

static void
push_index(keel_create_maker *maker, const keel_create_draft *draft, bool unique, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const keel_plan_table *table = draft->shape->table;

    keel_str_addf(&sql, "CREATE %sINDEX ", unique ? "UNIQUE " : "");
    keel_pg_add_identifier(&sql, name);
    keel_str_addf(&sql, " ON %s (%s)", keel_create_relation(maker, table),
                  keel_str_text(&draft->parts));
    if (draft->where != NULL)
        keel_str_addf(&sql, " WHERE %s", draft->where);
    push(maker, draft,
         keel_arena_printf(maker->arena, "index %s on %s.%s", name, table->schema, table->name),
         unique ? keel_create_keep(maker, &draft->plain) : NULL, &sql);
}

static void
report_folded(keel_create_maker *maker, const keel_create_draft *draft, const char *name)
{
    if (draft->folded)
        keel_report_addf(
            maker->report, KEEL_INFO, "index.nocase", draft->object, NULL, NULL,
            "%s compares without regard to case: it is carried as index \"%s\" on (%s)",
            draft->what, name, keel_str_text(&draft->parts));
}

/* The declared name, or the one that PostgreSQL would give; `wanted` NULL asks for the latter. */
static const char *take_name(keel_create_maker *maker,
                             const keel_create_draft *draft,
                             unsigned scopes,
                             const char *wanted,
                             const keel_create_names *columns,
                             const char *suffix)
{
    const keel_plan_table *table = draft->shape->table;

    if (wanted != NULL)
        return keel_create_name_take(maker, table, scopes, wanted, draft->object);
    return keel_create_name_take(maker, table, scopes,
                                 keel_create_name_usual(maker, table, columns, suffix), NULL);
}

static const unsigned BOTH = KEEL_NAME_RELATION | KEEL_NAME_CONSTRAINT;

static const keel_sqlite_index *primary_index(const keel_sqlite_table *source)
{
    for (size_t i = 0; i < source->indexes.count; i++)
        if (source->indexes.items[i].origin == 'p')
            return &source->indexes.items[i];
    return NULL;
}

static const char *primary_column(const keel_sqlite_table *source, int position)
{
    for (size_t i = 0; i < source->columns.count; i++)
        if (source->columns.items[i].primary_key == position)
            return source->columns.items[i].name;
    return NULL;
}

/* A PRIMARY KEY over NOCASE columns is two things: the key itself, and that no two keys differ in
 * case only. */
static void make_primary_key(keel_create_maker *maker, const keel_create_shape *shape)
{
    const keel_sqlite_table *source = shape->table->source;
    const keel_sqlite_index *index = primary_index(source);
    KEEL_CLEANUP(keel_create_draft_free)
    keel_create_draft draft = {.shape = shape,
                               .what = "the PRIMARY KEY",
                               .check = "constraint.not_carried",
                               .object = source->name};
    const char *column = NULL;

    for (int i = 1; (column = primary_column(source, i)) != NULL; i++)
        if (!keel_create_draft_column(maker, &draft, column, NULL, false))
            return;
    if (draft.columns.count == 0)
        return;
    const char *name = take_name(maker, &draft, BOTH, index != NULL ? index->constraint_name : NULL,
                                 &(keel_create_names){0}, "pkey");
    push_constraint(maker, &draft, "PRIMARY KEY", name,
                    keel_create_quoted_list(maker, &draft.columns));
    remember_unique(maker, &draft);
    if (!draft.folded)
        return;
    const char *second =
        take_name(maker, &draft, KEEL_NAME_RELATION, NULL, &draft.columns, "nocase_key");
    push_index(maker, &draft, true, second);
    report_folded(maker, &draft, second);
}

static void make_unique(keel_create_maker *maker,
                        const keel_create_shape *shape,
                        const keel_sqlite_index *index)
{
    KEEL_CLEANUP(keel_create_draft_free)
    keel_create_draft draft = {.shape = shape,
                               .source = index,
                               .what = "the UNIQUE constraint",
                               .check = "constraint.not_carried",
                               .object = shape->table->source->name};

    if (index->constraint_name != NULL)
        draft.object = keel_arena_printf(maker->arena, "%s: constraint %s", draft.object,
                                         index->constraint_name);
    if (!keel_create_draft_parts(maker, &draft))
        return;
    const char *name = take_name(maker, &draft, draft.folded ? KEEL_NAME_RELATION : BOTH,
                                 index->constraint_name, &draft.columns, "key");
    if (draft.folded) {
        report_folded(maker, &draft, name);
        push_index(maker, &draft, true, name);
        return;
    }
    remember_unique(maker, &draft);
    push_constraint(maker, &draft, "UNIQUE", name, keel_create_quoted_list(maker, &draft.columns));
}

static void
make_index(keel_create_maker *maker, const keel_create_shape *shape, const keel_sqlite_index *index)
{
    KEEL_CLEANUP(keel_create_draft_free)
    keel_create_draft draft = {.shape = shape,
                               .source = index,
                               .what = index->unique ? "the unique index" : "the index",
                               .check = "index.not_carried"};

    draft.object =
        keel_arena_printf(maker->arena, "%s: index %s", shape->table->source->name, index->name);
    if (!keel_create_draft_parts(maker, &draft) || !keel_create_draft_predicate(maker, &draft))
        return;
    const char *name = take_name(maker, &draft, KEEL_NAME_RELATION, index->name, NULL, NULL);
    if (index->unique && is_plain(&draft))
        remember_unique(maker, &draft);
    report_folded(maker, &draft, name);
    push_index(maker, &draft, index->unique, name);
}

void keel_create_make_indexes(keel_create_maker *maker, const keel_create_shape *shape)
{
    const keel_sqlite_table *source = shape->table->source;

    make_primary_key(maker, shape);
    for (size_t i = 0; i < source->indexes.count; i++)
        if (source->indexes.items[i].origin == 'u')
            make_unique(maker, shape, &source->indexes.items[i]);
    for (size_t i = 0; i < source->indexes.count; i++)
        if (source->indexes.items[i].origin == 'c')
            make_index(maker, shape, &source->indexes.items[i]);
}
