/* One source row into one COPY tuple: references checked and rewritten, the new key put in, values converted.
 * The hottest code of the house: no allocation per row, no lock. */
#include "base/memory.h"
#include "transfer/encode_inside.h"

/* The row's keys, for each keyset that somebody looks into. */
static void push_keys(const keel_worker *worker, const keel_plan_table *table, keel_row_keys *into)
{
    for (size_t i = 0; i < table->keysets.count; i++) {
        const keel_plan_keyset *set = &table->keysets.items[i];
        const keel_cell *cells[KEEL_KEY_COLUMNS];
        keel_row_key key = {0};
        if (set->map == NULL)
            continue;
        for (size_t j = 0; j < set->count; j++)
            cells[j] = &worker->cells[set->cells[j]];
        key.none = !keel_keymap_key(set->map, cells, set->count, &key.key);
        keel_vec_push(&into[i], key);
    }
}

void keel_encode_reject(keel_worker *worker, keel_plan_table *table, int64_t position, int column, keel_misfit_code code,
                        const char *detail)
{
    keel_chunk_reject(&worker->chunk, table, worker->cells, position, column, code, detail);
    push_keys(worker, table, worker->chunk.rejected_keys);
}

/* A type without an encoder: its text, for the server to cast; the same strictness about bytes. */
static keel_misfit_code add_as_text(const keel_rule *rule, const keel_cell *cell, keel_str *out, keel_rule_counts *counts)
{
    static const keel_pg_type text_type = {.kind = KEEL_PG_TEXT, .name = "text", .oid = 25, .base_oid = 25};
    keel_rule as_text = *rule;

    as_text.type = &text_type;
    return keel_encode(&as_text, cell, out, counts, NULL);
}

static keel_misfit_code add_column(keel_worker *worker, const keel_plan_column *column, size_t index,
                                   const keel_rule *rule, const keel_referred *found, const keel_new_key *new_key,
                                   keel_column_counts *counts)
{
    static const keel_cell null_cell = {.class = KEEL_CELL_NULL};
    keel_str *out = &worker->chunk.data;
    const keel_cell *cell = &worker->cells[column->cell];

    if (column->role == KEEL_ROLE_KEY)
        return keel_encode_new_key(out, column->type, new_key);
    if (column->role == KEEL_ROLE_REFERENCE)
        return keel_encode_reference(worker, column, found, out);
    if (found->make_null)
        cell = &null_cell;
    if (column->as_text)
        return add_as_text(rule, cell, out, &counts->rule);
    return keel_encode(rule, cell, out, &counts->rule, &worker->json_hashes[index]);
}

/* The hash of the key's fields, for tables whose key is not one integer. */
static uint64_t key_hash(const keel_worker *worker, const keel_plan_table *table, size_t end)
{
    KEEL_CLEANUP(keel_str_free) keel_str fields = {0};
    const keel_chunk *chunk = &worker->chunk;

    for (size_t i = 0; i < table->key_column_count; i++) {
        size_t column = (size_t)table->key_columns[i];
        size_t stop = column + 1 < table->columns.count ? worker->field_starts[column + 1] : end;
        keel_str_addn(&fields, chunk->data.data + worker->field_starts[column], stop - worker->field_starts[column]);
    }
    return keel_row_hash(table->key_hasher, (const unsigned char *)fields.data, fields.size, NULL);
}

/* Second pass: what closes a cycle is sent as NULL now. The hash is of the row as it will be in the end. */
static void blank_second_pass(keel_worker *worker, const keel_plan_table *table, size_t start)
{
    KEEL_CLEANUP(keel_str_free) keel_str tuple = {0};
    keel_str *out = &worker->chunk.data;

    keel_str_addn(&tuple, out->data + start, out->size - start);
    size_t end = out->size;
    out->size = start + 2;
    for (size_t i = 0; i < table->columns.count; i++) {
        size_t stop = i + 1 < table->columns.count ? worker->field_starts[i + 1] : end;
        bool blank = false;
        for (size_t j = 0; j < table->references.count; j++)
            for (size_t k = 0; k < table->references.items[j].count; k++)
                blank = blank || (table->references.items[j].second_pass && table->references.items[j].columns[k] == (int)i);
        if (blank)
            keel_str_add_i32(out, -1);
        else
            keel_str_addn(out, tuple.data + (worker->field_starts[i] - start), stop - worker->field_starts[i]);
    }
}

static const char *key_name(keel_worker *worker, const keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    bool hex = false;

    keel_cell_text(&worker->cells[table->columns.items[table->key_column].cell], 0, &name, &hex);
    return keel_arena_strdup(worker->chunk.arena, keel_str_text(&name));
}

static void finish_row(keel_worker *worker, keel_plan_table *table, size_t start, int64_t position,
                       const keel_new_key *new_key)
{
    keel_chunk *chunk = &worker->chunk;
    const unsigned char *fields = (const unsigned char *)chunk->data.data + start + 2;
    keel_row row = {.start = start, .position = position, .new_key = *new_key};

    row.hash = keel_row_hash(table->hasher, fields, chunk->data.size - start - 2, worker->json_hashes);
    if (table->key_hasher != NULL && !(table->integer_key && table->key_column >= 0))
        row.key_hash = key_hash(worker, table, chunk->data.size);
    if (worker->transfer->states[table->index].second_pass)
        blank_second_pass(worker, table, start);
    row.size = (uint32_t)(chunk->data.size - start);
    push_keys(worker, table, chunk->keys);
    if (!table->remap && keel_plan_integer_map(table))
        row.new_key.integer = chunk->keys[table->key_keyset].items[chunk->rows.count].key.integer;
    if (table->remap && !keel_plan_integer_map(table))
        keel_vec_push(&chunk->key_names, key_name(worker, table));
    keel_vec_push(&chunk->rows, row);
}

/* The key that the row will have: given before (cyclic tables, retried rows) or taken from the stock. */
static keel_new_key choose_key(keel_worker *worker, keel_plan_table *table)
{
    keel_new_key key = {0};

    if (!table->remap)
        return key;
    const keel_plan_keyset *set = &table->keysets.items[table->key_keyset];
    if (table->cyclic || worker->rechecking) {
        const keel_cell *cell = &worker->cells[set->cells[0]];
        keel_old_key old;
        if (keel_keymap_key(set->map, &cell, 1, &old) && keel_keymap_get(set->map, &old, &key) == KEEL_KEY_PRESENT)
            return key;
        if (worker->rechecking)
            return key; /* a row that was not loaded then: its hash will tell */
    }
    return keel_stock_take(worker, table);
}

/* The row's fields; false = it is rejected. */
static bool add_columns(keel_worker *worker, keel_plan_table *table, int64_t position, const keel_new_key *new_key)
{
    keel_str *out = &worker->chunk.data;
    keel_column_counts *counts = worker->counts[table->index];
    const keel_rule *rules = worker->rules[table->index];

    for (size_t i = 0; i < table->columns.count; i++) {
        worker->field_starts[i] = out->size;
        keel_misfit_code code = add_column(worker, &table->columns.items[i], i, &rules[i], &worker->referred[i], new_key,
                                           &counts[i]);
        if (code == KEEL_FITS)
            continue;
        if (!table->late_references || keel_encode_check_references(worker, table, position)) /* an orphan is one first */
            keel_encode_reject(worker, table, position, (int)i, code, NULL);
        return false;
    }
    return !table->late_references || (keel_encode_check_references(worker, table, position) &&
                                       keel_encode_settle_references(worker, table, position));
}

void keel_encode_row(keel_worker *worker, keel_plan_table *table, int64_t position)
{
    keel_column_counts *counts = worker->counts[table->index];
    keel_str *out = &worker->chunk.data;
    size_t start = out->size;

    memset(worker->referred, 0, table->columns.count * sizeof *worker->referred);
    if (table->late_references)
        keel_encode_fetch_references(worker, table);
    for (size_t i = 0; i < table->columns.count; i++)
        counts[i].classes[worker->cells[table->columns.items[i].cell].class]++;
    if (table->remap && worker->cells[table->columns.items[table->key_column].cell].class == KEEL_CELL_NULL) {
        keel_encode_reject(worker, table, position, table->key_column, KEEL_MISFIT_NULL_VALUE_, NULL);
        return;
    }
    if (!table->late_references && !keel_encode_check_references(worker, table, position))
        return;
    size_t next_key = worker->stock[table->index].next;
    keel_new_key new_key = choose_key(worker, table);
    keel_str_add_i16(out, (int16_t)table->columns.count);
    if (add_columns(worker, table, position, &new_key)) {
        finish_row(worker, table, start, position, &new_key);
        return;
    }
    out->size = start;
    worker->stock[table->index].next = next_key; /* for the next row */
}
