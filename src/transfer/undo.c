/* Undo from beginning to end: the run is found and locked, its tables are taken back group by
 * group, what it created is dropped, and the journal says how it ended. */
#include "transfer/undo.h"

#include "base/clock.h"
#include "transfer/undo_inside.h"

enum {
    TOGETHER_AT_MOST =
        500000 /* rows of a cycle that go in one transaction without trying leaves first */
};

bool keel_undo_cancelled(const keel_undo *undo, keel_error *err)
{
    if (undo->options->cancel == NULL || *undo->options->cancel == 0)
        return false;
    keel_fail(err, KEEL_ERR_CANCELLED, "stopped on request");
    keel_fail_hint(err, "What is deleted stays deleted; run the same command again to go on.");
    return true;
}

int64_t keel_undo_missing(const keel_undo_target *target)
{
    return target->journal->inserted - target->journal->undone - target->result->deleted;
}

/* The run that is meant: by number, else the newest that is not undone, else the newest. */
static bool find_run(keel_undo *undo, keel_error *err)
{
    keel_run *runs = NULL;
    size_t count = 0;
    int64_t wanted = undo->options->run;

    if (!keel_journal_runs(undo->pg, undo->arena, &runs, &count, err))
        return false;
    undo->run = wanted == 0 && count > 0 ? &runs[0] : NULL;
    for (size_t i = count; i > 0; i--)
        if (wanted == 0 ? !keel_streq(runs[i - 1].state, "undone") : runs[i - 1].run == wanted)
            undo->run = &runs[i - 1];
    for (size_t i = 0; undo->run != NULL && i < count; i++)
        if (runs[i].base_run == undo->run->run && !keel_streq(runs[i].state, "undone")) {
            keel_fail(err, KEEL_ERR_DATA, "run %lld builds on run %lld", (long long)runs[i].run,
                      (long long)undo->run->run);
            return keel_fail_hint(err, "Undo it first: `pgkeel transfer undo --run %lld`.",
                                  (long long)runs[i].run);
        }
    if (undo->run != NULL)
        return true;
    if (wanted == 0)
        keel_fail(err, KEEL_ERR_USAGE, "no transfer has been run into this database");
    else
        keel_fail(err, KEEL_ERR_USAGE, "there is no run %lld in this database", (long long)wanted);
    return keel_fail_hint(err, "`pgkeel transfer list` shows the runs that a database knows.");
}

static bool is_selected(const keel_undo *undo, const keel_run_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str full = {0};

    if (undo->options->only == NULL)
        return true;
    keel_str_addf(&full, "%s.%s", table->schema, table->name);
    for (const char *const *name = undo->options->only; *name != NULL; name++)
        if (keel_streq(*name, table->source) || keel_streq(*name, table->name) ||
            keel_streq(*name, full.data))
            return true;
    return false;
}

/* Every name of --table must name something. */
static bool
check_names(const keel_undo *undo, const keel_run_table *tables, size_t count, keel_error *err)
{
    for (const char *const *name = undo->options->only; name != NULL && *name != NULL; name++) {
        const char *const one[] = {*name, NULL};
        const keel_undo_options options = {.only = one};
        const keel_undo single = {.options = &options};
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || is_selected(&single, &tables[i]);
        if (!found)
            return keel_fail(err, KEEL_ERR_USAGE, "run %lld has no table \"%s\"",
                             (long long)undo->run->run, *name);
    }
    return true;
}

static bool load_targets(keel_undo *undo, keel_error *err)
{
    keel_run_table *tables = NULL;
    size_t count = 0;

    if (!keel_journal_run_tables(undo->pg, undo->arena, undo->run->run, &tables, &count, err) ||
        !check_names(undo, tables, count, err) ||
        !keel_pg_catalog_load(undo->pg, undo->arena, &undo->catalog, err))
        return false;
    undo->targets = keel_arena_alloc(undo->arena, (count + 1) * sizeof *undo->targets);
    undo->count = count;
    for (size_t i = 0; i < undo->count; i++) {
        undo->targets[i].journal = &tables[i];
        undo->targets[i].selected = is_selected(undo, &tables[i]);
        if (!keel_undo_target_load(undo, &undo->targets[i], err))
            return false;
    }
    keel_undo_find_groups(undo);
    return true;
}

static void add_result(keel_undo *undo, keel_undo_result *result, keel_undo_target *target)
{
    const keel_run_table *journal = target->journal;

    target->result = &result->tables[result->table_count++];
    *target->result = (keel_undo_table){
        .source = journal->source,
        .target = keel_arena_printf(undo->arena, "%s.%s", journal->schema, journal->name),
        .inserted = journal->inserted};
    if (target->table == NULL)
        target->result->gone = keel_undo_missing(target);
}

typedef struct group {
    keel_undo_target **items;
    size_t count, capacity;
} group;

/* Takes the targets of the next group off the list; those that are there and have rows of the run
 * to look for. */
static bool next_group(keel_undo *undo, keel_undo_result *result, group *members)
{
    const keel_undo_target *first = keel_undo_next(undo);

    members->count = 0;
    for (size_t i = undo->count; first != NULL && i > 0; i--) {
        keel_undo_target *target = &undo->targets[i - 1];
        if (target->group != first->group)
            continue;
        target->finished = true;
        if (!target->selected)
            continue;
        add_result(undo, result, target);
        if (target->table != NULL)
            keel_arena_push(undo->arena, members, target);
    }
    return first != NULL;
}

static int64_t missing_of(const group *members, bool *ret_by_hash)
{
    int64_t missing = 0;

    *ret_by_hash = false;
    for (size_t i = 0; i < members->count; i++) {
        missing += keel_undo_missing(members->items[i]);
        *ret_by_hash = *ret_by_hash || members->items[i]->by_hash;
    }
    return missing;
}

/* A cycle: as long as it is large and that gets on, rows that nothing refers to, in bounded
 * transactions; the rest as a whole. */
static bool undo_cycle(keel_undo *undo, const group *members, keel_error *err)
{
    bool by_hash = false;
    int64_t missing = missing_of(members, &by_hash);
    int64_t before = INT64_MAX;

    while (!by_hash && missing > TOGETHER_AT_MOST && missing < before - before / 10) {
        before = missing;
        for (size_t i = 0; i < members->count; i++) {
            int64_t deleted = 0;
            bool done = keel_undo_pass(undo, members->items[i], true, NULL, &deleted, err);
            members->items[i]->result->deleted += deleted;
            if (!done)
                return false;
        }
        missing = missing_of(members, &by_hash);
    }
    return missing == 0 || keel_undo_together(undo, members->items, members->count, err);
}

static bool undo_group(keel_undo *undo, const group *members, keel_error *err)
{
    if (members->count == 0)
        return true;
    bool done = members->items[0]->cyclic ? undo_cycle(undo, members, err)
                                          : keel_undo_one(undo, members->items[0], err);
    for (size_t i = 0; i < members->count; i++)
        keel_undo_keys_free(members->items[i]);
    return done;
}

static bool undo_rows(keel_undo *undo, keel_undo_result *result, keel_error *err)
{
    group members = {0};

    if (!keel_journal_run_finish(undo->pg, undo->run->run, "undoing", -1, err) ||
        !keel_pg_exec(undo->pg, err, "SET synchronous_commit = off"))
        return false;
    while (next_group(undo, result, &members))
        if (keel_undo_cancelled(undo, err) || !undo_group(undo, &members, err))
            return false;
    return keel_undo_drop(undo, err);
}

static bool count_rows(keel_undo *undo, keel_undo_result *result, keel_error *err)
{
    group all = {0}, members = {0};
    bool done = true;

    while (next_group(undo, result, &members))
        for (size_t i = 0; i < members.count; i++)
            keel_arena_push(undo->arena, &all, members.items[i]);
    if (all.count > 0)
        done = keel_undo_together(undo, all.items, all.count, err);
    for (size_t i = 0; i < all.count; i++)
        keel_undo_keys_free(all.items[i]);
    return done;
}

static void sum_up(const keel_undo *undo, keel_undo_result *result)
{
    result->complete = true;
    for (size_t i = 0; i < result->table_count; i++) {
        result->rows += result->tables[i].deleted;
        if (result->tables[i].kept_changed > 0 || result->tables[i].kept_referenced > 0)
            result->complete = false;
    }
    keel_report_check(undo->report, "undo.complete",
                      result->complete ? KEEL_CHECK_PASSED : KEEL_CHECK_FAILED);
}

/* Undone when nothing of the run is left anywhere: also in tables that this undo was not asked for.
 */
static bool close_run(keel_undo *undo, const keel_undo_result *result, keel_error *err)
{
    bool left = !result->complete;

    for (size_t i = 0; i < undo->count; i++)
        if (!undo->targets[i].selected)
            left = left || undo->targets[i].journal->inserted > undo->targets[i].journal->undone;
    if (!left &&
        !keel_pg_execf(undo->pg, err,
                       "UPDATE pgkeel.reject SET resolved_by = NULL WHERE resolved_by = %lld",
                       (long long)undo->run->run))
        return false;
    return keel_journal_run_finish(undo->pg, undo->run->run, left ? "undoing" : "undone", -1, err);
}

static void show_total(const keel_undo *undo)
{
    int64_t rows = 0;

    for (size_t i = 0; i < undo->count; i++)
        if (undo->targets[i].selected)
            rows +=
                KEEL_MAX(undo->targets[i].journal->inserted - undo->targets[i].journal->undone, 0);
    keel_progress_phase(undo->progress, "undo", "rows", (uint64_t)rows);
}

static bool undo_run(keel_undo *undo, keel_undo_result *result, keel_error *err)
{
    group members = {0};

    if (!load_targets(undo, err))
        return false;
    result->tables = keel_arena_alloc(undo->arena, (undo->count + 1) * sizeof *result->tables);
    if (keel_streq(undo->run->state, "undone")) {
        while (next_group(undo, result, &members))
            continue;
        for (size_t i = 0; i < result->table_count; i++)
            result->tables[i].gone = 0;
        result->complete = true;
        return true;
    }
    if (undo->options->dry_run) {
        if (!count_rows(undo, result, err))
            return false;
        sum_up(undo, result);
        return true;
    }
    show_total(undo);
    if (!undo_rows(undo, result, err))
        return false;
    sum_up(undo, result);
    return close_run(undo, result, err);
}

static bool undo_connected(keel_undo *undo, keel_undo_result *result, keel_error *err)
{
    int64_t number;

    if (!find_run(undo, err))
        return false;
    number = undo->run->run;
    if (!keel_journal_run_lock(undo->pg, number, err))
        return false;
    keel_run *locked = NULL; /* as it is now that nobody else works on it */
    if (!keel_journal_run_load(undo->pg, undo->arena, number, &locked, err))
        return false;
    if (locked == NULL)
        return keel_fail(err, KEEL_ERR_USAGE, "there is no run %lld in this database",
                         (long long)number);
    undo->run = locked;
    result->run = number;
    return undo_run(undo, result, err);
}

bool keel_transfer_undo(keel_arena *arena,
                        const keel_undo_options *options,
                        keel_report *report,
                        keel_progress *progress,
                        keel_undo_result **ret_result,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_undo undo = {.arena = arena, .options = options, .report = report, .progress = progress};
    keel_undo_result *result = keel_arena_alloc(arena, sizeof *result);
    keel_usec started = keel_monotonic();
    keel_error ignored = {0};

    if (!keel_pg_open(options->conninfo,
                      options->dry_run ? "transfer undo, dry run" : "transfer undo", &pg, err))
        return false;
    undo.pg = pg;
    bool done = undo_connected(&undo, result, err);
    /* a backend ends a while after its connection: the next command shall not meet the lock */
    keel_pg_rollback(pg);
    (void)keel_pg_exec(pg, &ignored, "SELECT pg_catalog.pg_advisory_unlock_all()");
    for (size_t i = 0; i < undo.count; i++)
        keel_undo_keys_free(&undo.targets[i]);
    for (size_t i = 0; i < undo.helper_count; i++)
        keel_pg_close(undo.helpers[i]);
    if (!done)
        return false;
    result->seconds = (double)(keel_monotonic() - started) / (double)KEEL_SECOND;
    *ret_result = result;
    return true;
}
