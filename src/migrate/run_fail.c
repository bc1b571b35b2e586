/* How the failure of a step is told. */
#include "migrate/runner.h"

/* Characters from 1 to a byte offset. */
static size_t offset_of(const char *text, int64_t position)
{
    size_t at = 0;

    for (int64_t seen = 1; text[at] != '\0' && seen < position; seen++)
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    return at;
}

/* By us: while it worked, or while it gave way between two attempts at a lock. */
static bool was_stopped(const keel_runner *runner, const keel_error *err)
{
    return runner->options->cancel != NULL && *runner->options->cancel &&
           (keel_streq(err->sqlstate, "57014") || keel_run_may_pass(err));
}

/* Where the server says what is wrong, but not what to do in a migration. */
static void add_remedy(const keel_step_run *run, const keel_step_statement *statement, keel_error *err)
{
    if (err->hint[0] != '\0')
        return;
    if (keel_streq(err->sqlstate, "2D000"))
        keel_fail_hint(err, "A procedure or block that commits takes no transaction around it: write \"-- pgkeel: "
                            "transaction=none\" in front of it.");
    else if (keel_streq(err->sqlstate, "25006"))
        keel_fail_hint(err, "Look for SET default_transaction_read_only in the file, the role or the database; a standby "
                            "takes no migrations.");
    else if (!run->step->transactional && keel_step_commits(statement))
        keel_fail_hint(err, "What it had committed until then stays, and the same command calls it again from its start.");
}

bool keel_run_fail(keel_runner *runner, const keel_step_run *run, const keel_step_statement *statement,
                   int64_t position, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str caret = {0};
    size_t at = position > 0 ? offset_of(statement->sql, position) : 0;
    int line = keel_step_line(statement, at);

    if (position > 0) {
        keel_step_caret(run->step, statement, at, &caret);
        keel_progress_note(runner->session.progress, "%s", keel_str_text(&caret));
    }
    if (err->kind != KEEL_ERR_SERVER)
        return false;
    keel_fail_context(err, "%s:%d", run->step->path, line);
    if (was_stopped(runner, err)) {
        keel_fail(err, KEEL_ERR_CANCELLED, "stopped in %s, step %d%s", run->file, run->number,
                  run->step->transactional ? ", which was rolled back" : "");
        return keel_fail_hint(err, "Run the same command again to go on.");
    }
    add_remedy(run, statement, err);
    keel_report_add(runner->report, &(keel_finding){.check = "migrate.failed", .severity = KEEL_CRITICAL,
                                                    .object = run->file, .message = err->message,
                                                    .remedy = err->hint[0] != '\0' ? err->hint : NULL,
                                                    .file = run->step->path, .line = line});
    return false;
}
