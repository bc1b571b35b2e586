/* What the tasks of one check share: loaded by the first that asks, for all tables. */
#include "verify/attempt.h"
#include "verify/engine_inside.h"

struct keel_check_share {
    pthread_mutex_t lock;
    keel_arena *arena; /* of the value */
    const void *value; /* NULL: not loaded yet */
    bool refused;      /* it could not be loaded at once: each task loads its own */
};

keel_check_share *keel_check_share_create(keel_arena *arena)
{
    keel_check_share *share = keel_arena_alloc(arena, sizeof *share);

    *share = (keel_check_share){.arena = keel_arena_create()};
    pthread_mutex_init(&share->lock, NULL);
    return share;
}

void keel_check_share_free(keel_check_share *share)
{
    if (share == NULL)
        return;
    keel_arena_free(share->arena);
    pthread_mutex_destroy(&share->lock);
}

/* The statement may fail over a table that somebody holds or drops, which is no reason to give up the others. */
static bool load_all(keel_check_run *run, keel_check_load *load, keel_check_share *share, keel_error *err)
{
    keel_error refusal = {0};
    keel_check_run all = *run;

    all.arena = share->arena;
    if (!keel_attempt_begin(run->pg, err))
        return false;
    share->refused = !load(&all, run->db->oids, &share->value, &refusal);
    return keel_attempt_end(run->pg, err);
}

static bool find(keel_check_run *run, keel_check_load *load, keel_check_share *share, const void **ret_value,
                 keel_error *err)
{
    pthread_mutex_lock(&share->lock);
    bool asked = share->value != NULL || share->refused || load_all(run, load, share, err);
    *ret_value = share->refused ? NULL : share->value;
    pthread_mutex_unlock(&share->lock);
    return asked;
}

bool keel_check_shared(keel_check_run *run, const keel_pg_table *table, keel_check_load *load, const void **ret_value,
                       keel_error *err)
{
    *ret_value = NULL;
    if (run->share != NULL && !run->fresh && !find(run, load, run->share, ret_value, err))
        return false;
    return *ret_value != NULL || load(run, keel_arena_printf(run->arena, "{%u}", table->oid), ret_value, err);
}
