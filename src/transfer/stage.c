/* Rows that the server refused as a whole go into a temporary table without constraints, where one query per
 * constraint names every guilty row at once; the others are inserted in the same transaction. The same road serves rows
 * that merge with existing ones by natural key, values that SQL makes, and types that only the server can parse. */#include <stdlib.h>

#include "base/memory.h"
#include "transfer/stage_inside.h"

void keel_stage_name(const keel_plan_table *table, keel_str *out)
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
    keel_error ignored = {0};

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
    (void)keel_pg_exec(worker->pg, &ignored, "SET temp_buffers = '32MB'"); /* refused once a temporary table was used */
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
    keel_stage_name(table, sql);
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
    keel_stage_name(table, sql);
    keel_str_add(sql, " s WHERE keel_state = 0 ORDER BY keel_row");
    if (may_skip_conflicts(table))
        keel_str_add(sql, " ON CONFLICT DO NOTHING");
    if (!keel_pg_query(worker->pg, &result, err, sql->data, 0, NULL))
        return false;
    *ret_rows = keel_pg_affected(result);
    return true;
}

/* The insert itself finds unique conflicts (ON CONFLICT DO NOTHING) where afterwards the key tells who is missing; asking
 * before costs two queries per index over all rows, and is for rows that may merge, and for deferrable constraints. */
static bool asks_before(const keel_plan_table *table)
{
    return !may_skip_conflicts(table) || (table->mapping != NULL && table->mapping->match.count > 0);
}

static bool stage_rows(keel_worker *worker, keel_lane *lane, keel_stage_marks *m, bool *ret_done, keel_error *err)
{
    keel_plan_table *table = lane->table;
    int64_t inserted = 0, wanted = 0;

    if (!begin_stage(worker, lane, err) || !copy_to_stage(worker, lane, m->from, m->from + m->count, err) ||
        (asks_before(table) && !keel_stage_mark_uniques(worker, table, err)) ||
        !keel_stage_mark_checks(worker, table, err) || !keel_stage_mark_orphans(worker, table, err) ||
        !keel_stage_take_marked(worker, table, m, err) || !insert_rows(worker, table, &inserted, err))
        return false;
    for (size_t i = 0; i < m->count; i++)
        wanted += !m->dead[i] && worker->chunk.rows.items[m->from + i].merged_into == 0;
    if (inserted != wanted) {
        if (table->key_column < 0)
            return true;
        if (!keel_stage_mark_missing(worker, table, err) || !keel_stage_take_marked(worker, table, m, err))
            return false;
    }
    *ret_done = true;
    return keel_stage_learn_merged(worker, table, err);
}

bool keel_stage_send(keel_worker *worker, keel_lane *lane, size_t from, size_t *to, bool *ret_done, keel_error *err)
{
    KEEL_CLEANUP(keel_free_p) bool *dead = keel_alloc_zero(*to - from, sizeof(bool));
    keel_stage_marks m = {.dead = dead, .from = from, .count = *to - from};
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
