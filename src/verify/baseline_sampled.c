#include <string.h>

#include "base/json_out.h"
#include "verify/baseline_inside.h"

static const keel_baseline_row *find(const keel_baseline_slot *slot, const keel_baseline_row *like)
{
    for (size_t i = 0; i < slot->now->sample.count; i++) {
        const keel_baseline_row *row = &slot->now->sample.items[i];
        bool same = true;
        for (size_t k = 0; k < slot->key->key.count && same; k++)
            same = strcmp(row->key[k], like->key[k]) == 0;
        if (same)
            return row;
    }
    return NULL;
}

static bool key_is_integer(const keel_baseline_table *table, size_t index)
{
    const keel_baseline_column *column = keel_baseline_column_of(table, table->key.items[index]);

    return column != NULL && keel_baseline_is_integer(column->type);
}

static void add_row(keel_json *json, const keel_baseline_table *table, const keel_baseline_row *row)
{
    keel_json_object(json);
    for (size_t k = 0; k < table->key.count; k++) {
        keel_json_key(json, table->key.items[k]);
        if (key_is_integer(table, k))
            keel_json_raw(json, row->key[k]);
        else
            keel_json_text(json, row->key[k]);
    }
    keel_json_end_object(json);
}

const char *keel_baseline_sample_evidence(keel_check_run *run, const keel_baseline_table *before,
                                          const keel_baseline_rows *rows)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_json json;

    if (rows->count == 0)
        return NULL;
    keel_json_start(&json, &text, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "sampled", (int64_t)before->sample.count);
    keel_json_key(&json, "sample");
    keel_json_array(&json);
    for (size_t i = 0; i < rows->count && i < (size_t)run->sample_keys; i++)
        add_row(&json, before, rows->items[i]);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    return keel_arena_strdup(run->arena, text.data);
}

/* Rows are hashed whole: a column that is gone makes all of them differ. */
static bool rows_comparable(const keel_baseline_slot *slot)
{
    return slot->column_count == slot->before->columns.count;
}

void keel_baseline_sort_sample(keel_check_run *run, const keel_baseline_slot *slot, keel_baseline_rows *ret_gone,
                               keel_baseline_rows *ret_changed)
{
    const keel_baseline_table *before = slot->before;

    ret_gone->items = keel_arena_alloc(run->arena, (before->sample.count + 1) * sizeof *ret_gone->items);
    ret_changed->items = keel_arena_alloc(run->arena, (before->sample.count + 1) * sizeof *ret_changed->items);
    for (size_t i = 0; slot->sampled && i < before->sample.count; i++) {
        const keel_baseline_row *row = &before->sample.items[i];
        const keel_baseline_row *now = find(slot, row);
        if (now == NULL)
            ret_gone->items[ret_gone->count++] = row;
        else if (now->hash != row->hash && rows_comparable(slot))
            ret_changed->items[ret_changed->count++] = row;
    }
}
