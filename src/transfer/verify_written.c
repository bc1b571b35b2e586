/* Is a row of the target as the run wrote it? Its transaction id tells; where ids are void (a
 * restored copy, a table that was rewritten) the journal's hashes of the rows as they were written.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "transfer/verify_inside.h"

static int compare_xids(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static int compare_hashes(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static bool take_hashes(void *context, const keel_chunk_record *record, keel_error *err)
{
    keel_verify_state *state = context;

    (void)err;
    for (size_t i = 0; i < record->row_hash_count; i++)
        keel_vec_push(&state->hashes, (uint64_t)keel_get_i64(record->row_hashes + i * 8));
    return true;
}

static bool load_hashes(keel_verifier *w, keel_verify_state *state, keel_error *err)
{
    const keel_verify *v = w->verify;

    for (size_t i = 0; i < v->chain_count; i++) {
        KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
        char run[24];
        const char *params[] = {run, state->plan->source->name};
        snprintf(run, sizeof run, "%lld", (long long)v->chain[i]);
        if (!keel_pg_query(
                w->pg, &result, err,
                "SELECT tbl FROM pgkeel.run_table WHERE run = $1::bigint AND source = $2", 2,
                params))
            return false;
        if (keel_pg_rows(result) == 0)
            continue;
        int number = (int)keel_pg_int(result, 0, 0);
        if (!keel_journal_chunks(w->pg, v->chain[i], number, KEEL_CHUNK_LOAD, true, take_hashes,
                                 state, err))
            return false;
    }
    if (state->hashes.count > 1)
        qsort(state->hashes.items, state->hashes.count, sizeof(uint64_t), compare_hashes);
    state->hashes_loaded = true;
    return true;
}

/* A type that travels as text comes back in the server's spelling, so its hash says nothing. */
static bool hash_tells(const keel_plan_table *plan)
{
    for (size_t i = 0; i < plan->columns.count; i++)
        if (plan->columns.items[i].as_text)
            return false;
    return true;
}

static bool in_hashes(keel_verifier *w,
                      keel_verify_state *state,
                      const keel_stored_row *row,
                      bool *ret_found,
                      keel_error *err)
{
    enum { BEFORE_FIELDS = 2 + 4 + 4 }; /* number of fields, length and value of xmin */
    const unsigned char *tuple = (const unsigned char *)w->store.bytes.data + row->start;

    pthread_mutex_lock(&state->lock);
    bool loaded = state->hashes_loaded || load_hashes(w, state, err);
    pthread_mutex_unlock(&state->lock);
    if (!loaded)
        return false;
    uint64_t hash =
        keel_row_hash(state->plan->hasher, tuple + BEFORE_FIELDS, row->size - BEFORE_FIELDS, NULL);
    *ret_found = state->hashes.count > 0 && bsearch(&hash, state->hashes.items, state->hashes.count,
                                                    sizeof hash, compare_hashes) != NULL;
    return true;
}

bool keel_verify_can_tell(const keel_verify_state *state)
{
    return state->xids_valid || hash_tells(state->plan);
}

bool keel_verify_as_written(keel_verifier *w,
                            const keel_stored_row *row,
                            bool *ret_written,
                            keel_error *err)
{
    keel_verify_state *state = w->state;
    const unsigned char *tuple = (const unsigned char *)w->store.bytes.data + row->start;

    *ret_written = true;
    if (w->verify->run == NULL)
        return true;
    if (!state->xids_valid)
        return hash_tells(state->plan) ? in_hashes(w, state, row, ret_written, err) : true;
    uint32_t xmin = (uint32_t)keel_get_i32(tuple + 2 + 4);
    *ret_written = state->xids.count > 0 && bsearch(&xmin, state->xids.items, state->xids.count,
                                                    sizeof xmin, compare_xids) != NULL;
    return true;
}
