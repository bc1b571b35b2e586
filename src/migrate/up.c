#include "migrate/migrate.h"

#include "base/fault.h"
#include "journal/journal.h"
#include "migrate/layout.h"
#include "migrate/runner.h"

bool keel_migrate_folder(keel_arena *arena, const keel_migrate_options *options, const keel_migration_folder **ret_folder,
                         keel_error *err)
{
    keel_migration_folder *folder = NULL;

    if (options->folder == NULL && !keel_migration_folder_read(arena, options->dir, options->layout, &folder, err))
        return false;
    if (folder != NULL)
        keel_migration_folder_set_variables(folder, options->variables);
    *ret_folder = folder != NULL ? folder : options->folder;
    return true;
}

/* What reading the journal needs, and what it is held against. */
typedef struct look {
    keel_arena *arena;
    const keel_migrate_options *options;
    keel_pg *pg;
    const keel_migration_folder *folder;
    const keel_work *before; /* an earlier look at the same folder, or NULL */
} look;

static bool make_work(const look *l, keel_journal_depth depth, keel_report *report, keel_work **ret_work, keel_error *err)
{
    keel_done_migrations *done = keel_arena_alloc(l->arena, sizeof *done);
    const char *space = l->options->space != NULL ? l->options->space : "";
    keel_work_options judging = {.allow_out_of_order = l->options->allow_out_of_order, .before = l->before};

    return keel_journal_migrations(l->pg, l->arena, space, depth, done, err) &&
           keel_work_make(l->arena, l->folder, done, keel_pg_server_version(l->pg), &judging, report, ret_work, err);
}

/* Has anything stopped on its way, or is to be done again? */
static bool is_in_motion(const keel_work *work)
{
    for (size_t i = 0; i < work->lines.count; i++)
        if (work->lines.items[i].done != NULL && work->lines.items[i].state != KEEL_LINE_APPLIED)
            return true;
    return false;
}

/* The steps, and the stored SQL to show how a file differs, are fetched only if they matter: mostly they do not. */
static bool read_work(look *l, keel_report *report, keel_work **ret_work, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *first = keel_report_create();

    if (!make_work(l, l->options->with_steps ? KEEL_JOURNAL_STEPS : KEEL_JOURNAL_BRIEF, first, ret_work, err))
        return false;
    if (keel_report_count(first) == 0 && !is_in_motion(*ret_work))
        return true;
    l->before = *ret_work;
    return make_work(l, KEEL_JOURNAL_SQL, report, ret_work, err);
}

bool keel_migrate_look(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                       const keel_work **ret_work, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const keel_migration_folder *folder = NULL;
    keel_work *work = NULL;

    if (!keel_pg_open_begin(options->conninfo, "migrate status", &pg, err) ||
        !keel_migrate_folder(arena, options, &folder, err) || !keel_pg_open_end(pg, err))
        return false;
    look l = {.arena = arena, .options = options, .pg = pg, .folder = folder};
    if (!read_work(&l, report, &work, err))
        return false;
    *ret_work = work;
    return true;
}

static bool refuse(const keel_work *work, keel_error *err)
{
    size_t refused = 0;

    for (size_t i = 0; i < work->lines.count; i++)
        refused += work->lines.items[i].refused;
    keel_fail(err, KEEL_ERR_CHANGED, "nothing was applied: %zu file%s cannot be trusted", refused, refused == 1 ? "" : "s");
    return keel_fail_hint(err, "The findings say what is wrong with each, and what to do.");
}

/* The last line that `to` allows; all without it. */
static bool find_end(const keel_work *work, const char *to, size_t *ret_end, keel_error *err)
{
    *ret_end = work->lines.count;
    if (to == NULL)
        return true;
    for (size_t i = 0; i < work->lines.count; i++)
        if (work->lines.items[i].migration != NULL && keel_streq(work->lines.items[i].migration->version, to)) {
            *ret_end = i + 1;
            return true;
        }
    keel_fail(err, KEEL_ERR_USAGE, "there is no version \"%s\"", to);
    return keel_fail_hint(err, "\"pgkeel migrate status\" lists them.");
}

static bool is_due(const keel_work_line *line)
{
    return line->state == KEEL_LINE_PENDING || line->state == KEEL_LINE_APPLYING || line->state == KEEL_LINE_CHANGED;
}

static void fill_row(const keel_runner *runner, const keel_work_line *line, char raw[KEEL_SQL_HASH_SIZE],
                     char tokens[KEEL_SQL_HASH_SIZE], keel_new_migration *row)
{
    const keel_migration *m = line->migration;

    keel_sql_hash_bytes(m->up.text, m->up.size, raw);
    keel_sql_hash_tokens(m->up.text, m->up.size, tokens);
    *row = (keel_new_migration){.space = runner->space,
                                .version = m->version,
                                .name = m->name,
                                .file = m->file,
                                .layout = runner->result->work->folder->layout->id,
                                .repeatable = m->repeatable,
                                .step_count = (int)line->up.count,
                                .up_sql = m->up.text,
                                .down_sql = m->down.text,
                                .raw_hash = raw,
                                .token_hash = tokens,
                                .complete = line->up.count == 0 ||
                                            (line->up.count == 1 && line->up.items[0].transactional)};
}

/* A file without a statement is applied by its row alone. */
static bool apply_empty(keel_runner *runner, const keel_new_migration *row, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_journal_add_migration(&sql, row);
    return keel_pg_exec(runner->session.work, err, keel_str_text(&sql));
}

/* A repeatable migration that has changed begins anew: its old steps go when its row is renewed. */
static bool forget_old_steps(keel_runner *runner, const keel_work_line *line, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (line->state != KEEL_LINE_CHANGED)
        return true;
    for (size_t i = 0; i < line->done->steps.count; i++)
        keel_journal_add_forget_step(&sql, runner->space, line->done->version, line->done->steps.items[i].direction,
                                     line->done->steps.items[i].number);
    return sql.size == 0 || keel_pg_exec(runner->session.work, err, sql.data);
}

static bool apply(keel_runner *runner, const keel_work_line *line, keel_error *err)
{
    const keel_migration *m = line->migration;
    const keel_done_migration *done = line->state == KEEL_LINE_APPLYING ? line->done : NULL;
    char raw[KEEL_SQL_HASH_SIZE], tokens[KEEL_SQL_HASH_SIZE];
    keel_new_migration row;
    bool fresh = true; /* no step of this file has been run by this connection */

    fill_row(runner, line, raw, tokens, &row);
    if (!forget_old_steps(runner, line, err))
        return false;
    if (line->up.count == 0)
        return apply_empty(runner, &row, err);
    for (size_t i = 0; i < line->up.count; i++) {
        const keel_done_step *before = keel_done_step_find(done, 'u', (int)i + 1);
        if (before != NULL && !before->running)
            continue;
        keel_step_run run = {.migration = i == 0 || fresh ? &row : NULL,
                             .version = m->version,
                             .file = m->file,
                             .direction = 'u',
                             .step = &line->up.items[i],
                             .number = (int)i + 1,
                             .first = i == 0,
                             .last = i + 1 == line->up.count,
                             .resumed = fresh && i > 0,
                             .begun = before,
                             .whole = row.complete && line->state == KEEL_LINE_PENDING};
        if (!keel_run_step(runner, &run, err))
            return false;
        fresh = false;
    }
    return true;
}

static bool stopped(const keel_runner *runner, keel_error *err)
{
    if (runner->options->cancel == NULL || !*runner->options->cancel)
        return false;
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped after %zu migration%s", runner->result->migrations,
              runner->result->migrations == 1 ? "" : "s");
    keel_fail_hint(err, "Run the same command again to go on.");
    return true;
}

static bool apply_all(keel_runner *runner, size_t end, keel_error *err)
{
    const keel_work *work = runner->result->work;

    for (size_t i = 0; i < end; i++) {
        const keel_work_line *line = &work->lines.items[i];
        if (line->state == KEEL_LINE_REVERTING) {
            keel_fail(err, KEEL_ERR_CHANGED, "version %s is on its way down", line->done->version);
            return keel_fail_hint(err, "Finish that first: pgkeel migrate down.");
        }
        if (!is_due(line))
            continue;
        if (stopped(runner, err) || !apply(runner, line, err) || !keel_session_reset(&runner->session, err))
            return false;
        runner->result->migrations++;
        keel_progress_add(runner->session.progress, 1);
    }
    return true;
}

static void list_due(keel_runner *runner, size_t end)
{
    const keel_work *work = runner->result->work;

    runner->result->due.count = 0;
    for (size_t i = 0; i < end; i++)
        if (is_due(&work->lines.items[i]))
            keel_arena_push(runner->arena, &runner->result->due, work->lines.items[i].migration->version);
}

/* Looks again under the lock: another runner may have done it all meanwhile. */
static bool up_locked(keel_runner *runner, look *l, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *again = keel_report_create();
    const keel_migrate_options *options = runner->options;
    keel_work *work = NULL;
    size_t end = 0;

    if (!keel_session_lock(&runner->session, options->conninfo, runner->space, options->wait, err) ||
        !keel_journal_ensure_migrate(runner->session.work, err) || !read_work(l, again, &work, err))
        return false;
    runner->result->work = work;
    if (work->refused)
        return refuse(work, err);
    if (!find_end(work, options->to, &end, err) || !keel_session_use(&runner->session, runner->space, err))
        return false;
    list_due(runner, end);
    keel_progress_phase(runner->session.progress, "migrate", "migrations", runner->result->due.count);
    bool good = apply_all(runner, end, err);
    return keel_run_keep_schema(runner, good ? err : NULL) && good;
}

static void close_runner(keel_runner *runner)
{
    keel_session_close(&runner->session);
}

bool keel_migrate_up(keel_arena *arena, const keel_migrate_options *options, keel_report *report,
                     keel_progress *progress, const keel_migrate_result **ret_result, keel_error *err)
{
    keel_migrate_result *result = keel_arena_alloc(arena, sizeof *result);
    KEEL_CLEANUP(close_runner) keel_runner runner = {.arena = arena,
                                                     .options = options,
                                                     .report = report,
                                                     .result = result,
                                                     .space = options->space != NULL ? options->space : "",
                                                     .random = (unsigned)keel_now()};
    const keel_migration_folder *folder = NULL;
    keel_work *work = NULL;
    size_t end = 0;

    *ret_result = result;
    if (!keel_session_begin(options->conninfo, progress, options->cancel, &runner.session, err) ||
        !keel_migrate_folder(arena, options, &folder, err) || !keel_pg_open_end(runner.session.work, err))
        return false;
    look l = {.arena = arena, .options = options, .pg = runner.session.work, .folder = folder};
    if (!read_work(&l, report, &work, err))
        return false;
    result->work = l.before = work;
    if (work->refused)
        return refuse(work, err);
    if (!find_end(work, options->to, &end, err))
        return false;
    list_due(&runner, end);
    if (options->dry_run || result->due.count == 0)
        return true;
    return up_locked(&runner, &l, err);
}
