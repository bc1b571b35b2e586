/* The buffer of a chunk: encoded rows, their keys, and the rejects that belong to it. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "transfer/transfer.h"

double keel_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool keel_transfer_stopping(const keel_transfer *transfer)
{
    return atomic_load_explicit(&transfer->stop, memory_order_relaxed) ||
           (transfer->cancel != NULL && *transfer->cancel != 0);
}

bool keel_transfer_cancelled(const keel_transfer *transfer, keel_error *err)
{
    if (transfer->cancel == NULL || *transfer->cancel == 0)
        return false;
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request");
    keel_fail_hint(err, "Everything that is committed is kept; run the same command again to go on.");
    return true;
}

void keel_chunk_reset(keel_chunk *chunk, const keel_plan_table *table)
{
    keel_str_clear(&chunk->data);
    chunk->rows.count = 0;
    chunk->rejects.count = 0;
    chunk->key_names.count = 0;
    for (size_t i = 0; i < table->keysets.count; i++)
        chunk->keys[i].count = chunk->rejected_keys[i].count = 0;
    keel_arena_free(chunk->arena);
    chunk->arena = keel_arena_create();
    chunk->read = 0;
    chunk->first_position = chunk->last_position = 0;
    chunk->merged_different = 0;
    chunk->started = keel_seconds();
}

void keel_chunk_free(keel_chunk *chunk, const keel_plan *plan)
{
    size_t most = 0;

    for (size_t i = 0; i < plan->table_count; i++)
        most = KEEL_MAX(most, plan->tables[i]->keysets.count);
    for (size_t i = 0; chunk->keys != NULL && i < most; i++) {
        keel_vec_free(&chunk->keys[i]);
        keel_vec_free(&chunk->rejected_keys[i]);
    }
    free(chunk->keys);
    free(chunk->rejected_keys);
    keel_str_free(&chunk->data);
    keel_vec_free(&chunk->rows);
    keel_vec_free(&chunk->rejects);
    keel_vec_free(&chunk->key_names);
    keel_arena_free(chunk->arena);
    *chunk = (keel_chunk){0};
}

/* How people find the row again: its primary key, else its rowid, else its place in the reading order. */
static const char *row_name(keel_chunk *chunk, const keel_plan_table *table, const keel_cell *cells, int64_t position)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    bool hex = false;

    if (table->source_key_count == 0)
        return keel_arena_printf(chunk->arena, "%s %lld", table->by_rowid ? "rowid" : "row", (long long)position);
    for (size_t i = 0; i < table->source_key_count; i++) {
        const keel_cell *cell = &cells[table->source_key_cells[i]];
        if (i > 0)
            keel_str_add(&name, ", ");
        if (cell->class == KEEL_CELL_NULL)
            keel_str_addf(&name, "NULL (%s %lld)", table->by_rowid ? "rowid" : "row", (long long)position);
        else
            keel_cell_text(cell, 200, &name, &hex);
    }
    return keel_arena_strdup(chunk->arena, keel_str_text(&name));
}

void keel_chunk_reject(keel_chunk *chunk, const keel_plan_table *table, const keel_cell *cells, int64_t position,
                       int column, keel_misfit_code code, const char *detail)
{
    KEEL_CLEANUP(keel_str_free) keel_str value = {0};
    keel_reject reject = {.table = table->number,
                          .position = position,
                          .key = row_name(chunk, table, cells, position),
                          .code = keel_misfit_id(code),
                          .reason = keel_arena_strdup(chunk->arena, detail != NULL ? detail : keel_misfit_text(code))};

    if (column >= 0) {
        const keel_cell *cell = &cells[table->columns.items[column].cell];
        reject.column = table->columns.items[column].source;
        reject.storage_class = keel_cell_class_name(cell->class);
        if (cell->class != KEEL_CELL_NULL) {
            keel_cell_text(cell, 0, &value, &reject.hex);
            reject.value = keel_arena_strdup(chunk->arena, keel_str_text(&value));
        }
    }
    keel_vec_push(&chunk->rejects, reject);
}

void keel_chunk_drop(keel_chunk *chunk, const keel_plan_table *table, size_t from, size_t count, const bool *dead)
{
    size_t kept = from;

    for (size_t i = from; i < chunk->rows.count; i++) {
        if (i - from < count && dead[i - from])
            continue;
        chunk->rows.items[kept] = chunk->rows.items[i];
        if (i < chunk->key_names.count)
            chunk->key_names.items[kept] = chunk->key_names.items[i];
        for (size_t j = 0; j < table->keysets.count; j++)
            if (table->keysets.items[j].map != NULL)
                chunk->keys[j].items[kept] = chunk->keys[j].items[i];
        kept++;
    }
    for (size_t j = 0; j < table->keysets.count; j++)
        if (table->keysets.items[j].map != NULL)
            chunk->keys[j].count = kept;
    if (chunk->key_names.count > kept)
        chunk->key_names.count = kept;
    chunk->rows.count = kept;
}

/* `cyclic`: its keys were present before its rows were sent, so a rejected row takes its key back. */
static void publish_keys(const keel_plan_keyset *set, const keel_chunk *chunk, size_t keyset, size_t from, size_t to,
                         bool cyclic)
{
    const keel_row_keys *keys = &chunk->keys[keyset];
    const keel_row_keys *rejected = &chunk->rejected_keys[keyset];

    keel_keymap_lock(set->map);
    for (size_t row = from; row < to; row++)
        if (!keys->items[row].none)
            keel_keymap_put(set->map, &keys->items[row].key, KEEL_KEY_PRESENT, &chunk->rows.items[row].new_key);
    for (size_t i = 0; i < rejected->count; i++)
        if (!rejected->items[i].none &&
            (cyclic || keel_keymap_get(set->map, &rejected->items[i].key, NULL) != KEEL_KEY_PRESENT))
            keel_keymap_put(set->map, &rejected->items[i].key, KEEL_KEY_REJECTED, NULL);
    keel_keymap_unlock(set->map);
}

void keel_chunk_publish(keel_worker *worker, keel_plan_table *table, size_t from, size_t to)
{
    for (size_t i = 0; i < table->keysets.count; i++)
        if (table->keysets.items[i].map != NULL && table->keysets.items[i].looked_up)
            publish_keys(&table->keysets.items[i], &worker->chunk, i, from, to, table->cyclic);
}
