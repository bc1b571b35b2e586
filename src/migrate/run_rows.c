/* What the journal gets of a step. */
#include "journal/footprint.h"
#include "migrate/runner.h"

keel_new_step keel_run_row(const keel_runner *runner, const keel_step_run *run)
{
    return (keel_new_step){.space = runner->space,
                           .version = run->version,
                           .direction = run->direction,
                           .number = run->number,
                           .label = run->step->label,
                           .raw_hash = run->step->raw_hash,
                           .token_hash = run->step->token_hash,
                           .retries = run->retries,
                           .lock_wait_ms = (double)run->lock_wait / 1000.0,
                           .relations = run->relations};
}

void keel_run_add_own_role(const keel_step_run *run, keel_str *out)
{
    if (keel_run_takes_role(run->step))
        keel_str_add(out, "SET LOCAL SESSION AUTHORIZATION DEFAULT;\nSET LOCAL ROLE NONE;\n");
}

static void add_own_rows(const keel_runner *runner, const keel_step_run *run, keel_str *out)
{
    if (run->direction == 'u') {
        if (run->last && !(run->migration != NULL && run->migration->complete))
            keel_journal_add_state(out, runner->space, run->version, "applied");
    } else if (run->last) {
        keel_journal_add_forget(out, runner->space, run->version);
        keel_journal_add_event(out, runner->space, run->version, "reverted", NULL, NULL);
    }
}

void keel_run_add_rows(const keel_runner *runner, const keel_step_run *run, keel_str *out)
{
    keel_new_step row = keel_run_row(runner, run);

    if (run->whole) {
        keel_journal_add_whole(out, run->migration, &row, run->relation);
        return;
    }
    if (run->migration != NULL)
        keel_journal_add_migration(out, run->migration);
    if (run->direction == 'd' && run->first && !run->last)
        keel_journal_add_state(out, runner->space, run->version, "reverting");
    add_own_rows(runner, run, out);
    if (run->direction == 'u' || !run->last)
        keel_journal_add_step(out, &row);
    if (run->direction == 'd' && run->last && run->relations != NULL) {
        keel_footprint_add_end(out, run->relations);
        keel_str_add(out, ";\n");
    }
}
