/* Rows on their way from a server, one at a time. */
#include "diff/inside.h"

enum { LOOK_EVERY = 1024 }; /* rows */

bool keel_diff_read_begin(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, keel_error *err)
{
    return keel_diff_enter(w, pair, side, err) && keel_pg_copy_out_begin(w->pg[side], err, w->sql.data);
}

void keel_diff_read_abort(keel_diff_worker *w, keel_side side)
{
    if (w->in[side] == NULL)
        return;
    keel_pg_copy_out_abort(w->pg[side]);
    keel_diff_leave(w, side);
}

static bool look_around(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, keel_error *err)
{
    keel_progress_add(w->diff->progress, w->unseen);
    w->unseen = 0;
    if (!keel_diff_stopping(w->diff) && !atomic_load(&pair->failed))
        return true;
    keel_diff_read_abort(w, side);
    return keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request: the comparison is not complete");
}

bool keel_diff_read_next(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side,
                         const unsigned char **ret_tuple, size_t *ret_size, keel_error *err)
{
    if (++w->unseen >= LOOK_EVERY && !look_around(w, pair, side, err))
        return false;
    return keel_pg_copy_out_next(w->pg[side], ret_tuple, ret_size, err);
}
