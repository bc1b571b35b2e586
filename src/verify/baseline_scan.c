#include <stdlib.h>

#include "verify/baseline_inside.h"

/* Where the value of a probe goes. */
typedef struct spot {
    keel_baseline_job *job;
    keel_baseline_slot *slot;
    size_t column;
} spot;

static bool set_rows(keel_check_run *run KEEL_UNUSED, const keel_probe *probe, const char *value,
                     keel_error *err KEEL_UNUSED)
{
    const spot *at = probe->context;

    pthread_mutex_lock(&at->job->lock);
    at->slot->rows = value != NULL ? strtoll(value, NULL, 10) : -1;
    pthread_mutex_unlock(&at->job->lock);
    return true;
}

static bool set_kept(keel_check_run *run KEEL_UNUSED, const keel_probe *probe, const char *value,
                     keel_error *err KEEL_UNUSED)
{
    const spot *at = probe->context;

    pthread_mutex_lock(&at->job->lock);
    at->slot->kept = value != NULL ? strtoll(value, NULL, 10) : -1;
    pthread_mutex_unlock(&at->job->lock);
    return true;
}

static bool set_greatest(keel_check_run *run KEEL_UNUSED, const keel_probe *probe, const char *value,
                         keel_error *err KEEL_UNUSED)
{
    const spot *at = probe->context;

    pthread_mutex_lock(&at->job->lock);
    at->slot->has_greatest = value != NULL;
    at->slot->greatest = value != NULL ? strtoll(value, NULL, 10) : 0;
    pthread_mutex_unlock(&at->job->lock);
    return true;
}

static bool set_hash(keel_check_run *run KEEL_UNUSED, const keel_probe *probe, const char *value,
                     keel_error *err KEEL_UNUSED)
{
    const spot *at = probe->context;

    pthread_mutex_lock(&at->job->lock);
    at->slot->hashes[at->column] = keel_baseline_wrap(value);
    at->slot->has_hash[at->column] = true;
    pthread_mutex_unlock(&at->job->lock);
    return true;
}

static void add(keel_check_run *run, keel_scan *scan, keel_baseline_slot *slot, size_t column, const char *aggregate,
                keel_probe_judge *judge)
{
    spot *at = keel_arena_alloc(run->arena, sizeof *at);

    *at = (spot){run->baseline, slot, column};
    keel_scan_add(scan, run, &(keel_probe){.table = slot->table,
                                           .object = keel_check_table_name(run, slot->table),
                                           .aggregate = aggregate,
                                           .context = at,
                                           .judge = judge});
}

void keel_baseline_scan_rows(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_baseline_slot *slot = keel_baseline_slot_of(run, table);

    if (run->sampled)
        return;
    const char *limit = keel_baseline_limit(run->arena, slot);
    add(run, scan, slot, 0, "pg_catalog.count(*)", set_rows);
    if (limit[0] != '\0')
        add(run, scan, slot, 0, keel_arena_printf(run->arena, "pg_catalog.count(*)%s", limit), set_kept);
}

static void add_greatest(keel_check_run *run, keel_scan *scan, keel_baseline_slot *slot)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (!slot->key->numbered)
        return;
    keel_str_add(&sql, "pg_catalog.max(t.");
    keel_pg_add_identifier(&sql, slot->key->key.items[0]);
    keel_str_add(&sql, "::pg_catalog.int8)");
    add(run, scan, slot, 0, keel_arena_strdup(run->arena, sql.data), set_greatest);
}

void keel_baseline_scan_hashes(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_baseline_slot *slot = keel_baseline_slot_of(run, table);

    if (run->sampled || slot->key == NULL || (slot->before != NULL && !slot->before->hashed))
        return;
    keel_baseline_scan_rows(run, table, scan);
    add_greatest(run, scan, slot);
    if (slot->key->key.count == 0)
        add(run, scan, slot, 0, keel_baseline_rows_sum(run->arena, slot), set_hash);
    for (size_t i = 0; slot->key->key.count > 0 && i < slot->column_count; i++)
        add(run, scan, slot, i, keel_baseline_column_sum(run->arena, slot, slot->columns[i]), set_hash);
}
