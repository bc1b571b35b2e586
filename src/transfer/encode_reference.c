/* The references of a row: whether their parents are there, and what those are called now. */
#include "transfer/encode_inside.h"

static const char *orphan_detail(keel_chunk *chunk, const keel_plan_reference *reference, bool parent_rejected)
{
    return keel_arena_printf(chunk->arena, parent_rejected ? "its parent row in \"%s\" was rejected"
                                                           : "no row of \"%s\" has this key",
                             reference->parent->source->name);
}

static bool orphan_to_null(const keel_plan_table *table, const keel_plan_reference *reference)
{
    if (table->mapping == NULL || !table->mapping->orphan_to_null)
        return false;
    for (size_t i = 0; i < reference->count; i++)
        if (table->columns.items[reference->columns[i]].rule.not_null)
            return false;
    return true;
}

/* true = go on with the row; false = it has been rejected. */
static bool check_reference(keel_worker *worker, keel_plan_table *table, int64_t position,
                            const keel_plan_reference *reference)
{
    keel_referred *columns = worker->referred;
    keel_column_counts *counts = worker->counts[table->index];
    const keel_plan_keyset *set = &reference->parent->keysets.items[reference->parent_keyset];
    const keel_cell *cells[KEEL_KEY_COLUMNS];
    keel_old_key key;
    keel_new_key found = {0};

    for (size_t i = 0; i < reference->count; i++)
        cells[i] = &worker->cells[table->columns.items[reference->columns[i]].cell];
    if (!keel_keymap_key(set->map, cells, reference->count, &key))
        return true; /* a NULL in it: refers to nothing */
    keel_key_state state = keel_keymap_get(set->map, &key, &found);
    if (state == KEEL_KEY_PRESENT) {
        if (reference->count == 1 && set->is_key) {
            columns[reference->columns[0]].key = found;
            columns[reference->columns[0]].found = true;
        }
        return true;
    }
    if (orphan_to_null(table, reference)) {
        for (size_t i = 0; i < reference->count; i++)
            columns[reference->columns[i]].make_null = true;
        counts[reference->columns[0]].orphans_nulled++;
        return true;
    }
    bool parent_rejected = state == KEEL_KEY_REJECTED;
    keel_encode_reject(worker, table, position, reference->columns[0],
                       parent_rejected ? KEEL_MISFIT_PARENT_REJECTED_ : KEEL_MISFIT_ORPHAN_,
                       orphan_detail(&worker->chunk, reference, parent_rejected));
    return false;
}

/* Its parent is in the run, and somebody has made a map of that parent's keys. */
static bool has_map(const keel_plan_reference *reference)
{
    return reference->parent != NULL && reference->parent->keysets.items[reference->parent_keyset].map != NULL;
}

bool keel_encode_check_references(keel_worker *worker, keel_plan_table *table, int64_t position)
{
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        if (has_map(reference) && !check_reference(worker, table, position, reference))
            return false;
    }
    return true;
}

keel_misfit_code keel_encode_new_key(keel_str *out, const keel_pg_type *type, const keel_new_key *key)
{
    int64_t value = key->integer;

    switch ((int)type->kind) {
    case KEEL_PG_UUID:
        keel_str_add_i32(out, 16);
        keel_str_addn(out, key->uuid, 16);
        return KEEL_FITS;
    case KEEL_PG_INT8:
        keel_str_add_i32(out, 8);
        keel_str_add_i64(out, value);
        return KEEL_FITS;
    case KEEL_PG_INT4:
        if (value != (int32_t)value)
            return KEEL_MISFIT_RANGE_;
        keel_str_add_i32(out, 4);
        keel_str_add_i32(out, (int32_t)value);
        return KEEL_FITS;
    case KEEL_PG_INT2:
        if (value != (int16_t)value)
            return KEEL_MISFIT_RANGE_;
        keel_str_add_i32(out, 2);
        keel_str_add_i16(out, (int16_t)value);
        return KEEL_FITS;
    default:
        return KEEL_MISFIT_CLASS_;
    }
}

/* A column that another table's map rewrites, where no single-column reference has looked it up already. */
static keel_misfit_code look_up(const keel_worker *worker, const keel_plan_column *column, keel_new_key *ret_key)
{
    const keel_plan_table *parent = column->rewritten_by;
    const keel_plan_keyset *set = &parent->keysets.items[parent->key_keyset];
    const keel_cell *cell = &worker->cells[column->cell];
    keel_old_key key;

    if (!keel_keymap_key(set->map, &cell, 1, &key))
        return KEEL_MISFIT_NULL_VALUE_;
    switch (keel_keymap_get(set->map, &key, ret_key)) {
    case KEEL_KEY_PRESENT:
        return KEEL_FITS;
    case KEEL_KEY_REJECTED:
        return KEEL_MISFIT_PARENT_REJECTED_;
    case KEEL_KEY_ABSENT:
        break;
    }
    return KEEL_MISFIT_ORPHAN_;
}

keel_misfit_code keel_encode_reference(const keel_worker *worker, const keel_plan_column *column,
                                       const keel_referred *found, keel_str *out)
{
    keel_new_key key = found->key;

    if (worker->cells[column->cell].class == KEEL_CELL_NULL || found->make_null) {
        if (column->rule.not_null)
            return KEEL_MISFIT_NULL_VALUE_;
        keel_str_add_i32(out, -1);
        return KEEL_FITS;
    }
    if (!found->found && !found->late) {
        keel_misfit_code code = look_up(worker, column, &key);
        if (code != KEEL_FITS)
            return code;
    }
    return keel_encode_new_key(out, column->type, &key);
}

static bool is_late(const keel_plan_table *table, int column)
{
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        if (has_map(reference) && reference->count == 1 && reference->columns[0] == column &&
            reference->parent->keysets.items[reference->parent_keyset].is_key)
            return true;
    }
    return false;
}

/* A row in a cycle, or one whose references may become NULL, needs to know them before. */
bool keel_encode_late_references(const keel_plan_table *table)
{
    bool any = false;

    if (table->cyclic || (table->mapping != NULL && table->mapping->orphan_to_null))
        return false;
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        if (column->role != KEEL_ROLE_REFERENCE)
            continue;
        if (column->type->kind == KEEL_PG_UUID || !is_late(table, (int)i))
            return false;
        any = true;
    }
    return any;
}

void keel_encode_fetch_references(keel_worker *worker, const keel_plan_table *table)
{
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        int column = reference->columns[0];
        if (!has_map(reference) || table->columns.items[column].role != KEEL_ROLE_REFERENCE)
            continue;
        worker->referred[column].late = true;
        keel_keymap_fetch(reference->parent->keysets.items[reference->parent_keyset].map,
                          &worker->cells[table->columns.items[column].cell]);
    }
}

bool keel_encode_settle_references(keel_worker *worker, keel_plan_table *table, int64_t position)
{
    keel_str *out = &worker->chunk.data;
    size_t end = out->size;

    for (size_t i = 0; i < table->columns.count; i++) {
        if (!worker->referred[i].late || !worker->referred[i].found)
            continue;
        size_t at = worker->field_starts[i];
        char *behind = out->data + at + 4 + keel_get_i32(out->data + at);
        char kept = *behind; /* the end that keel_str writes behind what it adds */
        out->size = at;
        keel_misfit_code code = keel_encode_new_key(out, table->columns.items[i].type, &worker->referred[i].key);
        out->size = end;
        *behind = kept;
        if (code == KEEL_FITS)
            continue;
        keel_encode_reject(worker, table, position, (int)i, code, NULL);
        return false;
    }
    return true;
}
