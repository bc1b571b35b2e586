#include "diff/diff.h"

#include <stdlib.h>
#include <unistd.h>

#include "diff/inside.h"

enum { MOST_JOBS = 64 };

static void release(keel_diff_run *d)
{
    keel_diff_close(d);
    for (size_t i = 0; i < d->pairs.count; i++) {
        keel_diff_release(d->pairs.items[i]);
        pthread_mutex_destroy(&d->pairs.items[i]->lock);
    }
    keel_vec_free(&d->queue);
    keel_vec_free(&d->waiting);
    keel_vec_free(&d->shown);
    keel_arena_free(d->shown_arena);
    pthread_mutex_destroy(&d->lock);
    pthread_mutex_destroy(&d->judge_lock);
    pthread_cond_destroy(&d->changed);
}

static bool read_options(keel_diff_run *d, keel_error *err)
{
    for (const char *const *name = d->options->ignored; name != NULL && *name != NULL; name++)
        keel_arena_push(d->arena, &d->ignored, *name);
    return keel_diff_map_read(d->arena, d->options->map_file, &d->map, err) && keel_diff_read_keys(d, err);
}

/* Hash functions are only promised to be the same within a major version. */
static void choose_quick(keel_diff_run *d)
{
    int source = d->version[KEEL_SOURCE] / 10000, target = d->version[KEEL_TARGET] / 10000;

    d->quick = d->options->quick && source == target;
    if (d->options->quick && !d->quick)
        keel_report_addf(d->report, KEEL_WARNING, "diff.quick", d->name[KEEL_TARGET], NULL, NULL,
                         "the servers are of major versions %d and %d, whose hashes may differ: compared in full",
                         source, target);
    if (d->quick)
        keel_report_addf(d->report, KEEL_INFO, "diff.quick", d->name[KEEL_TARGET], NULL,
                         "Leave --quick out to have every value read.",
                         "large tables were compared by 64-bit hashes of the servers, which do not see the sign of a "
                         "numeric, NaN from infinity, nor, in jsonb, {} from [] and a value from the same in two more "
                         "arrays");
}

static bool prepare(keel_diff_run *d, keel_error *err)
{
    if (!read_options(d, err) || !keel_diff_open(d, err))
        return false;
    choose_quick(d);
    return keel_diff_pair_tables(d, err) && keel_diff_find_containers(d, err) && keel_diff_open_workers(d, err);
}

static uint64_t rows_expected(const keel_diff_run *d)
{
    double rows = 0;

    for (size_t i = 0; i < d->pairs.count; i++)
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
            const keel_pg_table *table = d->pairs.items[i]->table[side];
            rows += table != NULL && table->estimated_rows > 0 ? table->estimated_rows : 0;
        }
    return (uint64_t)rows;
}

static bool compare(keel_diff_run *d, keel_error *err)
{
    KEEL_CLEANUP(keel_free_p) keel_diff_item *first = keel_alloc(d->pairs.count * sizeof *first);

    keel_progress_phase(d->progress, "compare", "rows", rows_expected(d));
    for (size_t i = 0; i < d->pairs.count; i++) {
        d->pairs.items[i]->open_items = 1;
        first[i] = (keel_diff_item){.kind = KEEL_ITEM_START, .pair = d->pairs.items[i]};
    }
    keel_diff_push(d, first, d->pairs.count);
    return keel_diff_work(d, err);
}

static bool conclude(keel_diff_run *d, keel_diff_result **ret_result, keel_error *err)
{
    keel_diff_say_shown(d);
    return keel_diff_conclude(d, ret_result, err);
}

bool keel_diff(keel_arena *arena,
               const keel_diff_options *options,
               keel_report *report,
               keel_progress *progress,
               keel_diff_result **ret_result,
               keel_error *err)
{
    KEEL_CLEANUP(release) keel_diff_run d = {
        .options = options,
        .arena = arena,
        .report = report,
        .progress = progress,
        .conninfo = {options->source, options->target},
        .jobs = options->jobs > 0 ? KEEL_MIN(options->jobs, MOST_JOBS) : 2,
        .seed = (uint64_t)keel_now() * 1000003 + (uint64_t)getpid(),
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .judge_lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .shown_arena = keel_arena_create(),
    };

    if (prepare(&d, err) && compare(&d, err) && conclude(&d, ret_result, err))
        return true;
    if (keel_diff_cancelled(&d))
        keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the comparison is not complete");
    return false;
}
