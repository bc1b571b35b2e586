/* The workers: who takes which target, and when no other is begun. */
#include "base/map.h"
#include "migrate/fan_out_inside.h"
#include "migrate/runner.h"

bool keel_fan_requested(const keel_fan *f)
{
    return f->common.cancel != NULL && *f->common.cancel;
}

/* The next target that nobody has begun, or NULL when there is none or none may be begun. */
static keel_target *take(keel_fan *f)
{
    keel_target *taken = NULL;

    pthread_mutex_lock(&f->lock);
    if (f->closed == NULL && keel_fan_requested(f))
        f->closed = "stopped on request";
    if (f->closed == NULL && f->next < f->targets->count && f->targets->items[f->next].canary)
        f->next++;
    if (f->closed == NULL && f->next < f->targets->count)
        taken = &f->targets->items[f->next++];
    pthread_mutex_unlock(&f->lock);
    return taken;
}

static void *work(void *argument)
{
    keel_fan *f = argument;

    for (keel_target *target; (target = take(f)) != NULL;)
        keel_fan_run_target(f, target);
    return NULL;
}

/* The caller's thread is one of the workers: with fewer threads than asked for it only takes
 * longer. */
static void run_all(keel_fan *f)
{
    pthread_t threads[KEEL_FAN_OUT_MOST_JOBS];
    int wanted = KEEL_MIN(f->options->jobs, KEEL_FAN_OUT_MOST_JOBS) - 1, started = 0;

    while (started < wanted && pthread_create(&threads[started], NULL, work, f) == 0)
        started++;
    work(f);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

static keel_target *find_canary(const keel_fan *f, keel_error *err)
{
    const char *name = f->options->canary;

    for (size_t i = 0; i < f->targets->count; i++)
        if (name == NULL || keel_streq(f->targets->items[i].name, name))
            return &f->targets->items[i];
    keel_fail(err, KEEL_ERR_USAGE, "the canary \"%s\" is none of the %zu targets", name,
              f->targets->count);
    keel_fail_hint(err, "The first one is \"%s\".", f->targets->items[0].name);
    return NULL;
}

/* Alone, before all others. */
static bool run_canary(keel_fan *f, keel_error *err)
{
    keel_target *canary = find_canary(f, err);

    if (canary == NULL)
        return false;
    if (f->writes && !keel_fan_requested(f)) {
        canary->canary = true;
        keel_fan_run_target(f, canary);
    }
    return true;
}

static void finish(keel_fan *f, keel_report *report)
{
    for (size_t i = 0; i < f->targets->count; i++) {
        keel_target *target = &f->targets->items[i];
        if (target->state == KEEL_TARGET_NOT_STARTED)
            target->note = f->closed != NULL ? f->closed : "";
        if (f->options->act == KEEL_FAN_OUT_VERIFY)
            keel_target_check(target, report);
        if (f->reports[i] != NULL)
            keel_target_merge(target, f->reports[i], report);
        keel_report_free(f->reports[i]);
    }
    pthread_mutex_destroy(&f->lock);
}

static bool way_is_named(const keel_fan_out_options *options, keel_error *err)
{
    if (options->act != KEEL_FAN_OUT_DOWN || options->migrate->to != NULL)
        return true;
    keel_fail(err, KEEL_ERR_USAGE,
              "many targets go down to a version, not by a number of migrations");
    return keel_fail_hint(
        err, "Say --to VERSION: then the same command can be run again where it did not succeed.");
}

bool keel_fan_out_run(keel_arena *arena,
                      const keel_fan_out_options *options,
                      keel_targets *targets,
                      keel_report *report,
                      keel_progress *progress,
                      keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *texts = keel_map_create();
    bool writes = options->act <= KEEL_FAN_OUT_DOWN && !options->migrate->dry_run;
    keel_fan f = {.options = options,
                  .common = *options->migrate,
                  .writes = writes,
                  .targets = targets,
                  .progress = progress,
                  .arena = arena,
                  .texts = texts,
                  .lock = PTHREAD_MUTEX_INITIALIZER};

    f.common.folder = NULL;
    f.reports = keel_arena_alloc(arena, targets->count * sizeof *f.reports);
    if (!way_is_named(options, err) ||
        !keel_migrate_folder(arena, &f.common, &f.common.folder, err))
        return false;
    keel_progress_phase(progress, "migrate",
                        f.targets->items[0].space[0] != '\0' ? "schemas" : "databases",
                        targets->count);
    if (!run_canary(&f, err))
        return false;
    run_all(&f);
    finish(&f, report);
    return true;
}
