/* What becomes of the staged rows that the queries marked: rejects with the constraint's name, or rows merged into others. */
#include "transfer/stage_inside.h"

static const char *index_detail(const keel_plan_table *table, int index, const char *what, keel_arena *arena)
{
    return keel_arena_printf(arena, "%s under \"%s\"", what, table->target->indexes.items[index].name);
}

static int single_column(const keel_plan_table *table, const int *attnums, size_t count)
{
    return count == 1 ? keel_stage_column(table, attnums[0]) : -1;
}

/* Refused by something that no query can name: an expression or partial unique index, a concurrent writer, a trigger. */
static bool reject_missing(keel_worker *worker, keel_plan_table *table, size_t row, keel_error *err)
{
    bool drops = false;

    for (size_t i = 0; i < table->target->triggers.count; i++)
        drops = drops || (table->target->triggers.items[i].before && table->target->triggers.items[i].on_insert);
    return keel_reject_row(worker, table, row, drops ? KEEL_MISFIT_SERVER_ : KEEL_MISFIT_DUPLICATE_, -1,
                           drops ? "a trigger of the target dropped the row, or a unique index refused it"
                                 : "equal to another row under a unique index of the target",
                           err);
}

static bool reject_marked(keel_worker *worker, keel_plan_table *table, size_t row, int state, keel_error *err)
{
    keel_arena *arena = worker->chunk.arena;
    int at = state % 10000;

    if (state == KEEL_STAGE_MISSING)
        return reject_missing(worker, table, row, err);
    switch (state / 10000) {
    case KEEL_STAGE_HELD / 10000: {
        const keel_pg_index *index = &table->target->indexes.items[at];
        bool held = index->primary && table->target_had_rows;
        return keel_reject_row(worker, table, row, held ? KEEL_MISFIT_KEY_HELD_ : KEEL_MISFIT_DUPLICATE_,
                               single_column(table, index->columns, index->column_count),
                               index_detail(table, at, "the target already holds this value", arena), err);
    }
    case KEEL_STAGE_REPEATED / 10000: {
        const keel_pg_index *index = &table->target->indexes.items[at];
        return keel_reject_row(worker, table, row, KEEL_MISFIT_DUPLICATE_,
                               single_column(table, index->columns, index->column_count),
                               index_detail(table, at, "equal to an earlier row", arena), err);
    }
    case KEEL_STAGE_UNCHECKED / 10000: {
        const keel_pg_constraint *check = &table->target->constraints.items[at];
        return keel_reject_row(worker, table, row, KEEL_MISFIT_CHECK_,
                               single_column(table, check->columns, check->column_count),
                               keel_arena_printf(arena, "violates check \"%s\": %s", check->name, check->check_sql), err);
    }
    default: {
        const keel_plan_reference *reference = &table->references.items[at];
        return keel_reject_row(worker, table, row, KEEL_MISFIT_ORPHAN_, reference->columns[0],
                               keel_arena_printf(arena, "no row of \"%s.%s\" has this key",
                                                 reference->target->parent_schema, reference->target->parent_table),
                               err);
    }
    }
}

/* Reads what the queries marked: rejects leave the chunk, merged rows learn whom they became. */
bool keel_stage_take_marked(keel_worker *worker, keel_plan_table *table, keel_stage_marks *m, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "SELECT keel_row, keel_state FROM ");
    keel_stage_name(table, sql);
    keel_str_add(sql, " WHERE keel_state <> 0 ORDER BY keel_row");
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    for (int i = 0; i < keel_pg_rows(result); i++) {
        size_t row = (size_t)keel_pg_int(result, i, 0);
        int state = (int)keel_pg_int(result, i, 1);
        if (m->dead[row - m->from])
            continue;
        if (state == KEEL_STAGE_MERGED) {
            worker->chunk.rows.items[row].merged_into = 1;
            continue;
        }
        if (!reject_marked(worker, table, row, state, err))
            return false;
        m->dead[row - m->from] = true;
    }
    return true;
}

/* Columns of a merged row that can be compared: not the key, not the natural key, json has no equality. */
static void add_differs(keel_str *sql, const keel_plan_table *table)
{
    bool any = false;

    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        if ((int)i == table->key_column || column->as_text || column->type->kind == KEEL_PG_JSON)
            continue;
        keel_str_add(sql, any ? " OR s." : "s.");
        keel_pg_add_identifier(sql, column->target);
        keel_str_add(sql, " IS DISTINCT FROM t.");
        keel_pg_add_identifier(sql, column->target);
        any = true;
    }
    if (!any)
        keel_str_add(sql, "false");
}

/* After the insert, so that a row merged into one of the same chunk finds it as well. */
bool keel_stage_learn_merged(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    int match[32];
    size_t matched = keel_stage_match_columns(table, match, KEEL_COUNT_OF(match));
    keel_str *sql = &worker->sql;

    if (matched == 0)
        return true;
    keel_str_clear(sql);
    keel_str_add(sql, "SELECT s.keel_row, ");
    if (table->key_column >= 0 && table->integer_key) {
        keel_str_add(sql, "t.");
        keel_pg_add_identifier(sql, table->columns.items[table->key_column].target);
    } else {
        keel_str_add(sql, "0");
    }
    keel_str_add(sql, ", ");
    add_differs(sql, table);
    keel_str_add(sql, " FROM ");
    keel_stage_name(table, sql);
    keel_str_add(sql, " s JOIN ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " t ON ");
    keel_stage_add_equal(sql, table, match, matched);
    keel_str_addf(sql, " WHERE s.keel_state = %d", KEEL_STAGE_MERGED);
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    for (int i = 0; i < keel_pg_rows(result); i++) {
        keel_row *row = &worker->chunk.rows.items[keel_pg_int(result, i, 0)];
        row->new_key.integer = keel_pg_int(result, i, 1);
        worker->chunk.merged_different += keel_pg_bool(result, i, 2);
    }
    return true;
}
