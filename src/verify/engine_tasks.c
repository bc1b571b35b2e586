/* The work, cut into tasks: a check over the database, a check of one table, the shared pass over
 * one table. */
#include <stdlib.h>

#include "verify/engine_inside.h"

bool keel_engine_scans(const keel_engine_task *task, const keel_engine_entry *entry)
{
    return task->scan && entry->check->scan != NULL && entry->refused == NULL &&
           (task->entry == NULL || task->entry == entry);
}

bool keel_engine_task_reads(const keel_engine_task *task)
{
    return task->scan || (task->entry->check->flags & KEEL_CHECK_READS_ROWS) != 0;
}

bool keel_engine_concerns(const keel_engine_task *task, const keel_engine_entry *entry)
{
    return task->entry == entry || keel_engine_scans(task, entry);
}

static int64_t all_bytes(const keel_engine *e)
{
    int64_t bytes = 0;

    for (size_t i = 0; i < e->db.table_count; i++)
        bytes += e->db.tables[i]->bytes;
    return bytes;
}

static void
add(keel_engine *e, keel_engine_entry *entry, const keel_pg_table *table, int64_t weight)
{
    keel_engine_task task = {
        .entry = entry, .table = table, .scan = entry == NULL, .weight = weight};

    keel_arena_push(e->arena, &e->tasks, task);
}

/* A table that may not be read is no task for what reads rows: the check has failed there already.
 */
static void add_each(keel_engine *e, keel_engine_entry *entry)
{
    bool reads = (entry->check->flags & KEEL_CHECK_READS_ROWS) != 0;

    entry->share = keel_check_share_create(e->arena);
    for (size_t i = 0; i < e->db.table_count; i++) {
        const keel_pg_table *table = e->db.tables[i];
        if (reads && keel_engine_is_closed(e, table->oid))
            entry->unread++;
        else
            add(e, entry, table, reads ? table->bytes : 0);
    }
}

static void add_scans(keel_engine *e)
{
    for (size_t i = 0; i < e->db.table_count; i++) {
        const keel_pg_table *table = e->db.tables[i];
        bool unlogged = e->db.standby && table->persistence == 'u'; /* has no rows there */
        if (table->kind == 'r' && !unlogged && !keel_engine_is_closed(e, table->oid))
            add(e, NULL, table, table->bytes);
    }
}

static size_t denied_leaves(const keel_engine *e)
{
    size_t count = 0;

    for (size_t i = 0; i < e->db.table_count; i++)
        count += e->db.tables[i]->kind == 'r' && keel_engine_is_closed(e, e->db.tables[i]->oid);
    return count;
}

/* The heaviest first, so that the last worker does not begin the longest task when all others are
 * done. */
static int by_weight(const void *left, const void *right)
{
    const keel_engine_task *a = left;
    const keel_engine_task *b = right;

    return (a->weight < b->weight) - (a->weight > b->weight);
}

void keel_engine_make_tasks(keel_engine *e)
{
    const int64_t database_bytes = all_bytes(e);
    bool scans = false;

    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_entry *entry = &e->entries.items[i];
        bool reads = (entry->check->flags & KEEL_CHECK_READS_ROWS) != 0;
        if (entry->refused != NULL)
            continue;
        if (entry->check->run != NULL)
            add(e, entry, NULL, reads ? database_bytes : INT64_MAX);
        if (entry->check->each != NULL)
            add_each(e, entry);
        if (entry->check->scan != NULL) {
            entry->unread += denied_leaves(e);
            scans = true;
        }
    }
    if (scans)
        add_scans(e);
    if (e->tasks.count > 0)
        qsort(e->tasks.items, e->tasks.count, sizeof *e->tasks.items, by_weight);
}

bool keel_engine_next_task(keel_engine *e, keel_engine_task *ret_task)
{
    pthread_mutex_lock(&e->lock);
    bool stopped = atomic_load(&e->stop) || keel_engine_cancelled(e);
    bool found = !stopped && (e->next < e->tasks.count || e->again.count > 0);
    if (found && e->next < e->tasks.count)
        *ret_task = e->tasks.items[e->next++];
    else if (found)
        *ret_task = e->again.items[--e->again.count];
    pthread_mutex_unlock(&e->lock);
    return found;
}
