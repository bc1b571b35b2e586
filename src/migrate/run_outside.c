/* A step that no transaction takes: what an earlier attempt has left is looked at first (the catalogue decides), then the
 * intent is written, then the deed done, then its end is written. Killed in between, the next runner finds the intent. */
#include "base/fault.h"
#include "journal/footprint.h"
#include "journal/journal.h"
#include "migrate/outside.h"

enum { LOOK_EVERY = 200000 };

static bool write_rows(keel_runner *runner, const keel_str *sql, keel_pg_result **ret_rows, keel_error *err)
{
    int completed = 0;

    return keel_pg_script(runner->session.work, keel_str_text(sql), LOOK_EVERY, NULL, NULL, &completed, ret_rows, err) ||
           keel_journal_explain(err) || keel_fail_context(err, "write the journal");
}

static bool write_intent(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_new_step row = keel_run_row(runner, run);

    keel_str_add(&sql, "BEGIN;\n");
    keel_run_add_own_role(run, &sql);
    if (run->migration != NULL)
        keel_journal_add_migration(&sql, run->migration);
    if (run->direction == 'd' && run->first)
        keel_journal_add_state(&sql, runner->space, run->version, "reverting");
    keel_journal_add_intent(&sql, &row);
    if (run->relations != NULL) {
        keel_footprint_add_begin(&sql, run->relations, false);
        keel_str_add(&sql, ";\n");
    }
    keel_str_add(&sql, "COMMIT");
    return write_rows(runner, &sql, NULL, err);
}

static bool write_end(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_new_step row = keel_run_row(runner, run);

    keel_str_add(&sql, "BEGIN;\n");
    keel_run_add_own_role(run, &sql);
    keel_journal_add_done(&sql, &row);
    if (run->last && run->direction == 'u')
        keel_journal_add_state(&sql, runner->space, run->version, "applied");
    if (run->last && run->direction == 'd') {
        keel_journal_add_forget(&sql, runner->space, run->version);
        keel_journal_add_event(&sql, runner->space, run->version, "reverted", NULL, NULL);
    }
    keel_str_add(&sql, "COMMIT");
    if (!write_rows(runner, &sql, &rows, err))
        return false;
    keel_run_take_footprint(run, rows);
    return true;
}

/* The backend of a killed runner may still be at its statement: it is left to end it. */
static bool wait_for_begun(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    enum { POLL = 200000, SAY_EVERY = 5000000 };
    char pid[16];
    const char *params[] = {pid, run->begun->backend_start};
    keel_usec said = 0;

    snprintf(pid, sizeof pid, "%d", run->begun->pid);
    for (;;) {
        KEEL_CLEANUP(keel_str_free) keel_str alive = {0};
        if (!keel_pg_query_value(runner->session.work, &alive, NULL, err,
                                 "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = $1::int"
                                 " AND backend_start = $2::timestamptz AND state <> 'idle')", 2, params))
            return false;
        if (keel_streq(keel_str_text(&alive), "f"))
            return true;
        if (runner->options->cancel != NULL && *runner->options->cancel)
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped while backend %s ends what an earlier runner began", pid);
        if (keel_monotonic() - said > SAY_EVERY) {
            keel_progress_note(runner->session.progress, "%s step %d: backend %s is still at it, from an earlier run",
                               run->file, run->number, pid);
            said = keel_monotonic();
        }
        keel_sleep(POLL);
    }
}

static bool set_timeouts(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    return keel_pg_execf(runner->session.work, err, "SET lock_timeout = '%lldus'; SET statement_timeout = '%lldus'",
                         (long long)keel_run_lock_timeout(runner, run->step),
                         (long long)keel_run_statement_timeout(runner, run->step));
}

static bool unset_timeouts(keel_runner *runner, keel_error *err)
{
    return keel_pg_exec(runner->session.work, err, "RESET lock_timeout; SET statement_timeout = 0");
}

/* It has failed, and the server has said so: nothing is left to wonder about. */
static void forget_intent(keel_runner *runner, const keel_step_run *run)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_error ignored = {0};

    keel_str_add(&sql, "BEGIN;\n");
    keel_run_add_own_role(run, &sql);
    keel_journal_add_forget_step(&sql, runner->space, run->version, run->direction, run->number);
    keel_str_add(&sql, "COMMIT");
    if (unset_timeouts(runner, &ignored))
        write_rows(runner, &sql, NULL, &ignored);
}

static void free_watch(keel_run_watch *watch)
{
    keel_str_free(&watch->blockers);
}

static bool execute(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    const keel_step_statement *statement = &run->step->statements.items[0];

    for (int attempt = 0;; attempt++) {
        keel_usec began = keel_monotonic();
        KEEL_CLEANUP(free_watch) keel_run_watch watch = {.runner = runner, .run = run, .began = began, .said = began};
        keel_error failed = {0}, cleaning = {0};
        int completed = 0;
        if (keel_pg_script(runner->session.work, statement->sql, LOOK_EVERY, keel_run_idle, &watch, &completed, NULL, &failed))
            return true;
        int64_t position = keel_pg_last_failure(runner->session.work)->position;
        if (failed.kind == KEEL_ERR_SERVER && !keel_outside_clean(runner, run, &failed, &cleaning))
            keel_progress_note(runner->session.progress, "%s: what it left behind stays until the same command is run again: %s",
                               run->file, cleaning.message);
        if (keel_step_commits(statement) || !keel_run_again(runner, run, attempt, keel_monotonic() - began, keel_str_text(&watch.blockers), &failed)) {
            *err = failed;
            if (failed.kind == KEEL_ERR_SERVER)
                forget_intent(runner, run);
            return keel_run_fail(runner, run, statement, position, err);
        }
    }
}

bool keel_run_outside(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    bool needed = true;

    if (run->begun != NULL && !wait_for_begun(runner, run, err))
        return false;
    if (!keel_outside_prepare(runner, run, &needed, err))
        return keel_run_fail(runner, run, &run->step->statements.items[0], 0, err);
    if (!keel_fault("migrate.before_intent") ||
        !write_intent(runner, run, err) || !keel_fault("migrate.after_intent"))
        return false;
    if (needed && !(set_timeouts(runner, run, err) && execute(runner, run, err) && unset_timeouts(runner, err)))
        return false;
    return keel_fault("migrate.executed") && keel_outside_confirm(runner, run, err) && write_end(runner, run, err);
}
