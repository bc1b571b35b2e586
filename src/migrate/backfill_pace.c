#include "migrate/backfill_job.h"

int64_t keel_backfill_resize(int64_t size, keel_usec took, keel_usec target)
{
    if (took > target)
        size /= 2;
    else if (took < target / 2)
        size += size / 2;
    return KEEL_MIN(KEEL_MAX(size, (int64_t)KEEL_BACKFILL_LEAST), (int64_t)KEEL_BACKFILL_MOST);
}

bool keel_backfill_stopped(const keel_backfill_job *job)
{
    return job->options->cancel != NULL && *job->options->cancel;
}

bool keel_backfill_sleep(const keel_backfill_job *job, keel_usec duration)
{
    enum { SLICE = 50000 };

    for (; duration > 0 && !keel_backfill_stopped(job); duration -= SLICE)
        keel_sleep(KEEL_MIN(duration, (keel_usec)SLICE));
    return !keel_backfill_stopped(job);
}

/* One that the role may not see has no state; its lag counts as none, which the guide says. One that has replayed all there
 * is goes on showing its last lag for a while, which does not count. */
static const char lag_sql[] =
    "SELECT application_name, extract(epoch FROM replay_lag)::float8 FROM pg_catalog.pg_stat_replication"
    " WHERE state IN ('streaming', 'catchup') AND replay_lag IS NOT NULL AND replay_lsn < pg_catalog.pg_current_wal_flush_lsn()"
    " ORDER BY replay_lag DESC LIMIT 1";

bool keel_backfill_await_standbys(keel_backfill_job *job, keel_error *err)
{
    enum { POLL = 500000, SAY_EVERY = 5000000 };
    keel_usec said = keel_monotonic() - SAY_EVERY;

    while (job->options->max_lag > 0) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
        if (!keel_pg_query(job->session.side, &r, err, lag_sql, 0, NULL))
            return keel_fail_context(err, "look at the standbys");
        double lag = keel_pg_rows(r) > 0 ? strtod(keel_pg_text(r, 0, 1), NULL) : 0;
        if (lag * 1e6 <= (double)job->options->max_lag)
            return true;
        if (keel_monotonic() - said >= SAY_EVERY) {
            keel_progress_note(job->session.progress, "waiting for standby %s, which is %.1f s behind",
                               keel_pg_text(r, 0, 0), lag);
            said = keel_monotonic();
        }
        if (!keel_backfill_sleep(job, POLL))
            return true;
    }
    return true;
}
