/* Which target row a source row became: a number that both have in common. */
#include "transfer/keymap_table.h"
#include "transfer/verify_inside.h"

static int64_t field_integer(keel_field field)
{
    switch (field.size) {
    case 2:
        return keel_get_i16(field.bytes);
    case 4:
        return keel_get_i32(field.bytes);
    case 8:
        return keel_get_i64(field.bytes);
    default:
        return 0;
    }
}

static uint64_t hash_scratch(const keel_verifier *w)
{
    return keel_row_hash(w->state->pair_hasher, (const unsigned char *)keel_str_text(&w->scratch),
                         w->scratch.size, NULL);
}

bool keel_verify_target_pair(keel_verifier *w, const unsigned char *tuple, size_t size, uint64_t *ret_pair)
{
    const keel_verify_state *state = w->state;
    keel_field key;

    if (state->pairing != KEEL_PAIR_HASH) {
        if (!keel_tuple_field(tuple, size, 1 + (size_t)state->plan->key_column, &key))
            return false;
        *ret_pair = (uint64_t)field_integer(key);
        return true;
    }
    if (!keel_tuple_fields(tuple, size, w->fields, state->plan->columns.count + 1))
        return false;
    keel_str_clear(&w->scratch);
    for (size_t i = 0; i < state->pair_count; i++) {
        keel_field field = w->fields[1 + state->pair_columns[i]];
        keel_str_add_i32(&w->scratch, field.size);
        if (field.size > 0)
            keel_str_addn(&w->scratch, field.bytes, (size_t)field.size);
    }
    *ret_pair = hash_scratch(w);
    return true;
}

static void add_key(keel_str *out, const keel_pg_type *type, const keel_new_key *key)
{
    switch ((int)type->kind) {
    case KEEL_PG_UUID:
        keel_str_add_i32(out, 16);
        keel_str_addn(out, key->uuid, 16);
        return;
    case KEEL_PG_INT2:
        keel_str_add_i32(out, 2);
        keel_str_add_i16(out, (int16_t)key->integer);
        return;
    case KEEL_PG_INT4:
        keel_str_add_i32(out, 4);
        keel_str_add_i32(out, (int32_t)key->integer);
        return;
    default:
        keel_str_add_i32(out, 8);
        keel_str_add_i64(out, key->integer);
    }
}

/* A parent whose rows merge by a natural key that is no integer keeps its keys, and has no map. */
bool keel_verify_has_map(const keel_plan_table *table)
{
    return table->key_keyset >= 0 && table->keysets.items[table->key_keyset].map != NULL;
}

bool keel_verify_look_up(const keel_plan_table *table, const keel_cell *cell, keel_new_key *ret_key)
{
    const keel_keymap *map = table->keysets.items[table->key_keyset].map;
    keel_old_key old;

    return keel_keymap_key(map, &cell, 1, &old) &&
           keel_keymap_get(map, &old, ret_key) == KEEL_KEY_PRESENT;
}

void keel_verify_fetch(const keel_verifier *w)
{
    const keel_plan_table *plan = w->state->plan;

    for (size_t i = 0; plan->references.count > 0 && i < plan->columns.count; i++) {
        const keel_plan_column *column = &plan->columns.items[i];
        if (column->role == KEEL_ROLE_REFERENCE && keel_verify_has_map(column->rewritten_by))
            keel_keymap_fetch(column->rewritten_by->keysets.items[column->rewritten_by->key_keyset].map,
                              &w->cells[column->cell]);
    }
}

/* The field that the column should have; false if there can be none. */
static bool add_column(keel_verifier *w, int index)
{
    const keel_plan_column *column = &w->state->plan->columns.items[index];
    const keel_cell *cell = &w->cells[column->cell];
    keel_rule_counts ignored = {0};
    keel_new_key key;

    if (w->has_new_key && index == w->state->plan->key_column) {
        add_key(&w->scratch, column->type, &w->new_key);
        return true;
    }
    if (column->role != KEEL_ROLE_REFERENCE || !keel_verify_has_map(column->rewritten_by))
        return keel_encode(&column->rule, cell, &w->scratch, &ignored, NULL) == KEEL_FITS;
    if (cell->class == KEEL_CELL_NULL) {
        keel_str_add_i32(&w->scratch, -1);
        return true;
    }
    if (!keel_verify_look_up(column->rewritten_by, cell, &key))
        return false;
    add_key(&w->scratch, column->type, &key);
    return true;
}

static bool pair_by_hash(keel_verifier *w, uint64_t *ret_pair, bool *ret_known)
{
    const keel_plan_table *plan = w->state->plan;

    *ret_known = true;
    if (w->verify->run != NULL && plan->renames && keel_verify_has_map(plan)) {
        w->has_new_key = keel_verify_look_up(
            plan, &w->cells[plan->columns.items[plan->key_column].cell], &w->new_key);
        *ret_known = w->has_new_key;
        if (!*ret_known)
            return true;
    }
    keel_str_clear(&w->scratch);
    *ret_pair =
        keel_mix((uint64_t)w->position); /* no pair in the target: the row counts as missing */
    for (size_t i = 0; i < w->state->pair_count; i++)
        if (!add_column(w, w->state->pair_columns[i]))
            return true;
    *ret_pair = hash_scratch(w);
    return true;
}

bool keel_verify_source_pair(keel_verifier *w, uint64_t *ret_pair, bool *ret_known)
{
    const keel_plan_table *plan = w->state->plan;
    int64_t old = 0, new = 0;

    w->row_merged = false;
    w->has_new_key = false;
    if (w->state->pairing == KEEL_PAIR_HASH)
        return pair_by_hash(w, ret_pair, ret_known);
    *ret_known = true;
    *ret_pair = (uint64_t)w->position;
    if (w->state->pairing == KEEL_PAIR_ROWID)
        return true;
    *ret_known = keel_cell_integer(&w->cells[plan->columns.items[plan->key_column].cell], &old);
    if (!*ret_known)
        return true;
    if (!keel_keys_find(&w->by_old, old, &new)) {
        w->row_merged = keel_keys_find(&w->merged, old, &new);
        *ret_known = w->row_merged;
    }
    w->has_new_key = plan->renames;
    w->new_key.integer = new;
    *ret_pair = (uint64_t) new;
    return true;
}
