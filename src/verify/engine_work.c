/* Workers and the life of a task: begin, do, see whether the snapshot still told the truth, keep
 * what was found. */
#include "verify/engine_inside.h"

enum { MOST_ATTEMPTS = 3, MOST_FRESH_ATTEMPTS = 8 };

void keel_engine_start_part(keel_engine_worker *w,
                            keel_engine_entry *entry,
                            keel_arena *arena,
                            keel_report *report,
                            keel_engine_part *ret_part)
{
    const keel_engine *e = w->engine;

    *ret_part = (keel_engine_part){.entry = entry};
    ret_part->run = (keel_check_run){
        .check = entry->check,
        .db = &e->db,
        .suite = e->options->suite,
        .baseline = e->options->baseline,
        .item = entry->item,
        .quick = e->options->quick,
        .sample_keys = 5,
        .conninfo = e->options->conninfo,
        .pg = w->pg,
        .arena = arena,
        .report = report,
        .tally = &ret_part->tally,
    };
}

typedef struct attempt {
    keel_arena *arena;
    keel_report *report; /* forgotten if the attempt fails */
    keel_engine_part *parts;
    size_t count;
    keel_usec spent;
} attempt;

static void forget(attempt *a)
{
    keel_report_free(a->report);
    keel_arena_free(a->arena);
}

static bool do_own(keel_engine_worker *w, const keel_engine_task *task, attempt *a, keel_error *err)
{
    keel_engine_part *part = keel_arena_alloc(a->arena, sizeof *part);

    keel_engine_start_part(w, task->entry, a->arena, a->report, part);
    part->run.share = task->entry->share;
    part->run.fresh = task->fresh || w->engine->options->snapshot == KEEL_SNAPSHOT_TABLE;
    a->parts = part;
    a->count = 1;
    if (task->table != NULL)
        return task->entry->check->each(&part->run, task->table, err);
    return task->entry->check->run(&part->run, err);
}

static bool has_read(const keel_engine_task *task, const attempt *a)
{
    if (!keel_engine_task_reads(task) || (!task->scan && a->parts[0].run.idle))
        return false;
    return task->scan || task->table == NULL || a->parts[0].tally.objects > 0 ||
           keel_report_count(a->report) > 0;
}

static void keep_part(const keel_engine_part *part, keel_usec spent)
{
    keel_engine_entry *entry = part->entry;

    entry->tally.objects += part->tally.objects;
    if (entry->tally.what[0] == '\0')
        memcpy(entry->tally.what, part->tally.what, sizeof entry->tally.what);
    if (entry->tally.skip[0] == '\0')
        memcpy(entry->tally.skip, part->tally.skip, sizeof entry->tally.skip);
    if (part->tally.remarks[0] != '\0')
        keel_tally_remark(&entry->tally, part->tally.remarks);
    entry->spent += spent;
    entry->done++;
}

static void keep(keel_engine *e, const attempt *a)
{
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < a->count; i++)
        keep_part(&a->parts[i], a->spent / (keel_usec)a->count);
    pthread_mutex_unlock(&e->lock);
    for (size_t i = 0; i < keel_report_count(a->report); i++)
        keel_report_add(e->found, keel_report_at(a->report, i));
}

static void try_again(keel_engine *e, const keel_engine_task *task)
{
    pthread_mutex_lock(&e->lock);
    keel_vec_push(&e->again, *task);
    pthread_mutex_unlock(&e->lock);
}

static void fail_run(keel_engine *e, const keel_error *failure)
{
    pthread_mutex_lock(&e->lock);
    if (!atomic_exchange(&e->stop, true))
        e->err = *failure;
    pthread_mutex_unlock(&e->lock);
}

static bool too_late(const keel_engine *e, const keel_engine_task *task)
{
    return keel_engine_task_reads(task) && e->deadline != 0 && keel_monotonic() > e->deadline;
}

static void leave_out(keel_engine *e, const keel_engine_task *task)
{
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_entry *entry = &e->entries.items[i];
        if (keel_engine_concerns(task, entry))
            entry->late++;
    }
    pthread_mutex_unlock(&e->lock);
}

/* A lock may be given back. And what others do to the catalogue meanwhile (an index that is gone
 * while its definition is deparsed) is over when the question is asked once more, with a snapshot
 * of its own. */
static bool may_pass(keel_engine_task *task, const keel_error *failure)
{
    keel_engine_cause cause = keel_engine_cause_of(failure);

    task->fresh = task->fresh || cause == KEEL_CAUSE_OTHER || cause == KEEL_CAUSE_GONE;
    return cause == KEEL_CAUSE_LOCKED ||
           (!task->scan && (cause == KEEL_CAUSE_OTHER || cause == KEEL_CAUSE_GONE));
}

/* False: something ended the whole run. */
static bool settle_failure(keel_engine_worker *w, keel_engine_task *task, const keel_error *failure)
{
    keel_engine *e = w->engine;

    keel_engine_end(w);
    if (keel_engine_cancelled(e))
        return false;
    if (failure->kind == KEEL_ERR_LOST || failure->kind == KEEL_ERR_CONNECT) {
        fail_run(e, failure);
        return false;
    }
    if (task->attempts < MOST_ATTEMPTS && may_pass(task, failure)) {
        try_again(e, task);
        return true;
    }
    if (too_late(e, task) && keel_engine_cause_of(failure) == KEEL_CAUSE_SLOW)
        leave_out(e, task);
    else
        keel_engine_report_failure(w, task, failure);
    return true;
}

static bool attempt_task(
    keel_engine_worker *w, keel_engine_task *task, attempt *a, bool *ret_true, keel_error *err)
{
    keel_usec began = keel_monotonic();

    bool done = task->scan
                    ? keel_engine_scan(w, task, a->arena, a->report, &a->parts, &a->count, err)
                    : do_own(w, task, a, err);
    a->spent = keel_monotonic() - began;
    *ret_true = true;
    return done && (!has_read(task, a) || keel_engine_snapshot_is_true(w, task, ret_true, err));
}

static bool do_task(keel_engine_worker *w, keel_engine_task *task);

/* The fault may lie with one check's question: each gets a pass of its own, and only the guilty one
 * fails. */
static bool do_apart(keel_engine_worker *w, const keel_engine_task *task)
{
    keel_engine *e = w->engine;

    keel_engine_end(w);
    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_task one = *task;
        one.entry = &e->entries.items[i];
        if (keel_engine_scans(task, one.entry) && !do_task(w, &one))
            return false;
    }
    return true;
}

static bool may_be_one_checks_fault(const keel_engine_task *task, const keel_error *err)
{
    keel_engine_cause cause = keel_engine_cause_of(err);

    return task->scan && task->entry == NULL && err->kind == KEEL_ERR_SERVER &&
           (cause == KEEL_CAUSE_OTHER || cause == KEEL_CAUSE_DENIED);
}

/* Nobody waits a second time for a table that another task has found locked to the end. */
static bool is_closed(keel_engine *e, const keel_engine_task *task)
{
    if (task->table == NULL || !keel_engine_task_reads(task))
        return false;
    pthread_mutex_lock(&e->lock);
    bool closed = keel_engine_is_closed(e, task->table->oid);
    pthread_mutex_unlock(&e->lock);
    if (closed)
        keel_engine_count_unread(e, task);
    return closed;
}

/* With a snapshot of its own, taken when nobody is rewriting the table. */
static bool do_afresh(keel_engine_worker *w, keel_engine_task *task)
{
    keel_error err = {0};

    task->fresh = true;
    keel_engine_end(w);
    if (task->attempts < MOST_FRESH_ATTEMPTS)
        return do_task(w, task);
    keel_fail(&err, KEEL_ERR_SERVER,
              "somebody truncates or rewrites what it reads, again and again");
    keel_fail_hint(&err, "Run the check at a quieter time.");
    return settle_failure(w, task, &err);
}

static bool do_task(keel_engine_worker *w, keel_engine_task *task)
{
    KEEL_CLEANUP(forget) attempt a = {.arena = keel_arena_create(), .report = keel_report_create()};
    keel_engine *e = w->engine;
    keel_error err = {0};
    bool truth = true;

    task->attempts++;
    if (is_closed(e, task))
        return true;
    if (!keel_engine_begin(w, task, &err)) {
        fail_run(e, &err);
        return false;
    }
    if (!attempt_task(w, task, &a, &truth, &err))
        return may_be_one_checks_fault(task, &err) ? do_apart(w, task)
                                                   : settle_failure(w, task, &err);
    if (!truth)
        return do_afresh(w, task);
    keep(e, &a);
    if (task->fresh)
        keel_engine_end(w);
    return true;
}

static void *work(void *argument)
{
    keel_engine_worker *w = argument;
    keel_engine *e = w->engine;
    keel_engine_task task;

    while (keel_engine_next_task(e, &task)) {
        if (too_late(e, &task))
            leave_out(e, &task);
        else if (!do_task(w, &task))
            break;
        keel_progress_add(e->progress, 1);
    }
    keel_engine_end(w);
    return NULL;
}

static int start_workers(keel_engine *e)
{
    int started = 0;

    while (started < e->jobs &&
           pthread_create(&e->workers[started].thread, NULL, work, &e->workers[started]) == 0)
        started++;
    return started;
}

bool keel_engine_work(keel_engine *e, keel_error *err)
{
    static const keel_usec usual_budget = 120 * KEEL_SECOND;

    if (e->options->quick)
        e->deadline =
            keel_monotonic() + (e->options->budget > 0 ? e->options->budget : usual_budget);
    int started = start_workers(e);
    for (int i = 0; i < started; i++)
        pthread_join(e->workers[i].thread, NULL);
    if (started == 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    if (e->err.kind != KEEL_OK) {
        *err = e->err;
        return false;
    }
    return !keel_engine_cancelled(e) || keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request");
}

void keel_engine_finish(keel_engine *e)
{
    for (size_t i = 0; i < e->entries.count; i++) {
        keel_engine_entry *entry = &e->entries.items[i];
        keel_usec began = keel_monotonic();
        keel_engine_part part;
        if (entry->check->finish == NULL || entry->refused != NULL)
            continue;
        keel_engine_start_part(&e->workers[0], entry, e->arena, e->found, &part);
        entry->check->finish(&part.run);
        keep_part(&part, keel_monotonic() - began);
    }
}
