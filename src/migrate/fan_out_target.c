/* One target at work: what is done, and what is kept of how it ended. */
#include "base/map.h"
#include "migrate/fan_out_inside.h"
#include "migrate/verify.h"

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

static bool (*const acts[])(deed *) = {[KEEL_FAN_OUT_UP] = up,
                                       [KEEL_FAN_OUT_DOWN] = down,
                                       [KEEL_FAN_OUT_LOOK] = look,
                                       [KEEL_FAN_OUT_VERIFY] = verify};

/* One copy for all targets. */
static const char *keep_text(keel_fan *f, const char *text)
{
    char *kept = text != NULL ? keel_map_get(f->texts, text) : NULL;

    if (text == NULL || kept != NULL)
        return kept;
    kept = keel_arena_strdup(f->arena, text);
    keel_map_put(f->texts, text, kept);
    return kept;
}

static void keep_run(keel_fan *f, keel_target *target, const keel_migrate_result *result)
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

static void keep_work(keel_fan *f, keel_target *target, const keel_work *work)
{
    target->total = work->lines.count;
    target->pending = work->pending;
    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        if (line->state == KEEL_LINE_APPLIED && !line->migration->repeatable)
            target->version = keep_text(f, line->migration->version);
    }
}

static keel_target_state state_of(const keel_fan *f, const deed *d, bool good)
{
    if (!good)
        return d->err.kind == KEEL_ERR_CANCELLED ? KEEL_TARGET_STOPPED : KEEL_TARGET_FAILED;
    if (keel_report_exit_code(d->report) > 0)
        return KEEL_TARGET_FOUND;
    return d->result != NULL && d->result->due.count == 0 && f->options->act <= KEEL_FAN_OUT_DOWN
               ? KEEL_TARGET_NOTHING
               : KEEL_TARGET_DONE;
}

/* A failure that has left no finding of its own gets one. */
static void add_failure(const keel_target *target, keel_report *report)
{
    if (target->state == KEEL_TARGET_FAILED && keel_report_exit_code(report) == 0)
        keel_report_addf(report, KEEL_CRITICAL, "migrate.failed", target->name, NULL,
                         target->err.hint[0] != '\0' ? target->err.hint : NULL, "%s",
                         target->err.message);
}

static void close_after(keel_fan *f, const keel_target *target)
{
    bool well = target->state == KEEL_TARGET_DONE || target->state == KEEL_TARGET_NOTHING ||
                target->state == KEEL_TARGET_FOUND;

    f->failed += target->state == KEEL_TARGET_FAILED;
    if (!f->writes || f->closed != NULL)
        return;
    if (keel_fan_requested(f))
        f->closed = "stopped on request";
    else if (target->canary && !well)
        f->closed = keel_arena_printf(f->arena, "the canary %s did not end well", target->name);
    else if (f->failed >= f->options->stop_after)
        f->closed = keel_arena_printf(f->arena, "%zu failed before it", f->failed);
}

static void keep(keel_fan *f, keel_target *target, deed *d, bool good, keel_usec duration)
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

static void say(keel_fan *f, const keel_target *target)
{
    bool bad = target->state == KEEL_TARGET_FAILED || target->state == KEEL_TARGET_STOPPED;

    keel_progress_add(f->progress, 1);
    if (f->writes || bad)
        keel_progress_note(f->progress, "%s: %s%s%s", target->name,
                           keel_target_state_text(target->state),
                           target->note[0] != '\0' ? ", " : "", target->note);
}

void keel_fan_run_target(keel_fan *f, keel_target *target)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_progress_free_p)
    keel_progress *progress = keel_progress_part(f->progress, target->name);
    deed d = {
        .options = f->common, .arena = arena, .report = keel_report_create(), .progress = progress};
    keel_usec began = keel_monotonic();

    f->reports[target - f->targets->items] = d.report;
    d.options.conninfo = target->conninfo;
    d.options.space = target->space;
    bool good = acts[f->options->act](&d);
    keep(f, target, &d, good, keel_monotonic() - began);
    say(f, target);
}
