/* The pass over one table, for all checks that scan or for one of them. */
#include "verify/engine_inside.h"
#include "verify/scan_inside.h"

static void ask_checks(keel_engine_worker *w,
                       const keel_engine_task *task,
                       keel_scan *scan,
                       keel_arena *arena,
                       keel_report *report,
                       keel_engine_part *parts,
                       size_t *ret_count)
{
    keel_engine *e = w->engine;

    *ret_count = 0;
    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_entry *entry = &e->entries.items[i];
        if (!keel_engine_scans(task, entry))
            continue;
        keel_engine_part *part = &parts[(*ret_count)++];
        keel_engine_start_part(w, entry, arena, report, part);
        part->run.sampled = keel_scan_samples(task->table, e->options->quick);
        entry->check->scan(&part->run, task->table, scan);
    }
}

bool keel_engine_scan(keel_engine_worker *w,
                      const keel_engine_task *task,
                      keel_arena *arena,
                      keel_report *report,
                      keel_engine_part **ret_parts,
                      size_t *ret_count,
                      keel_error *err)
{
    keel_engine_part *parts =
        keel_arena_alloc(arena, (w->engine->entries.count + 1) * sizeof *parts);
    keel_scan scan = {.arena = arena};

    ask_checks(w, task, &scan, arena, report, parts, ret_count);
    *ret_parts = parts;
    return keel_scan_read(&scan, w->pg, err) && keel_scan_count_values(&scan, w->pg, err);
}
