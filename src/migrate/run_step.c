/* A step, whatever its kind, from its beginning to its end. */
#include "base/fault.h"
#include "migrate/runner.h"
#include "migrate/snapshot.h"

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
