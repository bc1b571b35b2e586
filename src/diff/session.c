/* The lead connections hold a snapshot for the whole run and no lock on any table. A worker takes the snapshot over
 * anew for each pair, so that nobody waits long for a lock that the reading of a table has taken. */
#include <stdlib.h>

#include "diff/inside.h"

enum { LOCK_TIMEOUT_MS = 10000 };

const char *const keel_side_names[KEEL_SIDES] = {"source", "target"};

/* Settings of the transaction, not of the session: a pooler in between must not hand them on. Money prints the same
 * everywhere; a policy of row security makes an error, not a table with fewer rows. */
static void add_begin(const keel_diff_run *d, keel_str *sql, keel_side side, bool imports)
{
    keel_str_add(sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
    if (imports) {
        keel_str_add(sql, "SET TRANSACTION SNAPSHOT ");
        keel_pg_add_literal(sql, d->snapshot[side]);
        keel_str_addc(sql, ';');
    }
    keel_str_addf(sql,
                  "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = %d; SET LOCAL row_security = off;"
                  "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lc_monetary = 'C'",
                  LOCK_TIMEOUT_MS);
    if (d->version[side] >= 170000)
        keel_str_add(sql, "; SET LOCAL transaction_timeout = 0");
    if (!d->quick) /* rows are wanted as they lie, and cost more on their way through a leader */
        keel_str_add(sql, "; SET LOCAL max_parallel_workers_per_gather = 0");
}

static bool begin(const keel_diff_run *d, keel_pg *pg, keel_side side, bool imports, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    add_begin(d, &sql, side, imports);
    return keel_pg_exec(pg, err, sql.data) || keel_fail_context(err, "take a snapshot of the %s", keel_side_names[side]);
}

static bool open_lead(keel_diff_run *d, keel_side side, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    if (!keel_pg_open(d->conninfo[side], "diff", &d->lead[side], err))
        return keel_fail_context(err, "the %s", keel_side_names[side]);
    d->version[side] = keel_pg_server_version(d->lead[side]);
    keel_pg_target_name(d->lead[side], &name);
    d->name[side] = keel_arena_strdup(d->arena, keel_str_text(&name));
    return true;
}

/* What no two databases have in common, a standby and its primary included. */
static bool identity(keel_pg *pg, keel_str *out, keel_error *err)
{
    return keel_pg_query_value(pg, out, NULL, err,
                               "SELECT pg_catalog.pg_postmaster_start_time()::pg_catalog.text || ' ' || s.system_identifier"
                               "       || ' ' || d.oid FROM pg_catalog.pg_control_system() s, pg_catalog.pg_database d"
                               " WHERE d.datname = pg_catalog.current_database()",
                               0, NULL);
}

static bool is_one_database(keel_diff_run *d, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str source = {0};
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};

    if (!identity(d->lead[KEEL_SOURCE], &source, err) || !identity(d->lead[KEEL_TARGET], &target, err))
        return false;
    d->one_snapshot = keel_streq(keel_str_text(&source), keel_str_text(&target));
    return true;
}

static bool export_snapshot(keel_diff_run *d, keel_side side, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    if (!keel_pg_query_value(d->lead[side], &name, NULL, err, "SELECT pg_catalog.pg_export_snapshot()", 0, NULL))
        return keel_fail_context(err, "take a snapshot of the %s", keel_side_names[side]);
    d->snapshot[side] = keel_arena_strdup(d->arena, keel_str_text(&name));
    return true;
}

bool keel_diff_open(keel_diff_run *d, keel_error *err)
{
    if (!open_lead(d, KEEL_SOURCE, err) || !open_lead(d, KEEL_TARGET, err) || !is_one_database(d, err) ||
        !begin(d, d->lead[KEEL_SOURCE], KEEL_SOURCE, false, err) || !export_snapshot(d, KEEL_SOURCE, err))
        return false;
    d->snapshot[KEEL_TARGET] = d->snapshot[KEEL_SOURCE];
    if (!begin(d, d->lead[KEEL_TARGET], KEEL_TARGET, d->one_snapshot, err) ||
        (!d->one_snapshot && !export_snapshot(d, KEEL_TARGET, err)))
        return false;
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        if (!keel_pg_catalog_load(d->lead[side], d->arena, &d->catalog[side], err))
            return keel_fail_context(err, "the %s", keel_side_names[side]);
    return true;
}

static bool open_worker(keel_diff_worker *w, keel_error *err)
{
    const keel_diff_run *d = w->diff;
    char purpose[48];

    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        snprintf(purpose, sizeof purpose, "diff worker %d, %s", w->number, keel_side_names[side]);
        if (!keel_pg_open(d->conninfo[side], purpose, &w->pg[side], err) || !keel_pg_copy_out_widen(w->pg[side], err))
            return keel_fail_context(err, "the %s", keel_side_names[side]);
    }
    return true;
}

static size_t widest_pair(const keel_diff_run *d)
{
    size_t widest = 0;

    for (size_t i = 0; i < d->pairs.count; i++)
        widest = KEEL_MAX(widest, d->pairs.items[i]->columns.count);
    return widest;
}

bool keel_diff_open_workers(keel_diff_run *d, keel_error *err)
{
    size_t fields = widest_pair(d) + 1;

    d->workers = keel_alloc_zero((size_t)d->jobs, sizeof *d->workers);
    for (int i = 0; i < d->jobs; i++) {
        keel_diff_worker *w = &d->workers[i];
        w->diff = d;
        w->number = i + 1;
        for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
            w->fields[side] = keel_alloc_zero(fields, sizeof *w->fields[side]);
        if (keel_diff_stopping(d) || !open_worker(w, err))
            return false;
    }
    return true;
}

static void free_worker(keel_diff_worker *w)
{
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++) {
        keel_pg_close(w->pg[side]);
        free(w->fields[side]);
    }
    keel_str_free(&w->sql);
    keel_str_free(&w->text);
    keel_bag_free(&w->bag);
    free(w->buckets);
}

void keel_diff_close(keel_diff_run *d)
{
    for (int i = 0; d->workers != NULL && i < d->jobs; i++)
        free_worker(&d->workers[i]);
    free(d->workers);
    keel_pg_close(d->judge);
    for (keel_side side = KEEL_SOURCE; side < KEEL_SIDES; side++)
        keel_pg_close(d->lead[side]);
}

bool keel_diff_enter(keel_diff_worker *w, const keel_diff_pair *pair, keel_side side, keel_error *err)
{
    if (w->in[side] == pair)
        return true;
    keel_diff_leave(w, side);
    if (!begin(w->diff, w->pg[side], side, true, err))
        return false;
    w->in[side] = pair;
    return true;
}

void keel_diff_leave(keel_diff_worker *w, keel_side side)
{
    keel_pg_rollback(w->pg[side]);
    w->in[side] = NULL;
}
