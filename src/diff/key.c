/* By what the rows of a pair are matched. */
#include <string.h>

#include "diff/inside.h"

static size_t find_column(const keel_diff_pair *pair, keel_side side, const char *name)
{
    size_t i = 0;

    while (i < pair->columns.count && strcmp(pair->columns.items[i].name[side], name) != 0)
        i++;
    return i;
}

/* The columns of the pair behind attribute numbers; false if one of them is not compared or is an expression. */
static bool columns_of(const keel_diff_pair *pair, keel_side side, const int *numbers, size_t count, size_t *ret_columns)
{
    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(pair->table[side], numbers[i]);
        ret_columns[i] = column != NULL ? find_column(pair, side, column->name) : pair->columns.count;
        if (ret_columns[i] == pair->columns.count)
            return false;
    }
    return count > 0;
}

static bool is_full_key(const keel_pg_index *index)
{
    return index->unique && index->valid && !index->partial && !index->expression && index->column_count > 0;
}

static bool holds(const size_t *columns, size_t count, size_t column)
{
    for (size_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

static bool never_null(const keel_diff_pair *pair, keel_side side, const size_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const keel_pg_column *column =
            keel_pg_table_column(pair->table[side], pair->columns.items[columns[i]].name[side]);
        if (column == NULL || !column->not_null || (side == KEEL_SOURCE && pair->columns.items[columns[i]].made))
            return false;
    }
    return true;
}

/* Does a unique index of that side hold exactly these columns, none of which may be NULL? */
static bool is_unique(keel_diff_run *d, const keel_diff_pair *pair, keel_side side, const size_t *columns, size_t count)
{
    const keel_pg_table *table = pair->table[side];

    if (table == NULL || !never_null(pair, side, columns, count))
        return false;
    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_pg_index *index = &table->indexes.items[i];
        size_t *found = keel_arena_alloc(d->arena, (index->column_count + 1) * sizeof *found);
        if (!is_full_key(index) || index->column_count != count ||
            !columns_of(pair, side, index->columns, index->column_count, found))
            continue;
        size_t matched = 0;
        while (matched < count && holds(columns, count, found[matched]))
            matched++;
        if (matched == count)
            return true;
    }
    return false;
}

static bool is_int(const keel_pg_type *type)
{
    return type->kind == KEEL_PG_INT2 || type->kind == KEEL_PG_INT4 || type->kind == KEEL_PG_INT8;
}

static bool by_range(const keel_diff_pair *pair, size_t count)
{
    const keel_diff_column *first = &pair->columns.items[0];

    return pair->unique && count == 1 && is_int(first->declared[KEEL_SOURCE]) && is_int(first->declared[KEEL_TARGET]);
}

/* The key's columns move to the front, in its order. */
static void use_key(keel_diff_run *d, keel_diff_pair *pair, const size_t *columns, size_t count)
{
    keel_diff_column *ordered = keel_arena_alloc(d->arena, (pair->columns.count + 1) * sizeof *ordered);
    size_t filled = 0;

    pair->unique = is_unique(d, pair, KEEL_SOURCE, columns, count) && is_unique(d, pair, KEEL_TARGET, columns, count);
    for (size_t i = 0; i < count; i++)
        ordered[filled++] = pair->columns.items[columns[i]];
    for (size_t i = 0; i < pair->columns.count; i++)
        if (!holds(columns, count, i))
            ordered[filled++] = pair->columns.items[i];
    pair->columns.items = ordered;
    pair->key_count = count;
    pair->keying = by_range(pair, count) ? KEEL_BY_RANGE : KEEL_BY_KEY;
}

static bool use_names(keel_diff_run *d, keel_diff_pair *pair, const keel_diff_names *names, keel_error *err)
{
    size_t *columns = keel_arena_alloc(d->arena, names->count * sizeof *columns);

    for (size_t i = 0; i < names->count; i++) {
        columns[i] = find_column(pair, KEEL_SOURCE, names->items[i]);
        if (columns[i] == pair->columns.count)
            return keel_fail(err, KEEL_ERR_USAGE, "the key of \"%s\": column \"%s\" is not compared",
                             pair->name[KEEL_SOURCE], names->items[i]);
        if (holds(columns, i, columns[i]))
            return keel_fail(err, KEEL_ERR_USAGE, "the key of \"%s\": column \"%s\" is named twice",
                             pair->name[KEEL_SOURCE], names->items[i]);
    }
    use_key(d, pair, columns, names->count);
    if (!pair->unique)
        keel_report_addf(d->report, KEEL_INFO, "diff.key", pair->name[KEEL_SOURCE], NULL, NULL,
                         "no unique index says that its key is one on both sides; rows with the same key are paired one "
                         "to one");
    return true;
}

static const keel_diff_names *names_given(keel_diff_run *d, const keel_diff_pair *pair)
{
    for (size_t i = 0; i < d->keys.count; i++) {
        keel_diff_key_option *key = &d->keys.items[i];
        const keel_pg_table *table = pair->table[KEEL_SOURCE];
        const char *name = table != NULL ? table->name : pair->name[KEEL_SOURCE];
        if (strcmp(key->table.name, name) != 0 ||
            (key->table.schema != NULL && table != NULL && strcmp(key->table.schema, table->schema) != 0))
            continue;
        key->used = true;
        return &key->columns;
    }
    return pair->map != NULL && pair->map->key.count > 0 ? &pair->map->key : NULL;
}

static bool use_primary_key(keel_diff_run *d, keel_diff_pair *pair, keel_side side)
{
    const keel_pg_constraint *key =
        pair->table[side] != NULL ? keel_pg_table_primary_key(pair->table[side]) : NULL;

    if (key == NULL)
        return false;
    size_t *columns = keel_arena_alloc(d->arena, (key->column_count + 1) * sizeof *columns);
    if (!columns_of(pair, side, key->columns, key->column_count, columns))
        return false;
    use_key(d, pair, columns, key->column_count);
    return true;
}

/* A unique index that both sides have. */
static bool use_unique_index(keel_diff_run *d, keel_diff_pair *pair)
{
    const keel_pg_table *table = pair->table[KEEL_SOURCE];

    for (size_t i = 0; table != NULL && i < table->indexes.count; i++) {
        const keel_pg_index *index = &table->indexes.items[i];
        size_t *columns = keel_arena_alloc(d->arena, (index->column_count + 1) * sizeof *columns);
        if (!is_full_key(index) || !columns_of(pair, KEEL_SOURCE, index->columns, index->column_count, columns) ||
            !never_null(pair, KEEL_SOURCE, columns, index->column_count) ||
            !is_unique(d, pair, KEEL_TARGET, columns, index->column_count))
            continue;
        use_key(d, pair, columns, index->column_count);
        return true;
    }
    return false;
}

bool keel_diff_choose_key(keel_diff_run *d, keel_diff_pair *pair, keel_error *err)
{
    const keel_diff_names *names = names_given(d, pair);

    if (names != NULL)
        return use_names(d, pair, names, err);
    if (use_primary_key(d, pair, KEEL_SOURCE) || use_primary_key(d, pair, KEEL_TARGET) || use_unique_index(d, pair))
        return true;
    pair->keying = KEEL_BY_ROW;
    keel_report_addf(d->report, KEEL_INFO, "diff.no_key", pair->name[KEEL_SOURCE], NULL,
                     "Name the columns that tell its rows apart with --key.",
                     "has no key: equal rows are counted on both sides, and a row that differs is one missing and one "
                     "extra");
    return true;
}

static bool bad_keys(const char *text, keel_error *err)
{
    keel_fail(err, KEEL_ERR_USAGE, "--key does not understand \"%s\"", text);
    return keel_fail_hint(err, "Write TABLE=COLUMN,COLUMN; a semicolon stands before the next table.");
}

static bool read_key(keel_diff_run *d, const char *text, size_t size, keel_error *err)
{
    const char *part = keel_arena_strndup(d->arena, text, size), *equals = strchr(part, '=');
    keel_diff_key_option key = {0};

    if (equals == NULL ||
        !keel_diff_name_read(d->arena, keel_arena_strndup(d->arena, part, (size_t)(equals - part)), &key.table) ||
        !keel_diff_names_read(d->arena, equals + 1, strlen(equals + 1), &key.columns))
        return bad_keys(part, err);
    keel_arena_push(d->arena, &d->keys, key);
    return true;
}

bool keel_diff_read_keys(keel_diff_run *d, keel_error *err)
{
    const char *at = d->options->keys;

    while (at != NULL && *at != '\0') {
        size_t size = strcspn(at, ";");
        if (!read_key(d, at, size, err))
            return false;
        at += size + (at[size] == ';');
    }
    return true;
}
