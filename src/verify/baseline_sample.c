/* A few rows of each table by their keys: for --quick, which hashes nothing else, and to name rows where hashes only
 * name columns. */
#include <stdlib.h>
#include <string.h>

#include "verify/baseline_inside.h"

enum { ROWS = 100, BLOCKS = 20, BLOCK_SIZE = 8192 };

static void add_select(const keel_baseline_slot *slot, keel_arena *arena, keel_str *sql)
{
    keel_str_addf(sql, "SELECT %s", keel_baseline_row_hash(arena, slot));
    for (size_t i = 0; i < slot->key->key.count; i++) {
        keel_str_add(sql, ", t.");
        keel_pg_add_identifier(sql, slot->key->key.items[i]);
        keel_str_add(sql, "::pg_catalog.text");
    }
    keel_str_add(sql, " FROM ");
    keel_str_add(sql, slot->table->kind == 'r' ? "ONLY " : "");
    keel_pg_add_qualified(sql, slot->table->schema, slot->table->name);
    keel_str_add(sql, " t");
}

/* Some blocks of a large table, the same ones each time; of a small one simply the first rows. */
static void add_any(const keel_baseline_slot *slot, keel_str *sql)
{
    int64_t blocks = slot->table->bytes / BLOCK_SIZE;

    if (slot->table->kind == 'r' && blocks > BLOCKS * 10)
        keel_str_addf(sql, " TABLESAMPLE SYSTEM (%.8f) REPEATABLE (0)", 100.0 * BLOCKS / (double)blocks);
    keel_str_addf(sql, " LIMIT %d", ROWS);
}

/* Those rows that the baseline names: by unnest($1, $2...) of the key's columns, each read as its column's type. */
static void add_named(const keel_pg_table *table, const keel_baseline_table *before, keel_str *sql)
{
    keel_str_add(sql, " JOIN ROWS FROM (");
    for (size_t i = 0; i < before->key.count; i++)
        keel_str_addf(sql, "%spg_catalog.unnest($%zu::pg_catalog.text[])", i > 0 ? ", " : "", i + 1);
    keel_str_add(sql, ") AS s (");
    for (size_t i = 0; i < before->key.count; i++)
        keel_str_addf(sql, "%sk%zu", i > 0 ? ", " : "", i + 1);
    keel_str_add(sql, ") ON ");
    for (size_t i = 0; i < before->key.count; i++) {
        const keel_pg_column *column = keel_pg_table_column(table, before->key.items[i]);
        keel_str_add(sql, i > 0 ? " AND t." : "t.");
        keel_pg_add_identifier(sql, before->key.items[i]);
        keel_str_addf(sql, " = s.k%zu::%s", i + 1, column->type->name);
    }
}

static void add_item(keel_str *array, const char *text)
{
    keel_str_addc(array, array->size > 0 ? ',' : '{');
    keel_str_addc(array, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            keel_str_addc(array, '\\');
        keel_str_addc(array, *text);
    }
    keel_str_addc(array, '"');
}

static const char **key_arrays(keel_arena *arena, const keel_baseline_table *before)
{
    const char **arrays = keel_arena_alloc(arena, (before->key.count + 1) * sizeof *arrays);

    for (size_t i = 0; i < before->key.count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str array = {0};
        for (size_t row = 0; row < before->sample.count; row++)
            add_item(&array, before->sample.items[row].key[i]);
        keel_str_addc(&array, '}');
        arrays[i] = keel_arena_strdup(arena, array.data);
    }
    return arrays;
}

static void keep(keel_baseline_job *job, keel_baseline_slot *slot, const keel_pg_result *rows)
{
    size_t keys = slot->key->key.count;

    pthread_mutex_lock(&job->lock);
    slot->now->sample.count = slot->now->sample.capacity = 0;
    slot->now->sample.items = NULL;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_baseline_row one = {keel_arena_alloc(job->arena, (keys + 1) * sizeof *one.key),
                                 keel_baseline_wrap(keel_pg_text(rows, row, 0))};
        for (size_t i = 0; i < keys; i++)
            one.key[i] = keel_arena_strdup(job->arena, keel_pg_text(rows, row, (int)i + 1));
        keel_arena_push(job->arena, &slot->now->sample, one);
    }
    slot->sampled = true;
    pthread_mutex_unlock(&job->lock);
}

bool keel_baseline_sample(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_baseline_slot *slot = keel_baseline_slot_of(run, table);
    const char **params = NULL;
    int count = 0;

    if (slot->root != NULL || slot->key == NULL || slot->key->key.count == 0)
        return true;
    add_select(slot, run->arena, &sql);
    if (slot->before != NULL) {
        if (slot->before->sample.count == 0)
            return true;
        add_named(table, slot->before, &sql);
        params = key_arrays(run->arena, slot->before);
        count = (int)slot->before->key.count;
    } else {
        add_any(slot, &sql);
    }
    if (!keel_pg_query(run->pg, &rows, err, sql.data, count, params))
        return false;
    keep(run->baseline, slot, rows);
    return true;
}
