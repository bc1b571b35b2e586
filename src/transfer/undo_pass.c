/* Once over the rows of a target. Ranges of blocks are handed out from one counter, so that all
 * workers are busy until the end; rows that are recognised by hash are read and deleted by the main
 * connection alone, since they share one multiset. */
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/undo_inside.h"

/* What the workers of a pass share. */
typedef struct pass {
    keel_undo *undo;
    keel_undo_target *target;
    bool leaves_only;
    int64_t batches; /* of all leaves */
    atomic_llong next, deleted;
    atomic_bool failed;
} pass;

typedef struct pass_worker {
    pass *pass;
    keel_pg *pg;
    pthread_t thread;
    bool started;
    keel_error err;
} pass_worker;

static int64_t batches_of(const keel_undo_leaf *leaf)
{
    return (leaf->blocks + leaf->step - 1) / leaf->step;
}

static keel_undo_batch batch_at(const pass *p, int64_t number)
{
    const keel_undo_target *target = p->target;
    size_t leaf = 0;

    for (; number >= batches_of(&target->leaves.items[leaf]); leaf++)
        number -= batches_of(&target->leaves.items[leaf]);
    int64_t from = number * target->leaves.items[leaf].step;
    return (keel_undo_batch){.target = target,
                             .leaf = &target->leaves.items[leaf],
                             .from = from,
                             .to = from + target->leaves.items[leaf].step,
                             .xids = target->xids,
                             .leaves_only = p->leaves_only};
}

static bool take_batches(pass_worker *worker)
{
    pass *p = worker->pass;

    while (!atomic_load(&p->failed)) {
        int64_t number = atomic_fetch_add(&p->next, 1), deleted = 0;
        if (number >= p->batches)
            return true;
        const keel_undo_batch batch = batch_at(p, number);
        if (keel_undo_cancelled(p->undo, &worker->err) ||
            !keel_undo_batch_run(p->undo, worker->pg, &batch, &deleted, &worker->err))
            return false;
        atomic_fetch_add(&p->deleted, deleted);
    }
    return true;
}

static void *work(void *context)
{
    pass_worker *worker = context;

    if (!take_batches(worker))
        atomic_store(&worker->pass->failed, true);
    return NULL;
}

/* Connections for the other workers, as far as this pass can use them. */
static bool open_helpers(keel_undo *undo, int64_t batches, keel_error *err)
{
    int64_t wanted = KEEL_MIN(undo->options->jobs > 0 ? undo->options->jobs : 2, batches) - 1;

    if (undo->helpers == NULL)
        undo->helpers = keel_arena_alloc(undo->arena, (size_t)KEEL_MAX(undo->options->jobs, 2) *
                                                          sizeof *undo->helpers);
    while ((int64_t)undo->helper_count < wanted) {
        keel_pg *pg = NULL;
        char purpose[32];
        snprintf(purpose, sizeof purpose, "undo worker %zu", undo->helper_count + 2);
        if (!keel_pg_open(undo->options->conninfo, purpose, &pg, err))
            return false;
        undo->helpers[undo->helper_count++] = pg;
        if (!keel_pg_exec(pg, err, "SET synchronous_commit = off"))
            return false;
    }
    return true;
}

static bool join(pass_worker *workers, size_t count, keel_error *err)
{
    bool done = true;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && workers[i].started)
            pthread_join(workers[i].thread, NULL);
        if (done && workers[i].err.kind != KEEL_OK) {
            *err = workers[i].err;
            done = false;
        }
    }
    return done;
}

static bool run_workers(pass *p, keel_error *err)
{
    keel_undo *undo = p->undo;
    size_t count = (size_t)KEEL_MIN((int64_t)undo->helper_count + 1, KEEL_MAX(p->batches, 1));
    KEEL_CLEANUP(keel_free_p) pass_worker *workers = keel_alloc_zero(count, sizeof *workers);

    for (size_t i = 0; i < count; i++) {
        workers[i].pass = p;
        workers[i].pg = i == 0 ? undo->pg : undo->helpers[i - 1];
        if (i > 0)
            workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    }
    work(&workers[0]);
    return join(workers, count, err);
}

static bool pass_by_id(keel_undo *undo,
                       keel_undo_target *target,
                       bool leaves_only,
                       int64_t *ret_deleted,
                       keel_error *err)
{
    pass p = {.undo = undo, .target = target, .leaves_only = leaves_only};

    for (size_t i = 0; i < target->leaves.count; i++)
        p.batches += batches_of(&target->leaves.items[i]);
    if (!open_helpers(undo, p.batches, err))
        return false;
    bool done = run_workers(&p, err);
    *ret_deleted = p.deleted;
    return done;
}

bool keel_undo_delete_rows(keel_undo *undo,
                           keel_undo_target *target,
                           const keel_undo_rows *rows,
                           bool leaves_only,
                           int64_t *ret_deleted,
                           keel_error *err)
{
    size_t to = 0;

    *ret_deleted = 0;
    for (size_t from = 0; from < rows->count; from = to) {
        KEEL_CLEANUP(keel_str_free) keel_str tids = {0};
        KEEL_CLEANUP(keel_str_free) keel_str xids = {0};
        int64_t deleted = 0;
        for (to = from; to < rows->count && to - from < KEEL_UNDO_ROWS &&
                        rows->items[to].leaf == rows->items[from].leaf;)
            to++;
        keel_undo_place_lists(rows, from, to, &tids, &xids);
        const keel_undo_batch batch = {.target = target,
                                       .leaf = rows->items[from].leaf,
                                       .tids = tids.data,
                                       .xids = xids.data,
                                       .leaves_only = leaves_only,
                                       .record = target->by_hash && target->record ? rows : NULL,
                                       .record_from = from,
                                       .record_to = to};
        if (keel_undo_cancelled(undo, err) ||
            !keel_undo_batch_run(undo, undo->pg, &batch, &deleted, err))
            return false;
        target->next_record += batch.record != NULL && deleted > 0;
        *ret_deleted += deleted;
    }
    return true;
}

static bool range_by_hash(keel_undo *undo,
                          keel_undo_target *target,
                          const keel_undo_leaf *leaf,
                          int64_t block,
                          keel_undo_rows *changed,
                          int64_t *ret_deleted,
                          keel_error *err)
{
    KEEL_CLEANUP(keel_undo_rows_free) keel_undo_rows ours = {0};
    int64_t deleted = 0;

    if (!keel_undo_scan(undo, target, leaf, block, block + leaf->step, &ours, changed, err) ||
        !keel_undo_delete_rows(undo, target, &ours, false, &deleted, err))
        return false;
    *ret_deleted += deleted;
    target->result->kept_referenced += (int64_t)ours.count - deleted;
    return true;
}

static bool pass_by_hash(keel_undo *undo,
                         keel_undo_target *target,
                         keel_undo_rows *changed,
                         int64_t *ret_deleted,
                         keel_error *err)
{
    for (size_t i = 0; i < target->leaves.count; i++)
        for (int64_t block = 0; block < target->leaves.items[i].blocks;
             block += target->leaves.items[i].step)
            if (!range_by_hash(undo, target, &target->leaves.items[i], block, changed, ret_deleted,
                               err))
                return false;
    return true;
}

bool keel_undo_pass(keel_undo *undo,
                    keel_undo_target *target,
                    bool leaves_only,
                    keel_undo_rows *changed,
                    int64_t *ret_deleted,
                    keel_error *err)
{
    *ret_deleted = 0;
    if (target->by_hash)
        return pass_by_hash(undo, target, changed, ret_deleted, err);
    return pass_by_id(undo, target, leaves_only, ret_deleted, err);
}
