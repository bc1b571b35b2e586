/* How long a step waits, for whom, and whether it tries again. */
#include "migrate/runner.h"

keel_usec keel_run_lock_timeout(const keel_runner *runner, const keel_step *step)
{
    enum { DATA_TIMEOUT = 5000000 }; /* rows are waited for longer than tables: nobody queues behind */

    if (step->wishes.lock_timeout != KEEL_STEP_UNSET)
        return step->wishes.lock_timeout;
    if (step->manner == KEEL_MANNER_LONG)
        return 0;
    return step->manner == KEEL_MANNER_DATA ? KEEL_MAX(DATA_TIMEOUT, runner->options->lock_timeout)
                                            : runner->options->lock_timeout;
}

keel_usec keel_run_statement_timeout(const keel_runner *runner, const keel_step *step)
{
    (void)runner;
    return step->wishes.statement_timeout != KEEL_STEP_UNSET ? step->wishes.statement_timeout : 0;
}

/* Doubles from 100 ms to 5 s; up to half of it by chance, so that two who wait do not meet again. */
static keel_usec pause_of(keel_runner *runner, int attempt)
{
    enum { FIRST = 100000, LONGEST = 5000000 };
    keel_usec pause = KEEL_MIN((keel_usec)FIRST << KEEL_MIN(attempt, 10), (keel_usec)LONGEST);

    return pause / 2 + (keel_usec)rand_r(&runner->random) % (pause / 2);
}

static bool sleep_unless_stopped(const keel_runner *runner, keel_usec pause)
{
    enum { SLICE = 50000 };
    const volatile sig_atomic_t *cancel = runner->options->cancel;

    for (; pause > 0; pause -= SLICE) {
        if (cancel != NULL && *cancel)
            return false;
        keel_sleep(KEEL_MIN(pause, (keel_usec)SLICE));
    }
    return true;
}

static bool give_up(int attempt, const char *blockers, keel_error *err)
{
    keel_fail_context(err, "the lock was not granted in %d attempt%s", attempt + 1, attempt > 0 ? "s" : "");
    if (*blockers != '\0')
        return keel_fail_hint(err, "Blocked by %s. End that, or wait for it; the same command goes on here.", blockers);
    return keel_fail_hint(err, "Give more time with --lock-timeout or --retries; the same command goes on here.");
}

bool keel_run_may_pass(const keel_error *err)
{
    return keel_streq(err->sqlstate, "55P03") || keel_streq(err->sqlstate, "40P01");
}

bool keel_run_again(keel_runner *runner, keel_step_run *run, int attempt, keel_usec spent, const char *blockers,
                    keel_error *err)
{
    int most = run->step->wishes.retries != KEEL_STEP_UNSET ? run->step->wishes.retries : runner->options->retries;

    if (!keel_run_may_pass(err))
        return false;
    run->lock_wait += spent;
    if (attempt >= most)
        return give_up(attempt, blockers, err);
    run->retries++;
    keel_usec pause = pause_of(runner, attempt);
    keel_progress_note(runner->session.progress, "%s step %d: %s after %.1f s%s%s; attempt %d of %d in %.1f s", run->file,
                       run->number, err->message, (double)spent / 1e6, *blockers != '\0' ? ", blocked by " : "", blockers,
                       attempt + 2, most + 1, (double)pause / 1e6);
    return sleep_unless_stopped(runner, pause);
}

bool keel_run_idle(void *context)
{
    enum { SAY_EVERY = 5000000 };
    keel_run_watch *watch = context;
    KEEL_CLEANUP(keel_str_free) keel_str seen = {0};
    keel_usec now = keel_monotonic();
    const volatile sig_atomic_t *cancel = watch->runner->options->cancel;

    if (cancel != NULL && *cancel)
        return false;
    keel_session_blockers(&watch->runner->session, &seen);
    if (seen.size > 0) {
        keel_str_clear(&watch->blockers);
        keel_str_addn(&watch->blockers, seen.data, seen.size);
    }
    if (now - watch->said < SAY_EVERY)
        return true;
    watch->said = now;
    const char *waits = seen.size > 0 ? "waits for " : "";
    if (seen.size == 0)
        keel_session_build(&watch->runner->session, &seen);
    keel_progress_note(watch->runner->session.progress, "%s step %d, %s: %.0f s%s%s%s", watch->run->file,
                       watch->run->number, watch->run->step->label, (double)(now - watch->began) / 1e6,
                       seen.size > 0 ? ", " : "", waits, keel_str_text(&seen));
    return true;
}
