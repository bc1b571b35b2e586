/* What was read of each table becomes that of the baseline's tables; a partitioned table is the sum of its leaves. */
#include <string.h>

#include "verify/baseline_inside.h"

static size_t hash_count(const keel_baseline_slot *slot)
{
    if (slot->key == NULL)
        return 0;
    return slot->key->key.count == 0 ? 1 : slot->column_count;
}

static bool is_leaf(const keel_baseline_slot *slot)
{
    return slot->table->kind != 'p';
}

static void take_estimate(keel_baseline_slot *slot, bool quick)
{
    if (slot->rows >= 0 || !quick || slot->table->estimated_rows < 0)
        return;
    slot->rows = (int64_t)slot->table->estimated_rows;
    slot->estimated = true;
}

static void empty(keel_baseline_slot *root)
{
    root->rows = root->kept = 0;
    for (size_t i = 0; i < hash_count(root); i++)
        root->has_hash[i] = true;
}

static int64_t sum(int64_t all, int64_t one)
{
    return all < 0 || one < 0 ? -1 : all + one;
}

static void add_leaf(keel_baseline_slot *root, const keel_baseline_slot *leaf)
{
    root->rows = sum(root->rows, leaf->rows);
    root->kept = sum(root->kept, leaf->kept);
    root->estimated = root->estimated || leaf->estimated;
    if (leaf->has_greatest && (!root->has_greatest || leaf->greatest > root->greatest))
        root->greatest = leaf->greatest;
    root->has_greatest = root->has_greatest || leaf->has_greatest;
    for (size_t i = 0; i < hash_count(root); i++) {
        root->has_hash[i] = root->has_hash[i] && leaf->has_hash[i];
        root->hashes[i] += leaf->hashes[i];
    }
}

static void set_hashes(const keel_baseline_slot *slot, keel_baseline_table *now)
{
    now->hashed = slot->key != NULL;
    for (size_t i = 0; i < hash_count(slot); i++)
        now->hashed = now->hashed && slot->has_hash[i];
    if (!now->hashed)
        return;
    if (slot->key->key.count == 0)
        now->row_hash = slot->hashes[0];
    for (size_t i = 0; slot->key->key.count > 0 && i < slot->column_count; i++)
        for (size_t c = 0; c < now->columns.count; c++)
            if (strcmp(now->columns.items[c].name, slot->columns[i]) == 0) {
                now->columns.items[c].hash = slot->hashes[i];
                now->columns.items[c].hashed = true;
            }
}

static void settle(const keel_baseline_slot *slot)
{
    keel_baseline_table *now = slot->now;

    now->counted = slot->rows >= 0;
    now->exact = !slot->estimated;
    now->rows = slot->rows;
    now->kept = slot->kept;
    now->has_greatest = slot->has_greatest;
    now->greatest = slot->greatest;
    if (slot->root == NULL)
        set_hashes(slot, now);
}

static bool set_path(keel_pg *pg, const char *path, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *ignored = NULL;

    return keel_pg_query(pg, &ignored, err, "SELECT pg_catalog.set_config('search_path', $1, true)", 1, &path);
}

/* If it fails in between, the transaction ends, and the path with it. */
bool keel_baseline_query(keel_check_run *run, keel_pg_result **ret_rows, keel_error *err, const char *sql, int count,
                         const char *const *params)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str path = {0};

    if (!keel_pg_query_value(run->pg, &path, NULL, err, "SELECT pg_catalog.current_setting('search_path')", 0, NULL) ||
        !set_path(run->pg, "", err) || !keel_pg_query(run->pg, &rows, err, sql, count, params) ||
        !set_path(run->pg, keel_str_text(&path), err))
        return false;
    *ret_rows = rows;
    rows = NULL;
    return true;
}

void keel_baseline_saved(keel_check_run *run, int64_t objects, const char *what)
{
    keel_check_skip(run, "saved, there is nothing to compare with: %lld %s", (long long)objects, what);
}

void keel_baseline_settle(keel_check_run *run)
{
    keel_baseline_job *job = run->baseline;

    keel_baseline_start(run);
    if (job->settled)
        return;
    for (size_t i = 0; i < job->slot_count; i++) {
        take_estimate(&job->slots[i], run->quick);
        if (!is_leaf(&job->slots[i]))
            empty(&job->slots[i]);
    }
    for (size_t i = 0; i < job->slot_count; i++)
        if (job->slots[i].root != NULL && is_leaf(&job->slots[i]))
            add_leaf(job->slots[i].root, &job->slots[i]);
    for (size_t i = 0; i < job->slot_count; i++)
        settle(&job->slots[i]);
    if (job->now->complete && job->now->sequences_known && job->now->objects.known)
        job->now->fingerprint = keel_baseline_fingerprint(job->arena, job->now);
    job->settled = true;
}
