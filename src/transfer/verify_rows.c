/* One item of rows: its target rows into memory, then its source rows past them. */
#include "base/memory.h"
#include "transfer/verify_inside.h"

static void add_key_name(const keel_verify_state *state, keel_str *sql)
{
    keel_pg_add_identifier(sql, state->plan->columns.items[state->plan->key_column].target);
}

static void begin_select(keel_verifier *w)
{
    const keel_verify_state *state = w->state;

    keel_str_clear(&w->sql);
    keel_str_addf(&w->sql, "COPY (SELECT %s FROM %s%s", state->select_list,
                  state->plan->target->kind == 'r' ? "ONLY " : "", state->relation);
}

static void add_range(keel_verifier *w, int64_t low, int64_t high)
{
    keel_str_add(&w->sql, " WHERE ");
    add_key_name(w->state, &w->sql);
    keel_str_addf(&w->sql, " BETWEEN '%lld'::bigint AND '%lld'::bigint", (long long)low,
                  (long long)high);
}

/* Is this target row one of the item's? */
static bool belongs(keel_verifier *w, uint64_t pair, bool merged)
{
    int64_t old = 0;

    if (w->state->pairing == KEEL_PAIR_HASH)
        return (pair >> 32) % w->state->passes == w->item->index;
    return merged || w->state->pairing == KEEL_PAIR_ROWID ||
           keel_keys_find(&w->by_new, (int64_t)pair, &old);
}

static bool load_rows(keel_verifier *w, bool merged, keel_error *err)
{
    const unsigned char *tuple = NULL;
    size_t size = 0;
    uint64_t pair = 0;

    keel_str_add(&w->sql, ") TO STDOUT (FORMAT binary)");
    if (!keel_pg_copy_out_begin(w->pg, err, w->sql.data))
        return false;
    for (size_t row = 0;; row++) {
        if (!keel_pg_copy_out_next(w->pg, &tuple, &size, err))
            return false;
        if (tuple == NULL)
            return true;
        if (!keel_verify_target_pair(w, tuple, size, &pair) ||
            ((row & 1023) == 0 && keel_verify_cancelled(w->verify, err))) {
            keel_pg_copy_out_abort(w->pg);
            return err->kind != KEEL_OK
                       ? false
                       : keel_fail(err, KEEL_ERR_INTERNAL, "the server's row is malformed");
        }
        if (belongs(w, pair, merged))
            keel_store_add(&w->store, pair, merged, tuple, size);
    }
}

static bool load_merged(keel_verifier *w, keel_error *err)
{
    const char *comma = "";

    if (w->merged.runs.count == 0)
        return true;
    begin_select(w);
    keel_str_add(&w->sql, " WHERE ");
    add_key_name(w->state, &w->sql);
    keel_str_add(&w->sql, " = ANY ('{");
    for (size_t i = 0; i < w->merged.runs.count; i++)
        for (int32_t j = 0; j < w->merged.runs.items[i].length; j++, comma = ",")
            keel_str_addf(&w->sql, "%s%lld", comma, (long long)w->merged.runs.items[i].to + j);
    keel_str_add(&w->sql, "}'::bigint[])");
    return load_rows(w, true, err);
}

static bool take_keys(void *context, const keel_chunk_record *record, keel_error *err)
{
    keel_verifier *w = context;

    (void)err;
    keel_keys_set(&w->by_old, &record->keys, false);
    keel_keys_set(&w->by_new, &record->keys, true);
    keel_keys_set(&w->merged, &record->merged_keys, false);
    return true;
}

static int64_t last_of(const keel_key_run *run)
{
    return run->from + run->length - 1;
}

/* The chunk's keys, but not the far wider range that lies between two blocks of them: at most 16 ranges. */
static bool load_ranges(keel_verifier *w, keel_error *err)
{
    const keel_key_run *runs = w->by_new.runs.items;
    size_t count = w->by_new.runs.count;
    uint64_t span = count > 0 ? (uint64_t)last_of(&runs[count - 1]) - (uint64_t)runs[0].from : 0;
    uint64_t far = KEEL_MAX(span / 16, 1000);

    for (size_t first = 0, i = 0; i < count; i++) {
        if (i + 1 < count && (uint64_t)runs[i + 1].from - (uint64_t)last_of(&runs[i]) <= far)
            continue;
        begin_select(w);
        add_range(w, runs[first].from, last_of(&runs[i]));
        if (!load_rows(w, false, err))
            return false;
        first = i + 1;
    }
    return true;
}

static bool load_chunk(keel_verifier *w, keel_error *err)
{
    const keel_chunk_place *place = &w->state->places.items[w->item->index];
    static const keel_chunk_record nothing = {0};

    take_keys(w, &nothing, err);
    if (place->recorded && !keel_journal_chunk_load(
                               w->pg, w->verify->run->run, w->state->plan->number, KEEL_CHUNK_LOAD,
                               place->lane, place->seq, false, take_keys, w, err))
        return false;
    return load_ranges(w, err) && load_merged(w, err);
}

static bool load_target(keel_verifier *w, keel_error *err)
{
    bool loaded = true;

    keel_store_clear(&w->store);
    if (w->state->pairing == KEEL_PAIR_CHUNK) {
        loaded = load_chunk(w, err);
    } else {
        begin_select(w);
        if (w->state->pairing == KEEL_PAIR_ROWID)
            add_range(w, w->item->low, w->item->high);
        loaded = load_rows(w, false, err);
    }
    if (loaded)
        keel_store_index(&w->store);
    return loaded;
}

static void say_missing(keel_verifier *w, const char *check, const char *what)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};

    w->counts.missing++;
    keel_verify_row_name(w, &key);
    keel_verify_say_row(w->verify, KEEL_ERROR, check, w->state, keel_str_text(&key), what);
}

/* Of several rows with the same pair, one that is equal throughout comes first. */
static bool choose_row(keel_verifier *w,
                       keel_stored_row *row,
                       uint64_t pair,
                       keel_stored_row **ret_row,
                       keel_error *err)
{
    keel_stored_row *other = keel_store_find(&w->store, pair, w->row_merged, row);
    bool equal = false;

    *ret_row = row;
    if (other == NULL)
        return true;
    for (other = row; other != NULL;
         other = keel_store_find(&w->store, pair, w->row_merged, other)) {
        if (!keel_verify_row(w, other, false, &equal, err))
            return false;
        if (!equal)
            continue;
        *ret_row = other;
        return true;
    }
    return true;
}

static bool compare_row(keel_verifier *w, uint64_t pair, keel_error *err)
{
    keel_stored_row *row = keel_store_find(&w->store, pair, w->row_merged, NULL);
    bool equal = false;

    if (row == NULL) {
        say_missing(w, "verify.missing",
                    w->row_merged ? "was merged into a row that the target does not have any more"
                                  : "is missing in the target");
        return true;
    }
    if (!choose_row(w, row, pair, &row, err))
        return false;
    row->matched = true;
    w->counts.compared++;
    return keel_verify_row(w, row, true, &equal, err);
}

static bool take_source_row(keel_verifier *w, bool first_pass, keel_error *err)
{
    uint64_t pair = 0;
    bool known = false;

    w->counts.source_rows += first_pass;
    if (keel_positions_has(&w->state->rejects, w->position)) {
        w->counts.rejected += first_pass;
        return true;
    }
    if (!keel_verify_source_pair(w, &pair, &known))
        return false;
    if (!known) {
        w->counts.unmapped += first_pass;
        if (first_pass)
            say_missing(w, "verify.map", "is in neither the run's key map nor its rejects");
        return true;
    }
    if (w->state->pairing == KEEL_PAIR_HASH && (pair >> 32) % w->state->passes != w->item->index)
        return true;
    w->counts.merged += w->row_merged;
    return compare_row(w, pair, err);
}

static bool read_source(keel_verifier *w, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    const keel_plan_table *plan = w->state->plan;
    const int64_t bounds[] = {plan->by_rowid ? w->item->low : 0, w->item->high};
    bool first_pass = w->state->pairing != KEEL_PAIR_HASH || w->item->index == 0;
    bool found = true;

    w->position = 0;
    if (!keel_sqlite_query(w->db, plan->select_sql, bounds, plan->by_rowid ? 2 : 1, &rows, err))
        return false;
    for (uint64_t row = 0;; row++) {
        if (!keel_sqlite_next(rows, &found, err))
            return false;
        if (!found)
            return true;
        if ((row & 1023) == 1023) {
            keel_progress_add(w->verify->progress, first_pass ? 1024 : 0);
            if (keel_verify_cancelled(w->verify, err) || atomic_load(&w->verify->stop))
                return err->kind == KEEL_OK;
        }
        keel_sqlite_cells(rows, w->cells);
        keel_verify_fetch(w);
        w->position = plan->by_rowid ? w->cells[plan->cell_count].integer : w->position + 1;
        if (!take_source_row(w, first_pass, err))
            return false;
    }
}

static const char *extra_message(const keel_verifier *w)
{
    return w->verify->run != NULL
               ? "was written by the run, but the source has no such row (any more)"
               : "has no counterpart in the source";
}

/* Rows that nobody asked for: without a journal all of them, else those that the run wrote. */
static bool judge_extra(keel_verifier *w, const keel_stored_row *row, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str key = {0};
    size_t count = w->state->plan->columns.count + 1;
    bool written = false;

    if (!keel_verify_as_written(w, row, &written, err))
        return false;
    if (!written)
        return true;
    w->counts.extra++;
    if (keel_tuple_fields((const unsigned char *)w->store.bytes.data + row->start, row->size,
                          w->fields, count))
        keel_verify_target_row_name(w, &key);
    keel_verify_say_row(w->verify, KEEL_ERROR, "verify.extra", w->state, keel_str_text(&key),
                        extra_message(w));
    return true;
}

static bool find_extra(keel_verifier *w, keel_error *err)
{
    const keel_verify_state *state = w->state;

    /* Where only hashes tell, a row without a key may be equal to one that was there before the
     * run. */
    if (w->verify->run != NULL && (!keel_verify_can_tell(state) ||
                                   (!state->xids_valid && state->plan->key_column_count == 0)))
        return true;
    for (size_t i = 0; i < w->store.rows.count; i++) {
        const keel_stored_row *row = &w->store.rows.items[i];
        if (!row->matched && !row->merged && !judge_extra(w, row, err))
            return false;
    }
    return true;
}

static void add_counts(keel_verifier *w)
{
    keel_verify_state *state = w->state;
    const keel_verify_counts *from = &w->counts;
    keel_verify_counts *to = &state->counts;

    pthread_mutex_lock(&state->lock);
    to->source_rows += from->source_rows;
    to->compared += from->compared;
    to->different += from->different;
    to->different_rows += from->different_rows;
    to->missing += from->missing;
    to->extra += from->extra;
    to->changed_since += from->changed_since;
    to->rejected += from->rejected;
    to->merged += from->merged;
    to->unmapped += from->unmapped;
    to->merged_different += from->merged_different;
    for (size_t i = 0; i < state->plan->columns.count; i++)
        state->nulled[i] += w->nulled[i];
    state->ended = keel_seconds();
    pthread_mutex_unlock(&state->lock);
}

static void start_item(keel_verifier *w)
{
    keel_verify_state *state = w->state;

    w->counts = (keel_verify_counts){0};
    memset(w->nulled, 0, (state->plan->columns.count + 1) * sizeof *w->nulled);
    pthread_mutex_lock(&state->lock);
    if (state->started <= 0)
        state->started = keel_seconds();
    pthread_mutex_unlock(&state->lock);
}

bool keel_verify_rows(keel_verifier *w, keel_error *err)
{
    start_item(w);
    if (!load_target(w, err) || !read_source(w, err))
        return false;
    if (!atomic_load(&w->verify->stop) && !find_extra(w, err))
        return false;
    add_counts(w);
    return true;
}
