/* A step, whatever its kind: what the journal gets, how long locks are waited for, how failures are told. */
#include "base/fault.h"
#include "journal/footprint.h"
#include "migrate/runner.h"
#include "migrate/snapshot.h"

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

static bool is_passing(const keel_error *err)
{
    return keel_streq(err->sqlstate, "55P03") || keel_streq(err->sqlstate, "40P01");
}

bool keel_run_again(keel_runner *runner, keel_step_run *run, int attempt, keel_usec spent, const char *blockers,
                    keel_error *err)
{
    int most = run->step->wishes.retries != KEEL_STEP_UNSET ? run->step->wishes.retries : runner->options->retries;

    if (!is_passing(err))
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
           (keel_streq(err->sqlstate, "57014") || is_passing(err));
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

static void keep_result(keel_runner *runner, const keel_step_run *run)
{
    keel_migrate_step_result kept = {.version = run->version,
                                     .file = run->file,
                                     .label = run->step->label,
                                     .direction = run->direction,
                                     .number = run->number,
                                     .transactional = run->step->transactional,
                                     .duration_ms = (double)run->duration / 1000.0,
                                     .lock_wait_ms = (double)run->lock_wait / 1000.0,
                                     .retries = run->retries,
                                     .wal_bytes = run->wal_bytes,
                                     .size_change = run->size_change};

    keel_arena_push(runner->arena, &runner->result->steps, kept);
}

static bool set_again(keel_runner *runner, const keel_step_run *run, keel_error *err)
{
    if (!run->resumed || run->step->session == NULL)
        return true;
    runner->session.dirty = true;
    return keel_pg_exec(runner->session.work, err, run->step->session);
}

/* Brief DDL whose relation keeps its name. What SETs something may throw away prepared statements or put names out of
 * sight; and where rows are written, partitions are looked at too. */
static bool is_brief(const keel_step *step)
{
    static const char *const others[] = {"DropStmt", "RenameStmt", "AlterObjectSchemaStmt"};

    for (size_t i = 0; i < step->statements.count; i++) {
        const keel_step_statement *s = &step->statements.items[i];
        if (s->class.manner != KEEL_MANNER_BRIEF || s->node == NULL || keel_step_sets(s))
            return false;
        for (size_t k = 0; k < KEEL_COUNT_OF(others); k++)
            if (keel_sql_kind_is(s->node, others[k]))
                return false;
    }
    return true;
}

static bool prepare(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    run->whole = run->whole && run->relations != NULL && is_brief(run->step);
    return !run->whole || keel_session_prepare(&runner->session, err);
}

/* What the file has to say (RAISE NOTICE, WARNING) is for whoever runs it. */
typedef struct voice {
    keel_progress *progress;
    const char *file;
} voice;

static void say(void *context, const char *severity, const char *text)
{
    const voice *v = context;

    keel_progress_note(v->progress, "%s: %s: %s", v->file, severity, text);
}

static bool run_aloud(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    voice v = {runner->session.progress, run->file};

    keel_pg_tell(runner->session.work, say, &v);
    bool good = run->step->transactional ? keel_run_transaction(runner, run, err) : keel_run_outside(runner, run, err);
    keel_pg_tell(runner->session.work, NULL, NULL);
    return good;
}

bool keel_run_step(keel_runner *runner, keel_step_run *run, keel_error *err)
{
    keel_usec began = keel_monotonic();

    keel_run_name_relations(runner, run);
    run->wal_bytes = run->size_change = KEEL_NOT_MEASURED;
    if (!keel_fault("migrate.before_step") || !keel_session_holds(&runner->session, err) ||
        !set_again(runner, run, err) || !prepare(runner, run, err))
        return false;
    if (!run_aloud(runner, run, err))
        return false;
    for (size_t i = 0; i < run->step->statements.count; i++)
        runner->session.dirty = runner->session.dirty || keel_step_sets(&run->step->statements.items[i]);
    run->duration = keel_monotonic() - began;
    keep_result(runner, run);
    return keel_fault("migrate.after_step");
}

bool keel_run_keep_schema(keel_runner *runner, keel_error *err)
{
    keel_error ignored = {0};

    if (runner->result->steps.count == 0)
        return true;
    if (err != NULL)
        return keel_schema_snapshot_keep(runner->session.work, runner->space, err);
    if (keel_pg_alive(runner->session.work) && keel_session_reset(&runner->session, &ignored))
        keel_schema_snapshot_keep(runner->session.work, runner->space, &ignored);
    return true;
}
