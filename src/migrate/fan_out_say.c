/* How a target has ended, in words and findings. */
#include "migrate/fan_out_inside.h"

const char *keel_target_state_name(keel_target_state state)
{
    static const char *const names[] = {"not_started", "done",   "nothing",
                                        "found",       "failed", "stopped"};

    return names[state];
}

const char *keel_target_state_text(keel_target_state state)
{
    static const char *const texts[] = {"not started", "done",   "nothing to do",
                                        "findings",    "failed", "stopped"};

    return texts[state];
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void describe_due(const keel_target *target, keel_str *out)
{
    enum { SHOWN = 6 };

    keel_str_addf(out, "%zu to run: ", target->due.count);
    for (size_t i = 0; i < KEEL_MIN(target->due.count, (size_t)SHOWN); i++)
        keel_str_addf(out, "%s%s", i > 0 ? ", " : "", target->due.items[i]);
    if (target->due.count > SHOWN)
        keel_str_add(out, ", ...");
}

static void describe_run(const keel_target *target, keel_str *out)
{
    if (target->state == KEEL_TARGET_FAILED || target->state == KEEL_TARGET_STOPPED)
        keel_str_addf(out, "%s%s", target->err.message,
                      target->steps.count > 0 ? "; before that: " : "");
    if (target->state == KEEL_TARGET_DONE || target->steps.count > 0)
        keel_str_addf(out, "%zu migration%s, %zu step%s, %.1f s", target->migrations,
                      plural(target->migrations), target->steps.count, plural(target->steps.count),
                      (double)target->duration / (double)KEEL_SECOND);
}

void keel_target_describe(const keel_target *target,
                          const keel_fan_out_options *options,
                          keel_str *out)
{
    bool looked = options->act == KEEL_FAN_OUT_LOOK || options->act == KEEL_FAN_OUT_VERIFY;

    if (looked && (target->state == KEEL_TARGET_DONE || target->state == KEEL_TARGET_FOUND))
        keel_str_addf(
            out, "%s%s, %zu of %zu pending", target->version != NULL ? "at " : "nothing is applied",
            target->version != NULL ? target->version : "", target->pending, target->total);
    else if (options->migrate->dry_run && target->state == KEEL_TARGET_DONE)
        describe_due(target, out);
    else
        describe_run(target, out);
}

void keel_target_check(const keel_target *target, keel_report *report)
{
    static const keel_check_outcome outcomes[] = {
        [KEEL_TARGET_NOT_STARTED] = KEEL_CHECK_SKIPPED, [KEEL_TARGET_DONE] = KEEL_CHECK_PASSED,
        [KEEL_TARGET_NOTHING] = KEEL_CHECK_PASSED,      [KEEL_TARGET_FOUND] = KEEL_CHECK_FAILED,
        [KEEL_TARGET_FAILED] = KEEL_CHECK_FAILED,       [KEEL_TARGET_STOPPED] = KEEL_CHECK_SKIPPED};

    keel_report_check_line(report, &(keel_check_line){.check = "migrate.target",
                                                      .group = "migrate",
                                                      .title = target->name,
                                                      .outcome = outcomes[target->state],
                                                      .note = target->note,
                                                      .duration = target->duration});
}

void keel_target_merge(const keel_target *target, const keel_report *report, keel_report *all)
{
    for (size_t i = 0; i < keel_report_count(report); i++) {
        KEEL_CLEANUP(keel_str_free) keel_str object = {0};
        keel_finding finding = *keel_report_at(report, i);
        bool itself = finding.object == NULL || keel_streq(finding.object, target->name);
        keel_str_addf(&object, "%s%s%s", target->name, itself ? "" : ": ",
                      itself ? "" : finding.object);
        finding.object = keel_str_text(&object);
        keel_report_add(all, &finding);
    }
}

size_t keel_fan_out_count(const keel_targets *targets, keel_target_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < targets->count; i++)
        count += targets->items[i].state == state;
    return count;
}

bool keel_fan_out_complete(const keel_targets *targets, keel_error *err)
{
    static const struct {
        keel_target_state state;
        const char *what;
    } open[] = {{KEEL_TARGET_FAILED, "failed"},
                {KEEL_TARGET_STOPPED, "stopped on the way"},
                {KEEL_TARGET_NOT_STARTED, "not begun"}};
    KEEL_CLEANUP(keel_str_free) keel_str what = {0};
    keel_error_kind kind = KEEL_ERR_CANCELLED;
    size_t sum = 0;

    for (size_t i = targets->count; i-- > 0;)
        if (targets->items[i].state == KEEL_TARGET_FAILED)
            kind = targets->items[i].err.kind;
    for (size_t i = 0; i < KEEL_COUNT_OF(open); i++) {
        size_t count = keel_fan_out_count(targets, open[i].state);
        if (count > 0)
            keel_str_addf(&what, "%s%zu %s", sum > 0 ? ", " : "", count, open[i].what);
        sum += count;
    }
    if (sum == 0)
        return true;
    keel_fail(err, kind, "%zu of %zu targets %s not done: %s", sum, targets->count,
              sum == 1 ? "is" : "are", keel_str_text(&what));
    return keel_fail_hint(
        err, "The same command goes on with them; what is done there has nothing left to do.");
}
