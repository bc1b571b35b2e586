#include "base/fault.h"
#include "journal/journal.h"
#include "migrate/layout.h"
#include "migrate/runner.h"

/* One migration on its way back. */
typedef struct descent {
    const keel_done_migration *done;
    const char *file;
    keel_steps steps;
} descent;

typedef struct descents {
    descent *items;
    size_t count, capacity;
} descents;

static const keel_migration *in_folder(const keel_migration_folder *folder, const char *version)
{
    for (size_t i = 0; i < folder->migrations.count; i++)
        if (keel_streq(folder->migrations.items[i].version, version))
            return &folder->migrations.items[i];
    return NULL;
}

static bool no_way_down(const keel_done_migration *done, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CONFIG, "version %s (%s) has no way down", done->version, done->file);
    return keel_fail_hint(err, "Write one, or go forward with a new migration; nothing was done.");
}

/* What a migration has begun and not ended cannot be undone from its end. */
static bool half_applied(const keel_done_migration *done, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CHANGED, "version %s is applied in part", done->version);
    return keel_fail_hint(err, "Finish it first: pgkeel migrate up.");
}

static bool add_descent(keel_runner *runner, const keel_migration_folder *folder, const keel_done_migration *done,
                        descents *list, keel_error *err)
{
    const keel_migration *migration = in_folder(folder, done->version);
    descent d = {.done = done, .file = migration != NULL ? migration->file : done->file};
    keel_migration_sql sql = {.path = d.file, .text = done->down_sql, .line = 1, .variables = runner->options->variables};

    if (keel_streq(done->state, "applying"))
        return half_applied(done, err);
    if (migration != NULL && migration->down.text != NULL)
        sql = migration->down;
    if (sql.text == NULL)
        return no_way_down(done, err);
    sql.size = strlen(sql.text);
    if (!keel_steps_of(runner->arena, &sql, keel_pg_server_version(runner->session.work), &d.steps, err))
        return false;
    keel_arena_push(runner->arena, list, d);
    return true;
}

static bool known_version(const keel_done_migrations *done, const char *to, keel_error *err)
{
    if (to == NULL || keel_streq(to, "0") || keel_done_find(done, to) != NULL)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "version \"%s\" is not applied", to);
    return keel_fail_hint(err, "\"pgkeel migrate status\" lists what is; --to 0 goes down all the way.");
}

/* In the reverse order of application. Repeatable ones have no way back. */
static bool plan(keel_runner *runner, const keel_migration_folder *folder, const keel_done_migrations *done,
                 descents *list, keel_error *err)
{
    const keel_migrate_options *options = runner->options;
    int64_t most = options->to != NULL ? INT64_MAX : KEEL_MAX(options->steps, 1);

    if (!known_version(done, options->to, err))
        return false;
    for (size_t i = done->count; i-- > 0 && most > 0;) {
        const keel_done_migration *row = &done->items[i];
        if (row->repeatable)
            continue;
        if (options->to != NULL && keel_streq(row->version, options->to))
            break;
        if (!add_descent(runner, folder, row, list, err))
            return false;
        most--;
    }
    return true;
}

/* What a way down took with it (a view over a dropped table), only the next "up" can make again. Done first: killed in
 * between, they are applied once more than needed, which is what they are for. */
static bool forget_repeatable(keel_runner *runner, const keel_done_migrations *done, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = 0; i < done->count; i++) {
        if (!done->items[i].repeatable)
            continue;
        keel_journal_add_forget(&sql, runner->space, done->items[i].version);
        keel_journal_add_event(&sql, runner->space, done->items[i].version, "due again", NULL, NULL);
    }
    return sql.size == 0 || keel_pg_exec(runner->session.work, err, keel_str_text(&sql));
}

static bool forget_empty(keel_runner *runner, const descent *d, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "BEGIN;");
    keel_journal_add_forget(&sql, runner->space, d->done->version);
    keel_journal_add_event(&sql, runner->space, d->done->version, "reverted", NULL, NULL);
    keel_str_add(&sql, "COMMIT");
    return keel_pg_exec(runner->session.work, err, keel_str_text(&sql));
}

static bool descend(keel_runner *runner, const descent *d, keel_error *err)
{
    bool fresh = true;

    if (d->steps.count == 0)
        return forget_empty(runner, d, err);
    for (size_t i = 0; i < d->steps.count; i++) {
        const keel_done_step *before = keel_done_step_find(d->done, 'd', (int)i + 1);
        if (before != NULL && !before->running)
            continue;
        keel_step_run run = {.version = d->done->version,
                             .file = d->file,
                             .direction = 'd',
                             .step = &d->steps.items[i],
                             .number = (int)i + 1,
                             .first = i == 0,
                             .last = i + 1 == d->steps.count,
                             .resumed = fresh && i > 0,
                             .begun = before};
        if (!keel_run_step(runner, &run, err))
            return false;
        fresh = false;
    }
    return true;
}

static bool down_locked(keel_runner *runner, keel_error *err)
{
    const keel_migrate_options *options = runner->options;
    const keel_migration_folder *folder = NULL;
    keel_done_migrations done = {0};
    descents list = {0};

    if (!keel_migrate_folder(runner->arena, options, &folder, err) ||
        !keel_journal_migrations(runner->session.work, runner->arena, runner->space, KEEL_JOURNAL_SQL, &done, err) ||
        !plan(runner, folder, &done, &list, err) || !keel_session_use(&runner->session, runner->space, err))
        return false;
    if (list.count > 0 && !options->dry_run && !forget_repeatable(runner, &done, err))
        return false;
    for (size_t i = 0; i < list.count; i++)
        keel_arena_push(runner->arena, &runner->result->due, list.items[i].done->version);
    keel_progress_phase(runner->session.progress, "migrate down", "migrations", list.count);
    for (size_t i = 0; i < list.count && !options->dry_run; i++) {
        if (options->cancel != NULL && *options->cancel)
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped after %zu migrations", runner->result->migrations);
        if (!descend(runner, &list.items[i], err) || !keel_session_reset(&runner->session, err))
            return keel_run_keep_schema(runner, NULL) && false;
        runner->result->migrations++;
        keel_progress_add(runner->session.progress, 1);
    }
    return keel_run_keep_schema(runner, err);
}

static void close_runner(keel_runner *runner)
{
    keel_session_close(&runner->session);
}

bool keel_migrate_down(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                       keel_progress *progress, const keel_migrate_result **ret_result, keel_error *err)
{
    keel_migrate_result *result = keel_arena_alloc(arena, sizeof *result);
    KEEL_CLEANUP(close_runner) keel_runner runner = {.arena = arena,
                                                     .options = options,
                                                     .report = report,
                                                     .result = result,
                                                     .space = options->space != NULL ? options->space : "",
                                                     .random = (unsigned)keel_now()};

    *ret_result = result;
    return keel_session_open(options->conninfo, progress, options->cancel, &runner.session, err) &&
           keel_session_lock(&runner.session, options->conninfo, runner.space, options->wait, err) &&
           down_locked(&runner, err);
}
