/* Rows that the server refused as a whole go into a temporary table without constraints, where one query per
 * constraint names every guilty row at once; the others are inserted in the same transaction. The same road serves rows
 * that merge with existing ones by natural key, values that SQL makes, and types that only the server can parse. */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/transfer.h"

/* keel_state of a staged row: 0 = to be inserted, else one of these plus the index of the index, constraint or reference. */
enum { MERGED = 1, HELD = 10000, REPEATED = 20000, UNCHECKED = 30000, ORPHANED = 40000 };

static void stage_name(const keel_plan_table *table, keel_str *out)
{
    keel_str_addf(out, "pg_temp.keel_stage_%d", table->number);
}

/* The type of a staged column: text where the server parses it, the base type under a domain (whose checks would
 * refuse the whole COPY), else the target's own. */
static bool stage_type(keel_worker *worker, const keel_plan_column *column, keel_str *out, keel_error *err)
{
    char oid[16];
    const char *params[] = {oid};

    if (column->as_text) {
        keel_str_add(out, "text");
        return true;
    }
    if (!column->type->domain) {
        keel_str_add(out, column->type->name);
        return true;
    }
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    snprintf(oid, sizeof oid, "%u", column->type->base_oid);
    if (!keel_pg_query_value(worker->pg, &name, NULL, err, "SELECT pg_catalog.format_type($1::oid, NULL)", 1, params))
        return false;
    keel_str_add(out, keel_str_text(&name));
    return true;
}

static bool make_stage(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (worker->stage_made[table->index])
        return true;
    keel_str_add(&sql, "CREATE TEMPORARY TABLE ");
    keel_str_addf(&sql, "keel_stage_%d (keel_row integer, keel_state integer NOT NULL DEFAULT 0", table->number);
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_str_add(&sql, ", ");
        keel_pg_add_identifier(&sql, table->columns.items[i].target);
        keel_str_add(&sql, " ");
        if (!stage_type(worker, &table->columns.items[i], &sql, err))
            return false;
    }
    keel_str_add(&sql, ") ON COMMIT DELETE ROWS");
    if (!keel_pg_exec(worker->pg, err, sql.data))
        return keel_fail_context(err, "create the stage for \"%s\"", table->name);
    worker->stage_made[table->index] = true;
    return true;
}

static bool begin_stage(keel_worker *worker, const keel_lane *lane, keel_error *err)
{
    const keel_plan_table *table = lane->table;
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "BEGIN; ");
    keel_journal_chunk_begin_sql(sql, worker->transfer->run, table->number, KEEL_CHUNK_LOAD, lane->number, lane->next_seq,
                                 keel_plan_relation(worker->transfer->plan, table));
    keel_str_add(sql, "COPY ");
    stage_name(table, sql);
    keel_str_addf(sql, " (keel_row, %s) FROM STDIN (FORMAT binary)", table->copy_columns);
    return keel_pg_copy_in_begin(worker->pg, err, sql->data);
}

/* The chunk's tuples with their row number in front. */
static bool copy_to_stage(keel_worker *worker, const keel_lane *lane, size_t from, size_t to, keel_error *err)
{
    const keel_chunk *chunk = &worker->chunk;
    keel_str *out = &worker->lines;
    int64_t rows = 0;

    keel_str_clear(out);
    keel_str_addn(out, KEEL_PG_COPY_HEADER, sizeof KEEL_PG_COPY_HEADER);
    for (size_t i = from; i < to; i++) {
        const keel_row *row = &chunk->rows.items[i];
        keel_str_add_i16(out, (int16_t)(lane->table->columns.count + 1));
        keel_str_add_i32(out, 4);
        keel_str_add_i32(out, (int32_t)i);
        keel_str_addn(out, chunk->data.data + row->start + 2, row->size - 2);
        if (out->size < KEEL_SEND_BYTES)
            continue;
        if (!keel_pg_copy_in_send(worker->pg, err, out->data, out->size))
            return false;
        keel_str_clear(out);
    }
    keel_str_addn(out, KEEL_PG_COPY_TRAILER, sizeof KEEL_PG_COPY_TRAILER);
    return keel_pg_copy_in_send(worker->pg, err, out->data, out->size) && keel_pg_copy_in_end(worker->pg, &rows, err);
}

static int staged_column(const keel_plan_table *table, int attnum)
{
    const keel_pg_column *column = keel_pg_table_column_number(table->target, attnum);

    for (size_t i = 0; column != NULL && i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].target, column->name) == 0)
            return (int)i;
    return -1;
}

/* Every column of the list is staged in its own type. */
static bool all_staged(const keel_plan_table *table, const int *attnums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int column = staged_column(table, attnums[i]);
        if (column < 0 || table->columns.items[column].as_text)
            return false;
    }
    return count > 0;
}

static void add_equal(keel_str *sql, const keel_plan_table *table, const int *attnums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = table->columns.items[staged_column(table, attnums[i])].target;
        keel_str_add(sql, i > 0 ? " AND t." : "t.");
        keel_pg_add_identifier(sql, name);
        keel_str_add(sql, " = s.");
        keel_pg_add_identifier(sql, name);
    }
}

static void add_names(keel_str *sql, const keel_plan_table *table, const int *attnums, size_t count, const char *suffix,
                      const char *between)
{
    for (size_t i = 0; i < count; i++) {
        keel_str_add(sql, i > 0 ? between : "");
        keel_pg_add_identifier(sql, table->columns.items[staged_column(table, attnums[i])].target);
        keel_str_add(sql, suffix);
    }
}

/* Marks staged rows that some row of the target, or an earlier staged row, equals in these columns. */
static bool mark_equal(keel_worker *worker, const keel_plan_table *table, const int *attnums, size_t count, int held,
                       int repeated, keel_error *err)
{
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "UPDATE ");
    stage_name(table, sql);
    keel_str_addf(sql, " s SET keel_state = %d WHERE keel_state = 0 AND EXISTS (SELECT 1 FROM ", held);
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " t WHERE ");
    add_equal(sql, table, attnums, count);
    keel_str_add(sql, ")");
    if (!keel_pg_exec(worker->pg, err, sql->data))
        return false;
    keel_str_clear(sql);
    keel_str_add(sql, "UPDATE ");
    stage_name(table, sql);
    keel_str_addf(sql, " s SET keel_state = %d FROM (SELECT keel_row, pg_catalog.row_number() OVER (PARTITION BY ", repeated);
    add_names(sql, table, attnums, count, "", ", ");
    keel_str_add(sql, " ORDER BY keel_row) AS place FROM ");
    stage_name(table, sql);
    keel_str_add(sql, " WHERE keel_state = 0 AND ");
    add_names(sql, table, attnums, count, " IS NOT NULL", " AND ");
    keel_str_add(sql, ") d WHERE d.keel_row = s.keel_row AND d.place > 1");
    return keel_pg_exec(worker->pg, err, sql->data);
}

/* The natural key's columns as attribute numbers. */
static size_t match_columns(const keel_plan_table *table, int *attnums, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; table->mapping != NULL && i < table->mapping->match.count && count < most; i++) {
        const keel_pg_column *column = keel_pg_table_column(table->target, table->mapping->match.items[i]);
        if (column != NULL)
            attnums[count++] = column->number;
    }
    return count;
}

static bool mark_uniques(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    int match[32];
    size_t matched = match_columns(table, match, KEEL_COUNT_OF(match));

    if (matched > 0 && !mark_equal(worker, table, match, matched, MERGED, MERGED, err))
        return false;
    for (size_t i = 0; i < table->target->indexes.count; i++) {
        const keel_pg_index *index = &table->target->indexes.items[i];
        if (!index->unique || !index->valid || index->partial || index->expression ||
            !all_staged(table, index->columns, index->column_count))
            continue;
        if (!mark_equal(worker, table, index->columns, index->column_count, HELD + (int)i, REPEATED + (int)i, err))
            return false;
    }
    return true;
}

static bool mark_checks(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    keel_str *sql = &worker->sql;

    for (size_t i = 0; i < table->target->constraints.count; i++) {
        const keel_pg_constraint *check = &table->target->constraints.items[i];
        if (check->type != 'c' || check->check_sql == NULL || !all_staged(table, check->columns, check->column_count))
            continue;
        keel_str_clear(sql);
        keel_str_add(sql, "UPDATE ");
        stage_name(table, sql);
        keel_str_addf(sql, " SET keel_state = %d WHERE keel_state = 0 AND NOT (%s)", UNCHECKED + (int)i, check->check_sql);
        if (!keel_pg_exec(worker->pg, err, sql->data))
            return false;
    }
    return true;
}

/* Parents that are not part of the run: the target's own rows. */
static bool mark_orphans(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    keel_str *sql = &worker->sql;

    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        if (reference->parent != NULL || reference->target == NULL ||
            !all_staged(table, reference->target->columns, reference->target->column_count))
            continue;
        keel_str_clear(sql);
        keel_str_add(sql, "UPDATE ");
        stage_name(table, sql);
        keel_str_addf(sql, " s SET keel_state = %d WHERE keel_state = 0 AND ", ORPHANED + (int)i);
        add_names(sql, table, reference->target->columns, reference->count, " IS NOT NULL", " AND ");
        keel_str_add(sql, " AND NOT EXISTS (SELECT 1 FROM ");
        keel_pg_add_qualified(sql, reference->target->parent_schema, reference->target->parent_table);
        keel_str_add(sql, " t WHERE ");
        for (size_t j = 0; j < reference->count; j++) {
            keel_str_add(sql, j > 0 ? " AND t." : "t.");
            keel_pg_add_identifier(sql, reference->target->parent_columns[j]);
            keel_str_add(sql, " = s.");
            keel_pg_add_identifier(sql, table->columns.items[staged_column(table, reference->target->columns[j])].target);
        }
        keel_str_add(sql, ")");
        if (!keel_pg_exec(worker->pg, err, sql->data))
            return false;
    }
    return true;
}

static void add_sets(keel_str *names, keel_str *values, const keel_plan_table *table)
{
    for (size_t i = 0; i < table->sets.count; i++) {
        const keel_map_set *set = table->sets.items[i];
        keel_str_add(names, ", ");
        keel_pg_add_identifier(names, set->target);
        keel_str_add(values, ", ");
        if (set->sql != NULL)
            keel_str_addf(values, "(%s)", set->sql);
        else
            keel_pg_add_literal(values, set->value);
        if (set->sql == NULL)
            keel_str_addf(values, "::%s", keel_pg_table_column(table->target, set->target)->type->name);
    }
}

/* ON CONFLICT does not speak of deferrable constraints: PostgreSQL refuses the statement. */
static bool may_skip_conflicts(const keel_plan_table *table)
{
    for (size_t i = 0; i < table->target->indexes.count; i++)
        if (!table->target->indexes.items[i].immediate)
            return false;
    return table->key_column >= 0;
}

static bool insert_rows(keel_worker *worker, const keel_plan_table *table, int64_t *ret_rows, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str names = {0};
    KEEL_CLEANUP(keel_str_free) keel_str values = {0};
    keel_str *sql = &worker->sql;

    keel_str_add(&names, table->copy_columns);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        keel_str_add(&values, i > 0 ? ", s." : "s.");
        keel_pg_add_identifier(&values, column->target);
        if (column->as_text)
            keel_str_addf(&values, "::%s", column->type->name);
    }
    add_sets(&names, &values, table);
    keel_str_clear(sql);
    keel_str_add(sql, "INSERT INTO ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_addf(sql, " (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ", names.data, values.data);
    stage_name(table, sql);
    keel_str_add(sql, " s WHERE keel_state = 0 ORDER BY keel_row");
    if (may_skip_conflicts(table))
        keel_str_add(sql, " ON CONFLICT DO NOTHING");
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    *ret_rows = keel_pg_affected(result);
    return true;
}

typedef struct marks {
    bool *dead;
    size_t from, count;
} marks;

static const char *index_detail(const keel_plan_table *table, int index, const char *what, keel_arena *arena)
{
    return keel_arena_printf(arena, "%s under \"%s\"", what, table->target->indexes.items[index].name);
}

static int single_column(const keel_plan_table *table, const int *attnums, size_t count)
{
    return count == 1 ? staged_column(table, attnums[0]) : -1;
}

static bool reject_marked(keel_worker *worker, keel_plan_table *table, size_t row, int state, keel_error *err)
{
    keel_arena *arena = worker->chunk.arena;
    int at = state % 10000;

    switch (state / 10000) {
    case HELD / 10000: {
        const keel_pg_index *index = &table->target->indexes.items[at];
        bool held = index->primary && table->target_had_rows;
        return keel_reject_row(worker, table, row, held ? KEEL_MISFIT_KEY_HELD_ : KEEL_MISFIT_DUPLICATE_,
                               single_column(table, index->columns, index->column_count),
                               index_detail(table, at, "the target already holds this value", arena), err);
    }
    case REPEATED / 10000: {
        const keel_pg_index *index = &table->target->indexes.items[at];
        return keel_reject_row(worker, table, row, KEEL_MISFIT_DUPLICATE_,
                               single_column(table, index->columns, index->column_count),
                               index_detail(table, at, "equal to an earlier row", arena), err);
    }
    case UNCHECKED / 10000: {
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
static bool take_marked(keel_worker *worker, keel_plan_table *table, marks *m, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "SELECT keel_row, keel_state FROM ");
    stage_name(table, sql);
    keel_str_add(sql, " WHERE keel_state <> 0 ORDER BY keel_row");
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    for (int i = 0; i < keel_pg_rows(result); i++) {
        size_t row = (size_t)keel_pg_int(result, i, 0);
        int state = (int)keel_pg_int(result, i, 1);
        if (state == MERGED) {
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
static bool learn_merged(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    int match[32];
    size_t matched = match_columns(table, match, KEEL_COUNT_OF(match));
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
    stage_name(table, sql);
    keel_str_add(sql, " s JOIN ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " t ON ");
    add_equal(sql, table, match, matched);
    keel_str_addf(sql, " WHERE s.keel_state = %d", MERGED);
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    for (int i = 0; i < keel_pg_rows(result); i++) {
        keel_row *row = &worker->chunk.rows.items[keel_pg_int(result, i, 0)];
        row->new_key.integer = keel_pg_int(result, i, 1);
        worker->chunk.merged_different += keel_pg_bool(result, i, 2);
    }
    return true;
}

/* Rows that were to be inserted and are not there: lost to a unique index that no query above could read (an
 * expression, a partial one), to a concurrent writer, or to a trigger. */
static bool reject_missing(keel_worker *worker, keel_plan_table *table, marks *m, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    keel_str *sql = &worker->sql;
    bool drops = false;

    for (size_t i = 0; i < table->target->triggers.count; i++)
        drops = drops || (table->target->triggers.items[i].before && table->target->triggers.items[i].on_insert);
    keel_pg_add_identifier(&key, table->columns.items[table->key_column].target);
    keel_str_clear(sql);
    keel_str_add(sql, "SELECT s.keel_row FROM ");
    stage_name(table, sql);
    keel_str_add(sql, " s WHERE s.keel_state = 0 AND NOT EXISTS (SELECT 1 FROM ");
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_addf(sql,
                  " t WHERE t.%s = s.%s AND t.xmin::text::bigint = (pg_catalog.txid_current() & 4294967295))"
                  " ORDER BY 1",
                  key.data, key.data);
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    for (int i = 0; i < keel_pg_rows(result); i++) {
        size_t row = (size_t)keel_pg_int(result, i, 0);
        if (!keel_reject_row(worker, table, row, drops ? KEEL_MISFIT_SERVER_ : KEEL_MISFIT_DUPLICATE_, -1,
                             drops ? "a trigger of the target dropped the row, or a unique index refused it"
                                   : "equal to another row under a unique index of the target",
                             err))
            return false;
        m->dead[row - m->from] = true;
    }
    return true;
}

static bool stage_rows(keel_worker *worker, keel_lane *lane, marks *m, bool *ret_done, keel_error *err)
{
    keel_plan_table *table = lane->table;
    int64_t inserted = 0, wanted = 0;

    if (!begin_stage(worker, lane, err) || !copy_to_stage(worker, lane, m->from, m->from + m->count, err) ||
        !mark_uniques(worker, table, err) || !mark_checks(worker, table, err) || !mark_orphans(worker, table, err) ||
        !take_marked(worker, table, m, err) || !insert_rows(worker, table, &inserted, err))
        return false;
    for (size_t i = 0; i < m->count; i++)
        wanted += !m->dead[i] && worker->chunk.rows.items[m->from + i].merged_into == 0;
    if (inserted != wanted) {
        if (table->key_column < 0)
            return true;
        if (!reject_missing(worker, table, m, err))
            return false;
    }
    *ret_done = true;
    return learn_merged(worker, table, err);
}

bool keel_stage_send(keel_worker *worker, keel_lane *lane, size_t from, size_t *to, bool *ret_done, keel_error *err)
{
    KEEL_CLEANUP(keel_free_p) bool *dead = keel_alloc_zero(*to - from, sizeof(bool));
    marks m = {.dead = dead, .from = from, .count = *to - from};
    size_t before = worker->chunk.rows.count;

    *ret_done = false;
    for (size_t i = from; i < *to; i++)
        worker->chunk.rows.items[i].merged_into = 0;
    if (!make_stage(worker, lane->table, err))
        return false;
    bool sent = stage_rows(worker, lane, &m, ret_done, err);
    keel_chunk_drop(&worker->chunk, lane->table, from, m.count, dead);
    *to -= before - worker->chunk.rows.count;
    return sent;
}
