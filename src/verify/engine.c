#include "verify/engine_inside.h"

#include <stdlib.h>

static void release(keel_engine *e)
{
    keel_engine_close(e);
    for (size_t i = 0; i < e->entries.count; i++)
        keel_check_share_free(e->entries.items[i].share);
    keel_vec_free(&e->again);
    keel_report_free(e->found);
    pthread_mutex_destroy(&e->lock);
}

static void announce(const keel_engine *e)
{
    uint64_t tasks = e->tasks.count;

    keel_progress_phase(e->progress, "check", "steps", tasks);
}

static bool look(keel_engine *e, keel_error *err)
{
    return keel_engine_open(e, err) && keel_engine_choose_tables(e, err) &&
           keel_engine_find_denied(e, err) && keel_engine_find_unread(e, err) &&
           keel_engine_open_workers(e, err) &&
           (keel_engine_make_tasks(e), announce(e), keel_engine_work(e, err));
}

static bool run(keel_engine *e, keel_report *report, keel_error *err)
{
    keel_engine_watch watch = {0};

    if (!keel_engine_choose_checks(e, err) || !keel_engine_watch_start(&watch, e, err))
        return false;
    bool looked = look(e, err);
    keel_engine_watch_stop(&watch);
    if (!looked)
        return false;
    keel_engine_finish(e);
    return keel_engine_conclude(e, report, err);
}

bool keel_check_database_run(keel_arena *arena,
                             const keel_check_options *options,
                             keel_report *report,
                             keel_progress *progress,
                             const keel_check_database **ret_database,
                             keel_error *err)
{
    KEEL_CLEANUP(release)
    keel_engine e = {
        .options = options,
        .arena = arena,
        .found = keel_report_create(),
        .progress = progress,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .jobs = KEEL_MAX(1, KEEL_MIN(options->jobs, 64)),
    };

    if (!run(&e, report, err)) {
        if (keel_engine_cancelled(&e))
            keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the checks are not complete");
        return false;
    }
    keel_check_database *database = keel_arena_alloc(arena, sizeof *database);
    *database = e.db;
    *ret_database = database;
    return true;
}
