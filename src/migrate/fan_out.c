#include <pthread.h>

#include "base/map.h"
#include "migrate/fan_out_inside.h"
#include "migrate/runner.h"
#include "migrate/verify.h"

typedef struct fan {
    const keel_fan_out_options *options;
    keel_migrate_options common; /* of every target, with the folder */
    bool writes;                 /* else it only looks: no canary, no stop */
    keel_targets *targets;
    keel_report **reports;       /* of the targets; one worker each */
    keel_progress *progress;
    pthread_mutex_t lock;        /* everything below, and what a target keeps in the arena */
    keel_arena *arena;
    keel_map *texts;             /* labels and versions, which are the same in most targets */
    size_t next;
    size_t failed;
    const char *closed;          /* why no other target is begun, or NULL */
} fan;

/* One target at work. What it needs is freed with it; what is told of it is copied. */
typedef struct deed {
    keel_migrate_options options;
    keel_arena *arena;
    keel_report *report; /* lives on */
    keel_progress *progress;
    const keel_migrate_result *result;
    const keel_work *work;
    keel_error err;
} deed;

static bool up(deed *d)
{
    return keel_migrate_up(d->arena, &d->options, d->report, d->progress, &d->result, &d->err);
}

static bool down(deed *d)
{
    return keel_migrate_down(d->arena, &d->options, d->report, d->progress, &d->result, &d->err);
}

static bool look(deed *d)
{
    return keel_migrate_look(d->arena, &d->options, d->report, &d->work, &d->err);
}

static bool verify(deed *d)
{
    return keel_migrate_verify(d->arena, &d->options, d->report, &d->work, &d->err);
}

static bool (*const acts[])(deed *) = {[KEEL_FAN_OUT_UP] = up, [KEEL_FAN_OUT_DOWN] = down, [KEEL_FAN_OUT_LOOK] = look,
                                       [KEEL_FAN_OUT_VERIFY] = verify};

/* One copy for all targets. */
static const char *keep_text(fan *f, const char *text)
{
    char *kept = text != NULL ? keel_map_get(f->texts, text) : NULL;

    if (text == NULL || kept != NULL)
        return kept;
    kept = keel_arena_strdup(f->arena, text);
    keel_map_put(f->texts, text, kept);
    return kept;
}

static void keep_run(fan *f, keel_target *target, const keel_migrate_result *result)
{
    for (size_t i = 0; i < result->due.count; i++)
        keel_arena_push(f->arena, &target->due, keep_text(f, result->due.items[i]));
    for (size_t i = 0; i < result->steps.count; i++) {
        keel_migrate_step_result step = result->steps.items[i];
        step.version = keep_text(f, step.version);
        step.file = keep_text(f, step.file);
        step.label = keep_text(f, step.label);
        keel_arena_push(f->arena, &target->steps, step);
    }
    target->migrations = result->migrations;
}

static void keep_work(fan *f, keel_target *target, const keel_work *work)
{
    target->total = work->lines.count;
    target->pending = work->pending;
    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        if (line->state == KEEL_LINE_APPLIED && !line->migration->repeatable)
            target->version = keep_text(f, line->migration->version);
    }
}

static keel_target_state state_of(const fan *f, const deed *d, bool good)
{
    if (!good)
        return d->err.kind == KEEL_ERR_CANCELLED ? KEEL_TARGET_STOPPED : KEEL_TARGET_FAILED;
    if (keel_report_exit_code(d->report) > 0)
        return KEEL_TARGET_FOUND;
    return d->result != NULL && d->result->due.count == 0 && f->options->act <= KEEL_FAN_OUT_DOWN ? KEEL_TARGET_NOTHING
                                                                                                  : KEEL_TARGET_DONE;
}

/* A failure that has left no finding of its own gets one. */
static void add_failure(const keel_target *target, keel_report *report)
{
    if (target->state == KEEL_TARGET_FAILED && keel_report_exit_code(report) == 0)
        keel_report_addf(report, KEEL_CRITICAL, "migrate.failed", target->name, NULL,
                         target->err.hint[0] != '\0' ? target->err.hint : NULL, "%s", target->err.message);
}

static bool requested(const fan *f)
{
    return f->common.cancel != NULL && *f->common.cancel;
}

static void close_after(fan *f, const keel_target *target)
{
    bool well = target->state == KEEL_TARGET_DONE || target->state == KEEL_TARGET_NOTHING ||
                target->state == KEEL_TARGET_FOUND;

    f->failed += target->state == KEEL_TARGET_FAILED;
    if (!f->writes || f->closed != NULL)
        return;
    if (requested(f))
        f->closed = "stopped on request";
    else if (target->canary && !well)
        f->closed = keel_arena_printf(f->arena, "the canary %s did not end well", target->name);
    else if (f->failed >= f->options->stop_after)
        f->closed = keel_arena_printf(f->arena, "%zu failed before it", f->failed);
}

static void keep(fan *f, keel_target *target, deed *d, bool good, keel_usec duration)
{
    KEEL_CLEANUP(keel_str_free) keel_str note = {0};

    pthread_mutex_lock(&f->lock);
    target->duration = duration;
    target->state = state_of(f, d, good);
    if (!good)
        target->err = d->err;
    if (d->result != NULL)
        keep_run(f, target, d->result);
    if (d->work != NULL)
        keep_work(f, target, d->work);
    keel_target_describe(target, f->options, &note);
    target->note = keel_arena_strdup(f->arena, keel_str_text(&note));
    add_failure(target, d->report);
    close_after(f, target);
    pthread_mutex_unlock(&f->lock);
}

static void say(fan *f, const keel_target *target)
{
    bool bad = target->state == KEEL_TARGET_FAILED || target->state == KEEL_TARGET_STOPPED;

    keel_progress_add(f->progress, 1);
    if (f->writes || bad)
        keel_progress_note(f->progress, "%s: %s%s%s", target->name, keel_target_state_text(target->state),
                           target->note[0] != '\0' ? ", " : "", target->note);
}

static void run_target(fan *f, keel_target *target)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_progress_free_p) keel_progress *progress = keel_progress_part(f->progress, target->name);
    deed d = {.options = f->common, .arena = arena, .report = keel_report_create(), .progress = progress};
    keel_usec began = keel_monotonic();

    f->reports[target - f->targets->items] = d.report;
    d.options.conninfo = target->conninfo;
    d.options.space = target->space;
    bool good = acts[f->options->act](&d);
    keep(f, target, &d, good, keel_monotonic() - began);
    say(f, target);
}

/* The next target that nobody has begun, or NULL when there is none or none may be begun. */
static keel_target *take(fan *f)
{
    keel_target *taken = NULL;

    pthread_mutex_lock(&f->lock);
    if (f->closed == NULL && requested(f))
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
    fan *f = argument;

    for (keel_target *target; (target = take(f)) != NULL;)
        run_target(f, target);
    return NULL;
}

/* The caller's thread is one of the workers: with fewer threads than asked for it only takes longer. */
static void run_all(fan *f)
{
    pthread_t threads[KEEL_FAN_OUT_MOST_JOBS];
    int wanted = KEEL_MIN(f->options->jobs, KEEL_FAN_OUT_MOST_JOBS) - 1, started = 0;

    while (started < wanted && pthread_create(&threads[started], NULL, work, f) == 0)
        started++;
    work(f);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

static keel_target *find_canary(const fan *f, keel_error *err)
{
    const char *name = f->options->canary;

    for (size_t i = 0; i < f->targets->count; i++)
        if (name == NULL || keel_streq(f->targets->items[i].name, name))
            return &f->targets->items[i];
    keel_fail(err, KEEL_ERR_USAGE, "the canary \"%s\" is none of the %zu targets", name, f->targets->count);
    keel_fail_hint(err, "The first one is \"%s\".", f->targets->items[0].name);
    return NULL;
}

/* Alone, before all others. */
static bool run_canary(fan *f, keel_error *err)
{
    keel_target *canary = find_canary(f, err);

    if (canary == NULL)
        return false;
    if (f->writes && !requested(f)) {
        canary->canary = true;
        run_target(f, canary);
    }
    return true;
}

static void finish(fan *f, keel_report *report)
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
    keel_fail(err, KEEL_ERR_USAGE, "many targets go down to a version, not by a number of migrations");
    return keel_fail_hint(err, "Say --to VERSION: then the same command can be run again where it did not succeed.");
}

bool keel_fan_out_run(keel_arena *arena, const keel_fan_out_options *options, keel_targets *targets, keel_report *report,
                      keel_progress *progress, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *texts = keel_map_create();
    bool writes = options->act <= KEEL_FAN_OUT_DOWN && !options->migrate->dry_run;
    fan f = {.options = options, .common = *options->migrate, .writes = writes, .targets = targets, .progress = progress,
             .arena = arena, .texts = texts, .lock = PTHREAD_MUTEX_INITIALIZER};

    f.common.folder = NULL;
    f.reports = keel_arena_alloc(arena, targets->count * sizeof *f.reports);
    if (!way_is_named(options, err) || !keel_migrate_folder(arena, &f.common, &f.common.folder, err))
        return false;
    keel_progress_phase(progress, "migrate", f.targets->items[0].space[0] != '\0' ? "schemas" : "databases", targets->count);
    if (!run_canary(&f, err))
        return false;
    run_all(&f);
    finish(&f, report);
    return true;
}
