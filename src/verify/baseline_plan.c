/* By which key and which columns the rows of a table are hashed: its own for a file, those of the baseline where the two
 * are compared. */
#include "verify/baseline_inside.h"

const keel_pg_table *keel_baseline_root(const keel_check_run *run, const keel_pg_table *table)
{
    const keel_pg_table *root = table;

    while (root->partition_of != 0) {
        const keel_pg_table *parent = keel_pg_catalog_find_oid(run->db->catalog, root->partition_of);
        if (parent == NULL)
            break;
        root = parent;
    }
    return root;
}

/* By the table's own key and columns: for a file. */
static void plan_alone(keel_arena *arena, const keel_pg_table *root, keel_baseline_slot *slot)
{
    slot->columns = keel_arena_alloc(arena, (root->columns.count + 1) * sizeof *slot->columns);
    for (size_t i = 0; i < root->columns.count; i++)
        slot->columns[slot->column_count++] = root->columns.items[i].name;
    slot->key = slot->now;
}

static const char *why_unlike(keel_arena *arena, const keel_pg_table *root, const keel_baseline_table *before)
{
    for (size_t i = 0; i < before->key.count; i++) {
        const keel_pg_column *now = keel_pg_table_column(root, before->key.items[i]);
        const keel_baseline_column *then = keel_baseline_column_of(before, before->key.items[i]);
        if (now == NULL || then == NULL)
            return keel_arena_printf(arena, "\"%s\" of its key is gone", before->key.items[i]);
        if (keel_baseline_is_integer(then->type) && !keel_baseline_is_integer(now->type->name))
            return keel_arena_printf(arena, "\"%s\" of its key was %s and is %s", then->name, then->type,
                                     now->type->name);
    }
    for (size_t i = 0; before->key.count == 0 && i < before->columns.count; i++)
        if (keel_pg_table_column(root, before->columns.items[i].name) == NULL)
            return keel_arena_printf(arena, "it has no key, and its column \"%s\" is gone",
                                     before->columns.items[i].name);
    return NULL;
}

/* By the key of the baseline, and those of its columns that are still there. */
static void plan_like(keel_arena *arena, const keel_pg_table *root, keel_baseline_slot *slot)
{
    const keel_baseline_table *before = slot->before;

    slot->unlike = why_unlike(arena, root, before);
    if (slot->unlike != NULL)
        return;
    slot->columns = keel_arena_alloc(arena, (before->columns.count + 1) * sizeof *slot->columns);
    for (size_t i = 0; i < before->columns.count; i++)
        if (keel_pg_table_column(root, before->columns.items[i].name) != NULL)
            slot->columns[slot->column_count++] = before->columns.items[i].name;
    slot->key = before;
}

void keel_baseline_plan(const keel_check_run *run, size_t index)
{
    keel_baseline_job *job = run->baseline;
    keel_baseline_slot *slot = &job->slots[index];
    const keel_pg_table *table = run->db->tables[index];
    const keel_pg_table *root = keel_baseline_root(run, table);

    *slot = (keel_baseline_slot){.table = table, .now = &job->now->tables.items[index], .rows = -1, .kept = -1};
    if (job->before != NULL)
        slot->before = keel_baseline_find(job->before, root->schema, root->name);
    if (job->before == NULL)
        plan_alone(job->arena, root, slot);
    else if (slot->before != NULL)
        plan_like(job->arena, root, slot);
    slot->hashes = keel_arena_alloc(job->arena, (slot->column_count + 1) * sizeof *slot->hashes);
    slot->has_hash = keel_arena_alloc(job->arena, (slot->column_count + 1) * sizeof *slot->has_hash);
}
