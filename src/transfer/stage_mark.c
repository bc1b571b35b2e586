/* Who among the staged rows would be refused: one query per constraint marks them all. */
#include "transfer/stage_inside.h"

int keel_stage_column(const keel_plan_table *table, int attnum)
{
    const keel_pg_column *column = keel_pg_table_column_number(table->target, attnum);

    for (size_t i = 0; column != NULL && i < table->columns.count; i++)
        if (strcmp(table->columns.items[i].target, column->name) == 0)
            return (int)i;
    return -1;
}

/* Every column of the list is staged in its own type. */
bool keel_stage_has_all(const keel_plan_table *table, const int *attnums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int column = keel_stage_column(table, attnums[i]);
        if (column < 0 || table->columns.items[column].as_text)
            return false;
    }
    return count > 0;
}

void keel_stage_add_equal(keel_str *sql, const keel_plan_table *table, const int *attnums, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = table->columns.items[keel_stage_column(table, attnums[i])].target;
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
        keel_pg_add_identifier(sql, table->columns.items[keel_stage_column(table, attnums[i])].target);
        keel_str_add(sql, suffix);
    }
}

/* The natural key's columns as attribute numbers. */
size_t keel_stage_match_columns(const keel_plan_table *table, int *attnums, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; table->mapping != NULL && i < table->mapping->match.count && count < most; i++) {
        const keel_pg_column *column = keel_pg_table_column(table->target, table->mapping->match.items[i]);
        if (column != NULL)
            attnums[count++] = column->number;
    }
    return count;
}

/* Marks staged rows in state `from` that some row of the target equals in these columns. */
static bool mark_held(keel_worker *worker, const keel_plan_table *table, const int *attnums, size_t count, int from, int held,
                      keel_error *err)
{
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "UPDATE ");
    keel_stage_name(table, sql);
    keel_str_addf(sql, " s SET keel_state = %d WHERE keel_state = %d AND EXISTS (SELECT 1 FROM ", held, from);
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_add(sql, " t WHERE ");
    keel_stage_add_equal(sql, table, attnums, count);
    keel_str_add(sql, ")");
    return keel_pg_exec(worker->pg, err, sql->data);
}

/* Marks staged rows that an earlier staged row equals in these columns. */
static bool mark_repeated(keel_worker *worker, const keel_plan_table *table, const int *attnums, size_t count, int repeated,
                          keel_error *err)
{
    keel_str *sql = &worker->sql;

    keel_str_clear(sql);
    keel_str_add(sql, "UPDATE ");
    keel_stage_name(table, sql);
    keel_str_addf(sql, " s SET keel_state = %d FROM (SELECT keel_row, pg_catalog.row_number() OVER (PARTITION BY ", repeated);
    add_names(sql, table, attnums, count, "", ", ");
    keel_str_add(sql, " ORDER BY keel_row) AS place FROM ");
    keel_stage_name(table, sql);
    keel_str_add(sql, " WHERE keel_state = 0 AND ");
    add_names(sql, table, attnums, count, " IS NOT NULL", " AND ");
    keel_str_add(sql, ") d WHERE d.keel_row = s.keel_row AND d.place > 1");
    return keel_pg_exec(worker->pg, err, sql->data);
}

static bool is_readable(const keel_plan_table *table, const keel_pg_index *index)
{
    return index->unique && index->valid && !index->partial && !index->expression &&
           keel_stage_has_all(table, index->columns, index->column_count);
}

bool keel_stage_mark_uniques(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    int match[32];
    size_t matched = keel_stage_match_columns(table, match, KEEL_COUNT_OF(match));

    if (matched > 0 && (!mark_held(worker, table, match, matched, 0, KEEL_STAGE_MERGED, err) ||
                        !mark_repeated(worker, table, match, matched, KEEL_STAGE_MERGED, err)))
        return false;
    for (size_t i = 0; i < table->target->indexes.count; i++) {
        const keel_pg_index *index = &table->target->indexes.items[i];
        if (is_readable(table, index) &&
            (!mark_held(worker, table, index->columns, index->column_count, 0, KEEL_STAGE_HELD + (int)i, err) ||
             !mark_repeated(worker, table, index->columns, index->column_count, KEEL_STAGE_REPEATED + (int)i, err)))
            return false;
    }
    return true;
}

bool keel_stage_mark_missing(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    keel_str *sql = &worker->sql;

    keel_pg_add_identifier(&key, table->columns.items[table->key_column].target);
    keel_str_clear(sql);
    keel_str_add(sql, "UPDATE ");
    keel_stage_name(table, sql);
    keel_str_addf(sql, " s SET keel_state = %d WHERE keel_state = 0 AND NOT EXISTS (SELECT 1 FROM ", KEEL_STAGE_MISSING);
    keel_pg_add_qualified(sql, table->schema, table->name);
    keel_str_addf(sql, " t WHERE t.%s = s.%s AND t.xmin::text::bigint = (pg_catalog.txid_current() & 4294967295))", key.data,
                  key.data);
    if (!keel_pg_exec(worker->pg, err, sql->data))
        return false;
    for (size_t i = 0; i < table->target->indexes.count; i++) {
        const keel_pg_index *index = &table->target->indexes.items[i];
        if (is_readable(table, index) && !mark_held(worker, table, index->columns, index->column_count, KEEL_STAGE_MISSING,
                                                    KEEL_STAGE_HELD + (int)i, err))
            return false;
    }
    return true;
}

bool keel_stage_mark_checks(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    keel_str *sql = &worker->sql;

    for (size_t i = 0; i < table->target->constraints.count; i++) {
        const keel_pg_constraint *check = &table->target->constraints.items[i];
        if (check->type != 'c' || check->check_sql == NULL || !keel_stage_has_all(table, check->columns, check->column_count))
            continue;
        keel_str_clear(sql);
        keel_str_add(sql, "UPDATE ");
        keel_stage_name(table, sql);
        keel_str_addf(sql, " SET keel_state = %d WHERE keel_state = 0 AND NOT (%s)", KEEL_STAGE_UNCHECKED + (int)i, check->check_sql);
        if (!keel_pg_exec(worker->pg, err, sql->data))
            return false;
    }
    return true;
}

/* Parents that are not part of the run: the target's own rows. */
bool keel_stage_mark_orphans(keel_worker *worker, const keel_plan_table *table, keel_error *err)
{
    keel_str *sql = &worker->sql;

    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        if (reference->parent != NULL || reference->target == NULL ||
            !keel_stage_has_all(table, reference->target->columns, reference->target->column_count))
            continue;
        keel_str_clear(sql);
        keel_str_add(sql, "UPDATE ");
        keel_stage_name(table, sql);
        keel_str_addf(sql, " s SET keel_state = %d WHERE keel_state = 0 AND ", KEEL_STAGE_ORPHANED + (int)i);
        add_names(sql, table, reference->target->columns, reference->count, " IS NOT NULL", " AND ");
        keel_str_add(sql, " AND NOT EXISTS (SELECT 1 FROM ");
        keel_pg_add_qualified(sql, reference->target->parent_schema, reference->target->parent_table);
        keel_str_add(sql, " t WHERE ");
        for (size_t j = 0; j < reference->count; j++) {
            keel_str_add(sql, j > 0 ? " AND t." : "t.");
            keel_pg_add_identifier(sql, reference->target->parent_columns[j]);
            keel_str_add(sql, " = s.");
            keel_pg_add_identifier(sql, table->columns.items[keel_stage_column(table, reference->target->columns[j])].target);
        }
        keel_str_add(sql, ")");
        if (!keel_pg_exec(worker->pg, err, sql->data))
            return false;
    }
    return true;
}
