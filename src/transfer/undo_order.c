/* The order of an undo: rows that refer go before rows that they refer to. The foreign keys of
 * today decide, not those of the day of the copy. */
#include "base/memory.h"
#include "transfer/undo_inside.h"

static bool refers(const keel_undo_target *child, const keel_undo_target *parent)
{
    if (child->table == NULL)
        return false;
    for (size_t i = 0; i < parent->references.count; i++) {
        uint32_t from = parent->references.items[i].child_oid;
        if (from == child->table->oid)
            return true;
        for (size_t j = 0; j < child->leaves.count; j++)
            if (from == child->leaves.items[j].oid)
                return true;
    }
    return false;
}

/* reach[child * count + parent]: by one foreign key, then by any number. */
static bool *reachable(const keel_undo *undo)
{
    size_t n = undo->count;
    bool *reach = keel_alloc_zero(n * n, sizeof *reach);

    for (size_t child = 0; child < n; child++)
        for (size_t parent = 0; parent < n; parent++)
            reach[child * n + parent] = refers(&undo->targets[child], &undo->targets[parent]);
    for (size_t by = 0; by < n; by++)
        for (size_t from = 0; from < n; from++)
            for (size_t to = 0; reach[from * n + by] && to < n; to++)
                reach[from * n + to] = reach[from * n + to] || reach[by * n + to];
    return reach;
}

void keel_undo_find_groups(keel_undo *undo)
{
    size_t n = undo->count;
    KEEL_CLEANUP(keel_free_p) bool *reach = reachable(undo);

    for (size_t i = 0; i < n; i++) {
        keel_undo_target *target = &undo->targets[i];
        target->group = i;
        target->cyclic = reach[i * n + i];
        for (size_t j = 0; j < i; j++)
            if (reach[i * n + j] && reach[j * n + i])
                target->group = undo->targets[j].group;
    }
}

static bool has_unfinished_child(const keel_undo *undo, size_t group)
{
    for (size_t i = 0; i < undo->count; i++) {
        const keel_undo_target *child = &undo->targets[i];
        if (child->group == group || child->finished)
            continue;
        for (size_t j = 0; j < undo->count; j++)
            if (undo->targets[j].group == group && refers(child, &undo->targets[j]))
                return true;
    }
    return false;
}

keel_undo_target *keel_undo_next(keel_undo *undo)
{
    for (size_t i = undo->count; i > 0; i--) {
        keel_undo_target *target = &undo->targets[i - 1];
        if (!target->finished && !has_unfinished_child(undo, target->group))
            return target;
    }
    return NULL;
}
