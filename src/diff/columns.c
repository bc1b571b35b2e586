/* The columns of a pair, by name or as the map has them. */
#include <string.h>

#include "diff/inside.h"

typedef struct side_columns {
    const keel_pg_column *items;
    size_t count;
} side_columns;

static const keel_pg_column *find(const side_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->items[i].name, name) == 0)
            return &columns->items[i];
    return NULL;
}

static const char *quoted(keel_diff_run *d, const char *name)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "t.");
    keel_pg_add_identifier(&sql, name);
    return keel_arena_strdup(d->arena, sql.data);
}

static bool means(const char *table, const keel_diff_pair *pair)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        const char *name = pair->name[side];
        if (strcmp(table, name) == 0 || (pair->table[side] != NULL && strcmp(table, pair->table[side]->name) == 0))
            return true;
    }
    return false;
}

/* "name" in any table, "table.name" or "schema.table.name". */
bool keel_diff_ignores(const keel_diff_run *d, const keel_diff_pair *pair, const char *column)
{
    for (size_t i = 0; i < d->ignored.count; i++) {
        const char *word = d->ignored.items[i], *dot = strrchr(word, '.');
        if (strcmp(word, column) == 0)
            return true;
        if (dot != NULL && strcmp(dot + 1, column) == 0 &&
            means(keel_arena_strndup(d->arena, word, (size_t)(dot - word)), pair))
            return true;
    }
    return false;
}

static void one_side_only(keel_diff_run *d, const keel_diff_pair *pair, const char *column, keel_side side)
{
    const char *object = keel_arena_printf(d->arena, "%s(%s)", pair->name[side], column);

    keel_report_addf(d->report, KEEL_ERROR, "diff.column", object, NULL,
                     "Leave it out with --ignore-column, or name its counterpart in a map.",
                     "stands in the %s only, the other columns are compared", keel_side_names[side]);
}

static void not_comparable(keel_diff_run *d, const keel_diff_pair *pair, const keel_diff_column *column)
{
    const char *object = keel_arena_printf(d->arena, "%s(%s)", pair->name[KEEL_TARGET], column->name[KEEL_TARGET]);

    keel_report_addf(d->report, KEEL_ERROR, "diff.type", object, NULL,
                     "A map can put an expression in the column's place: {sql: \"...\"}.",
                     "cannot be compared: %s in the source, %s in the target", column->declared[KEEL_SOURCE]->name,
                     column->declared[KEEL_TARGET]->name);
}

/* Pairs one source column; `sql` is an expression of the map in its place, or NULL. */
static bool add_column(keel_diff_run *d, keel_diff_pair *pair, const keel_pg_column *source, const char *sql,
                       const keel_pg_column *target)
{
    keel_diff_column column = {
        .name = {source->name, target->name},
        .sql = {sql != NULL ? keel_arena_printf(d->arena, "(%s)", sql) : quoted(d, source->name),
                quoted(d, target->name)},
        .declared = {source->type, target->type},
        .made = sql != NULL,
        .nullable = sql != NULL || !source->not_null || !target->not_null,
    };

    if (!keel_diff_common_type(d->arena, &column)) {
        not_comparable(d, pair, &column);
        return false;
    }
    keel_arena_push(d->arena, &pair->columns, column);
    return true;
}

static bool describe_expression(keel_diff_run *d, const keel_diff_pair *pair, const keel_diff_map_column *map,
                                keel_pg_column **ret_column, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    size_t count = 0;

    keel_str_addf(&sql, "SELECT (%s) FROM %s AS t", map->sql, pair->relation[KEEL_SOURCE]);
    if (!keel_diff_describe(d, KEEL_SOURCE, sql.data, ret_column, &count, err)) {
        keel_error why = *err;
        keel_yaml_fail(map->node, d->map->file, err, "column \"%s\": %s", map->source, why.message);
        return false;
    }
    (*ret_column)->name = map->source;
    return true;
}

static bool unknown_column(keel_diff_run *d, const keel_diff_map_column *map, keel_side side, const char *name,
                           keel_error *err)
{
    return keel_yaml_fail(map->node, d->map->file, err, "the %s has no column \"%s\"", keel_side_names[side], name);
}

/* One column of the source, or one that only the map has, made by an expression. */
static bool take_column(keel_diff_run *d, keel_diff_pair *pair, const keel_pg_column *source, const side_columns *targets,
                        bool *used, keel_error *err)
{
    const keel_diff_map_column *map = keel_diff_map_column_find(pair->map, source->name);
    const char *name = map != NULL && map->to != NULL ? map->to : source->name;
    const keel_pg_column *target = find(targets, name);
    keel_pg_column *expression = NULL;

    if (target != NULL)
        used[target - targets->items] = true;
    if ((map != NULL && map->skip) || keel_diff_ignores(d, pair, source->name) || keel_diff_ignores(d, pair, name))
        return true;
    if (target == NULL && map != NULL && map->to != NULL)
        return unknown_column(d, map, KEEL_TARGET, name, err);
    if (target == NULL) {
        one_side_only(d, pair, source->name, KEEL_SOURCE);
        return true;
    }
    if (map != NULL && map->sql != NULL && !describe_expression(d, pair, map, &expression, err))
        return false;
    add_column(d, pair, expression != NULL ? expression : source, map != NULL ? map->sql : NULL, target);
    return true;
}

static bool take_made_columns(keel_diff_run *d, keel_diff_pair *pair, const side_columns *sources,
                              const side_columns *targets, bool *used, keel_error *err)
{
    for (size_t i = 0; pair->map != NULL && i < pair->map->columns.count; i++) {
        const keel_diff_map_column *map = &pair->map->columns.items[i];
        const keel_pg_column made = {.name = map->source};
        if (find(sources, map->source) != NULL || (map->skip && find(targets, map->source) != NULL))
            continue;
        if (map->sql == NULL)
            return unknown_column(d, map, KEEL_SOURCE, map->source, err);
        if (find(targets, map->to != NULL ? map->to : map->source) == NULL)
            return unknown_column(d, map, KEEL_TARGET, map->to != NULL ? map->to : map->source, err);
        if (!take_column(d, pair, &made, targets, used, err))
            return false;
    }
    return true;
}

static void find_extra_columns(keel_diff_run *d, const keel_diff_pair *pair, const side_columns *targets, const bool *used)
{
    for (size_t i = 0; i < targets->count; i++) {
        const char *name = targets->items[i].name;
        const keel_diff_map_column *map = keel_diff_map_column_find(pair->map, name);
        if (!used[i] && !(map != NULL && map->skip) && !keel_diff_ignores(d, pair, name))
            one_side_only(d, pair, name, KEEL_TARGET);
    }
}

static bool columns_of(keel_diff_run *d, const keel_diff_pair *pair, keel_side side, side_columns *ret_columns,
                       keel_error *err)
{
    const keel_pg_table *table = pair->table[side];
    keel_pg_column *described = NULL;

    if (table != NULL) {
        *ret_columns = (side_columns){table->columns.items, table->columns.count};
        return true;
    }
    if (!keel_diff_describe(d, side, pair->map->from, &described, &ret_columns->count, err))
        return keel_fail_context(err, "%s: table \"%s\"", d->map->file, pair->name[side]);
    ret_columns->items = described;
    return true;
}

/* Where types differ in what only the bytes show, as the scale of a numeric, bytes would differ in every row. */
static bool bytes_may_differ(const keel_diff_column *column)
{
    const keel_pg_type *source = column->declared[KEEL_SOURCE], *target = column->declared[KEEL_TARGET];
    const keel_pg_type *type = column->type;

    if (type->kind == KEEL_PG_ARRAY && source->element != NULL && target->element != NULL) {
        source = source->element;
        target = target->element;
        type = type->element;
    }
    if (type->kind == KEEL_PG_NUMERIC)
        return source->kind != target->kind || source->precision != target->precision || source->scale != target->scale;
    return type->kind == KEEL_PG_CHAR && source->length != target->length;
}

static void make_hashers(keel_diff_run *d, keel_diff_pair *pair)
{
    const keel_pg_type **types = keel_arena_alloc(d->arena, (pair->columns.count + 1) * sizeof *types);

    for (size_t i = 0; i < pair->columns.count; i++) {
        types[i] = pair->columns.items[i].type;
        pair->reduced = pair->reduced || bytes_may_differ(&pair->columns.items[i]);
    }
    pair->key_hasher = keel_row_hasher_create(d->arena, types, pair->key_count);
    pair->row_hasher = keel_row_hasher_create(d->arena, types, pair->columns.count);
}

static bool condition_works(keel_diff_run *d, const keel_diff_pair *pair, keel_error *err)
{
    for (keel_side side = KEEL_SOURCE; pair->where != NULL && side < KEEL_SIDES; side++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        keel_str_add(&sql, "SELECT 1");
        keel_diff_add_from(&sql, pair, side);
        keel_str_add(&sql, " LIMIT 0");
        if (keel_pg_query(d->lead[side], &rows, err, sql.data, 0, NULL))
            continue;
        keel_error why = *err;
        return keel_yaml_fail(pair->map->node, d->map->file, err, "\"where\" in the %s: %s", keel_side_names[side],
                              why.message);
    }
    return true;
}

bool keel_diff_pair_columns(keel_diff_run *d, keel_diff_pair *pair, keel_error *err)
{
    side_columns sources = {0}, targets = {0};

    if (!condition_works(d, pair, err) || !columns_of(d, pair, KEEL_SOURCE, &sources, err) ||
        !columns_of(d, pair, KEEL_TARGET, &targets, err))
        return false;
    bool *used = keel_arena_alloc(d->arena, (targets.count + 1) * sizeof *used);
    for (size_t i = 0; i < sources.count; i++)
        if (!take_column(d, pair, &sources.items[i], &targets, used, err))
            return false;
    if (!take_made_columns(d, pair, &sources, &targets, used, err))
        return false;
    find_extra_columns(d, pair, &targets, used);
    if (!keel_diff_choose_key(d, pair, err))
        return false;
    make_hashers(d, pair);
    return true;
}
