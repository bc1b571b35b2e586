#include "migrate/backfill.h"

#include "journal/journal.h"
#include "migrate/backfill_job.h"

static void close_job(keel_backfill_job *job)
{
    keel_session_close(&job->session);
}

/* Rows that a policy hides would be left out in silence: so the server shall refuse instead. */
static bool open_job(keel_backfill_job *job, keel_error *err)
{
    return keel_session_open(job->options->conninfo, job->session.progress, job->options->cancel, &job->session, err) &&
           keel_pg_exec(job->session.work, err, "SET row_security = off");
}

static void keep_statement(keel_backfill_job *job)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_backfill_add_update(job, false, &sql);
    job->result->statement = keel_arena_strdup(job->arena, keel_str_text(&sql));
}

static bool lock(keel_backfill_job *job, keel_error *err)
{
    const keel_backfill_options *options = job->options;
    const char *space = keel_arena_printf(job->arena, "backfill %s", job->result->id);

    if (keel_session_lock(&job->session, options->conninfo, space, options->wait, err))
        return true;
    if (err->kind != KEEL_ERR_LOCKED)
        return false;
    keel_fail(err, KEEL_ERR_LOCKED, "this backfill of table \"%s\" is being run by another pgkeel", job->result->table);
    return keel_fail_hint(err, "Wait for it to end; pg_stat_activity shows it as \"pgkeel migrate lock\".");
}

static bool stopped(keel_backfill_job *job, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped after %lld rows of table \"%s\" (%lld batches)",
              (long long)job->result->total_rows, job->result->table, (long long)job->result->total_batches);
    return keel_fail_hint(err, "Every batch is committed; run the same command again to go on.");
}

static bool walk(keel_backfill_job *job, keel_error *err)
{
    keel_backfill_result *result = job->result;
    int64_t size = KEEL_MIN(KEEL_MAX(job->options->batch, (int64_t)KEEL_BACKFILL_LEAST), (int64_t)KEEL_BACKFILL_MOST);

    for (int64_t keys = 0, rows = 0;; ) {
        if (!keel_backfill_await_standbys(job, err))
            return false;
        if (keel_backfill_stopped(job))
            return stopped(job, err);
        keel_usec began = keel_monotonic();
        if (!keel_backfill_batch(job, &size, &keys, &rows, err))
            return err->kind == KEEL_ERR_CANCELLED ? stopped(job, err) : false;
        if (keys == 0)
            return result->complete = true;
        result->rows += rows;
        result->total_rows += rows;
        result->batches++;
        result->total_batches++;
        keel_progress_add(job->session.progress, (uint64_t)keys);
        size = keel_backfill_resize(size, keel_monotonic() - began, job->options->target_time);
        keel_backfill_sleep(job, job->options->pause);
    }
}

static bool nothing_to_do(keel_backfill_job *job)
{
    job->result->complete = job->result->was_complete;
    return job->options->dry_run || (job->result->was_complete && !job->options->again);
}

static bool refuse_again(const keel_backfill_job *job, keel_error *err)
{
    if (!job->options->again || !job->result->resumed)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "this backfill of table \"%s\" is not finished yet", job->result->table);
    return keel_fail_hint(err, "Run the same command without --again: it goes on where it stopped.");
}

/* Looked at once more under the lock: another runner may have gone on meanwhile. */
static bool run_locked(keel_backfill_job *job, keel_error *err)
{
    double left = job->result->estimated_rows;

    if (!lock(job, err) || !keel_journal_ensure_backfill(job->session.work, err) || !keel_backfill_load(job, err))
        return false;
    if (nothing_to_do(job))
        return true;
    if (!refuse_again(job, err) || !keel_backfill_begin(job, err))
        return false;
    left = job->result->resumed ? left - (double)job->result->total_rows : left;
    keel_progress_phase(job->session.progress, "backfill", "rows", left > 0 ? (uint64_t)left : 0);
    return walk(job, err);
}

bool keel_backfill(keel_arena *arena, const keel_backfill_options *options, keel_progress *progress,
                   const keel_backfill_result **ret_result, keel_error *err)
{
    keel_usec began = keel_monotonic();
    keel_backfill_result *result = keel_arena_alloc(arena, sizeof *result);
    KEEL_CLEANUP(close_job) keel_backfill_job job = {.arena = arena, .options = options, .result = result,
                                                     .session.progress = progress, .random = (unsigned)keel_now()};

    *ret_result = result;
    if (!open_job(&job, err) || !keel_backfill_find(&job, err) || !keel_backfill_judge(&job, err))
        return false;
    keep_statement(&job);
    keel_backfill_identify(&job);
    if (!keel_backfill_load(&job, err))
        return false;
    bool good = nothing_to_do(&job) || run_locked(&job, err);
    result->seconds = (double)(keel_monotonic() - began) / 1e6;
    return good;
}
