/* The columns of a table that is to be created: which there are, of which type, and what may refer
 * to them. */
#include <strings.h>

#include "transfer/ddl_inside.h"

static const struct {
    const char *name; /* as keel_type_for_declaration says it, without arguments */
    keel_pg_kind kind;
    uint32_t oid;
} BUILT_IN[] = {
    {"bigint", KEEL_PG_INT8, 20},
    {"integer", KEEL_PG_INT4, 23},
    {"smallint", KEEL_PG_INT2, 21},
    {"boolean", KEEL_PG_BOOL, 16},
    {"double precision", KEEL_PG_FLOAT8, 701},
    {"numeric", KEEL_PG_NUMERIC, 1700},
    {"text", KEEL_PG_TEXT, 25},
    {"varchar", KEEL_PG_VARCHAR, 1043},
    {"bytea", KEEL_PG_BYTEA, 17},
    {"date", KEEL_PG_DATE, 1082},
    {"timestamptz", KEEL_PG_TIMESTAMPTZ, 1184},
    {"timestamp", KEEL_PG_TIMESTAMP, 1114},
    {"time", KEEL_PG_TIME, 1083},
    {"jsonb", KEEL_PG_JSONB, 3802},
    {"uuid", KEEL_PG_UUID, 2950},
    {"inet", KEEL_PG_INET, 869},
};

/* The model of a declared type, without asking the server; NULL if the declaration is silent. */
static const keel_pg_type *declared_type(keel_arena *arena, const keel_sqlite_column *column)
{
    const char *name = keel_type_for_declaration(arena, column);

    if (name == NULL)
        return NULL;
    size_t size = strcspn(name, "(");
    for (size_t i = 0; i < KEEL_COUNT_OF(BUILT_IN); i++) {
        if (strlen(BUILT_IN[i].name) != size || strncmp(BUILT_IN[i].name, name, size) != 0)
            continue;
        bool sized = name[size] == '(';
        bool numeric = sized && BUILT_IN[i].kind == KEEL_PG_NUMERIC;
        keel_pg_type *type = keel_arena_alloc(arena, sizeof *type);
        *type = (keel_pg_type){.oid = BUILT_IN[i].oid,
                               .base_oid = BUILT_IN[i].oid,
                               .name = name,
                               .kind = BUILT_IN[i].kind,
                               .length = sized && !numeric ? column->type_args[0] : 0,
                               .precision = numeric ? column->type_args[0] : 0,
                               .scale = numeric ? column->type_args[1] : 0,
                               .fraction_digits = 6};
        return type;
    }
    return NULL;
}

static keel_translate_column
translated_column(const keel_sqlite_column *source, const char *target, const keel_pg_type *type)
{
    return (keel_translate_column){.source_name = source->name,
                                   .target_name = target,
                                   .type = type,
                                   .affinity = source->affinity,
                                   .collation = source->collation};
}

/* Only columns that are not generated themselves: PostgreSQL allows nothing else. */
bool keel_ddl_generated_sql(keel_arena *arena,
                            const keel_plan_table *table,
                            const keel_sqlite_column *column,
                            const char **ret_sql,
                            const char **ret_note)
{
    const keel_pg_type *type = declared_type(arena, column);
    keel_translate_column *columns =
        keel_arena_alloc(arena, (table->columns.count + 1) * sizeof *columns);
    const char *sql = NULL;
    size_t count = 0;

    if (column->generated_expr == NULL) {
        *ret_note = "pgkeel cannot read the expression";
        return false;
    }
    if (type == NULL) {
        *ret_note = "the column declares no type that PostgreSQL knows";
        return false;
    }
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *other = &table->columns.items[i];
        if (other->source_column != NULL && other->source_column->generated == KEEL_NOT_GENERATED)
            columns[count++] = translated_column(other->source_column, other->target, other->type);
    }
    if (keel_translate(arena, KEEL_TRANSLATE_GENERATED, column->generated_expr, columns, count,
                       type, &sql, ret_note) != KEEL_TRANSLATED)
        return false;
    *ret_sql = sql;
    return true;
}

static const keel_plan_column *planned_column(const keel_plan_table *table,
                                              const keel_sqlite_column *source)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (table->columns.items[i].source_column == source)
            return &table->columns.items[i];
    return NULL;
}

/* A generated column that receives no values is computed by the target; false if it is skipped. */
static bool computed_column(keel_arena *arena,
                            const keel_plan_table *table,
                            const keel_sqlite_column *source,
                            keel_create_column *ret_column)
{
    const keel_map_column *mapped =
        table->mapping == NULL ? NULL : keel_map_table_column(table->mapping, source->name);
    keel_create_column column = {.source = source, .target = source->name};

    if (source->generated == KEEL_NOT_GENERATED || (mapped != NULL && mapped->skip))
        return false;
    if (mapped != NULL && mapped->to != NULL)
        column.target = mapped->to;
    column.type = declared_type(arena, source);
    if (!keel_ddl_generated_sql(arena, table, source, &column.generated_sql,
                                &column.generated_note))
        return false;
    *ret_column = column;
    return true;
}

/* The planned columns in their order; a computed one stands where the source has it. */
void keel_create_shape_make(keel_arena *arena,
                            const keel_plan_table *table,
                            keel_create_shape *shape)
{
    const keel_sqlite_table *source = table->source;
    size_t next = 0;

    shape->table = table;
    for (size_t i = 0; i < source->columns.count; i++) {
        keel_create_column computed = {0};
        if (planned_column(table, &source->columns.items[i]) == NULL) {
            if (computed_column(arena, table, &source->columns.items[i], &computed))
                keel_arena_push(arena, &shape->columns, computed);
            continue;
        }
        while (next < table->columns.count && table->columns.items[next].source_column == NULL)
            next++;
        const keel_plan_column *planned = &table->columns.items[next++];
        keel_create_column column = {
            .source = planned->source_column, .target = planned->target, .type = planned->type};
        keel_arena_push(arena, &shape->columns, column);
    }
}

const keel_create_column *keel_create_shape_column(const keel_create_shape *shape,
                                                   const char *source)
{
    for (size_t i = 0; i < shape->columns.count; i++)
        if (strcasecmp(shape->columns.items[i].source->name, source) == 0)
            return &shape->columns.items[i];
    return NULL;
}

bool keel_create_is_text(const keel_pg_type *type)
{
    return type->kind == KEEL_PG_TEXT || type->kind == KEEL_PG_VARCHAR ||
           type->kind == KEEL_PG_CHAR;
}

const char *keel_create_collation(const keel_create_column *column, const char *collation)
{
    if (collation == NULL)
        collation = column->source->collation;
    if (collation == NULL || strcasecmp(collation, "BINARY") == 0 ||
        !keel_create_is_text(column->type))
        return NULL;
    return collation;
}

bool keel_create_translate(const keel_create_maker *maker,
                           const keel_create_shape *shape,
                           keel_translate_use use,
                           const keel_expr *expr,
                           const keel_pg_type *wanted,
                           const char **ret_sql,
                           const char **ret_note)
{
    size_t count = shape->columns.count;
    keel_translate_column *columns = keel_arena_alloc(maker->arena, (count + 1) * sizeof *columns);
    const char *sql = NULL;

    *ret_note = "pgkeel cannot read the expression";
    if (expr == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        columns[i] =
            translated_column(shape->columns.items[i].source, shape->columns.items[i].target,
                              shape->columns.items[i].type);
    *ret_note = NULL;
    keel_translate_outcome outcome =
        keel_translate(maker->arena, use, expr, columns, count, wanted, &sql, ret_note);
    if (outcome == KEEL_TRANSLATE_DIFFERS) {
        if (*ret_note == NULL)
            *ret_note = "it means something else in PostgreSQL";
        return false;
    }
    *ret_sql = outcome == KEEL_TRANSLATED ? sql : NULL;
    return true;
}
