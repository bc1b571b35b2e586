/* How the rows of a table are read (the SELECT, its slices) and sent (the column list of COPY). */
#include "transfer/plan.h"

enum { SMALL_SPAN = 50000, SLICES = 16 };

static void add_cells(keel_str *sql, const keel_plan_table *table)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_str_add(sql, i > 0 ? ", " : "");
        keel_sqlite_add_identifier(sql, table->columns.items[i].source);
    }
}

static void add_filter(keel_str *sql, const keel_plan_table *table, const char *before)
{
    if (table->mapping != NULL && table->mapping->where != NULL)
        keel_str_addf(sql, "%s(%s)", before, table->mapping->where);
}

/* An order that is total, so that the n-th row is the same row in every reading of one version. */
static void add_total_order(keel_str *sql, const keel_plan_table *table)
{
    const char *comma = "";

    keel_str_add(sql, " ORDER BY ");
    if (table->mapping != NULL && table->mapping->order != NULL) {
        keel_str_add(sql, table->mapping->order);
        comma = ", ";
    }
    if (table->source->rowid_name != NULL) {
        keel_str_addf(sql, "%s%s", comma, table->source->rowid_name);
        return;
    }
    for (size_t i = 0; i < table->source->columns.count; i++) {
        if (!table->source->without_rowid || table->source->columns.items[i].primary_key == 0)
            continue;
        keel_str_add(sql, comma);
        keel_sqlite_add_identifier(sql, table->source->columns.items[i].name);
        comma = ", ";
    }
    if (comma[0] == '\0')
        keel_str_add(sql, "1");
}

static void make_select(keel_plan *plan, keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *rowid = table->source->rowid_name;

    keel_str_add(&sql, "SELECT ");
    add_cells(&sql, table);
    if (table->by_rowid) {
        keel_str_addf(&sql, ", %s FROM ", rowid);
        keel_sqlite_add_identifier(&sql, table->source->name);
        keel_str_addf(&sql, " WHERE %s BETWEEN ?1 AND ?2", rowid);
        add_filter(&sql, table, " AND ");
        keel_str_addf(&sql, " ORDER BY %s", rowid);
    } else {
        keel_str_add(&sql, " FROM ");
        keel_sqlite_add_identifier(&sql, table->source->name);
        add_filter(&sql, table, " WHERE ");
        add_total_order(&sql, table);
        keel_str_add(&sql, " LIMIT -1 OFFSET ?1");
    }
    table->select_sql = keel_arena_strdup(plan->arena, sql.data);
    table->cell_count = table->columns.count;
}

static bool rowid_span(keel_sqlite *db, const keel_plan_table *table, int64_t *ret_span, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    int64_t low = 0, high = 0;
    bool none = false;

    keel_str_addf(&sql, "SELECT min(%s) FROM ", table->source->rowid_name);
    keel_sqlite_add_identifier(&sql, table->source->name);
    if (!keel_sqlite_int(db, sql.data, &low, &none, err))
        return false;
    keel_str_clear(&sql);
    keel_str_addf(&sql, "SELECT max(%s) FROM ", table->source->rowid_name);
    keel_sqlite_add_identifier(&sql, table->source->name);
    if (!none && !keel_sqlite_int(db, sql.data, &high, &none, err))
        return false;
    *ret_span = none ? 0 : __builtin_sub_overflow(high, low, ret_span) ? INT64_MAX : high - low + 1;
    return true;
}

static bool make_slices(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err)
{
    int64_t span = 0;

    if (table->journalled != NULL) {
        table->slice_count = table->journalled->slice_count;
        table->slices = keel_arena_alloc(plan->arena, (table->slice_count + 1) * sizeof *table->slices);
        for (size_t i = 0; i < table->slice_count; i++)
            table->slices[i] = (keel_sqlite_range){table->journalled->slices[2 * i], table->journalled->slices[2 * i + 1]};
        return true;
    }
    if (!table->by_rowid) {
        table->slices = keel_arena_alloc(plan->arena, sizeof *table->slices);
        table->slice_count = 1;
        table->slices[0] = (keel_sqlite_range){0, INT64_MAX};
        return true;
    }
    if (!rowid_span(db, table, &span, err))
        return false;
    return keel_sqlite_slices(db, table->source->name, span <= SMALL_SPAN ? 1 : SLICES, plan->arena, &table->slices,
                              &table->slice_count, err);
}

bool keel_plan_reslice(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err)
{
    const keel_run_table *journalled = table->journalled;

    table->journalled = NULL;
    bool made = make_slices(plan, db, table, err);
    table->journalled = journalled;
    return made;
}

static void make_key_cells(keel_plan_table *table)
{
    for (int part = 1; part <= KEEL_KEY_COLUMNS; part++)
        for (size_t i = 0; i < table->columns.count; i++)
            if (table->columns.items[i].source_column->primary_key == part)
                table->source_key_cells[table->source_key_count++] = i;
}

static void make_copy_columns(keel_plan *plan, keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    for (size_t i = 0; i < table->columns.count; i++) {
        keel_str_add(&list, i > 0 ? ", " : "");
        keel_pg_add_identifier(&list, table->columns.items[i].target);
    }
    table->copy_columns = keel_arena_strdup(plan->arena, keel_str_text(&list));
}

static void make_hasher(keel_plan *plan, keel_plan_table *table)
{
    const keel_pg_type **types = keel_arena_alloc(plan->arena, (table->columns.count + 1) * sizeof *types);

    for (size_t i = 0; i < table->columns.count; i++)
        types[i] = table->columns.items[i].type;
    table->hasher = keel_row_hasher_create(plan->arena, types, table->columns.count);
}

/* The target's primary key, if every column of it is sent. */
static void make_target_key(keel_plan *plan, keel_plan_table *table)
{
    const keel_pg_constraint *key = table->target != NULL ? keel_pg_table_primary_key(table->target) : NULL;
    size_t wanted = key != NULL ? key->column_count : table->create ? table->source_key_count : 0;
    const keel_pg_type **types = keel_arena_alloc(plan->arena, (wanted + 1) * sizeof *types);

    table->key_columns = keel_arena_alloc(plan->arena, (wanted + 1) * sizeof(int));
    for (size_t i = 0; i < wanted; i++) {
        int at = -1;
        if (key == NULL)
            at = (int)table->source_key_cells[i];
        for (size_t j = 0; key != NULL && j < table->columns.count; j++)
            if (strcmp(table->columns.items[j].target,
                       keel_pg_table_column_number(table->target, key->columns[i])->name) == 0)
                at = (int)j;
        if (at < 0)
            return;
        table->key_columns[i] = at;
        types[i] = table->columns.items[at].type;
    }
    table->key_column_count = wanted;
    if (wanted > 0)
        table->key_hasher = keel_row_hasher_create(plan->arena, types, wanted);
}

/* The stage is for what COPY cannot do: text that the server must cast, values that SQL makes, merging. */
static bool needs_stage(const keel_plan_table *table)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (table->columns.items[i].as_text)
            return true;
    if (table->sets.count > 0)
        return true;
    return table->mapping != NULL && table->mapping->match.count > 0;
}

bool keel_plan_select(keel_plan *plan, keel_sqlite *db, keel_plan_table *table, keel_error *err)
{
    table->by_rowid = table->source->rowid_name != NULL && (table->mapping == NULL || table->mapping->order == NULL);
    make_select(plan, table);
    make_key_cells(table);
    make_target_key(plan, table);
    make_copy_columns(plan, table);
    make_hasher(plan, table);
    table->staged = needs_stage(table);
    return make_slices(plan, db, table, err);
}
