/* A run from its first look to its last commit. Each phase is idempotent: a run that died anywhere goes on with the same
 * command. */
#include "transfer/run.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "transfer/ddl.h"
#include "transfer/interrupt.h"
#include "transfer/plan_options.h"
#include "transfer/run_inside.h"

enum { MOST_JOBS = 8 };

static int default_jobs(int wanted)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (wanted > 0)
        return wanted;
    return processors < 1 ? 1 : processors > MOST_JOBS ? MOST_JOBS : (int)processors;
}

static void make_plan_options(const keel_run_options *options, bool scan, keel_plan_options *plan)
{
    *plan = (keel_plan_options){.source_path = options->source_path,
                                .schema = options->schema,
                                .only = options->only,
                                .exclude = options->exclude,
                                .keys = options->keys,
                                .no_create = options->no_create,
                                .skip_triggers = options->skip_triggers,
                                .scan = scan};
}

bool keel_transfer_plan(keel_arena *arena, const keel_run_options *options, keel_report *report, keel_plan **ret_plan,
                        keel_ddl_list *ret_ddl, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = NULL;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_mapping *mapping = NULL;
    keel_plan_options plan_options;

    make_plan_options(options, true, &plan_options);
    if (!keel_mapping_read(arena, options->mapping_file, &mapping, err) ||
        !keel_sqlite_open(options->source_path, &db, err) || !keel_pg_open(options->conninfo, "transfer plan", &pg, err) ||
        !keel_pg_exec(pg, err, "SET default_transaction_read_only = on") || !keel_sqlite_begin_together(&db, 1, err))
        return false;
    if (!keel_plan_make(arena, db, pg, &plan_options, mapping, NULL, 0, report, ret_plan, err))
        return false;
    for (size_t i = 0; i < (*ret_plan)->table_count; i++) {
        keel_plan_table *table = (*ret_plan)->tables[i];
        if (table->profiles != NULL && table->source->columns.count > 0)
            table->source_rows = table->profiles[0].rows;
    }
    return keel_plan_ddl(*ret_plan, report, ret_ddl, err) && keel_plan_judge(*ret_plan, db, pg, report, err);
}

static bool open_both(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    char *path = realpath(running->options->source_path, NULL);

    if (!keel_sqlite_open(running->options->source_path, &transfer->db, err))
        return free(path), false;
    running->source = keel_arena_strdup(running->arena, path != NULL ? path : running->options->source_path);
    free(path);
    /* the journal and its deeds are one transaction each, so none waits for the disk; finish_run flushes them all */
    return keel_pg_open(running->options->conninfo, "transfer", &transfer->pg, err) &&
           keel_pg_exec(transfer->pg, err, "SET synchronous_commit = off") &&
           keel_mapping_read(running->arena, running->options->mapping_file, &running->mapping, err);
}

static void make_states(keel_transfer *transfer)
{
    const keel_plan *plan = transfer->plan;
    size_t widest = 2;

    transfer->states = keel_arena_alloc(plan->arena, (plan->table_count + 1) * sizeof *transfer->states);
    for (size_t i = 0; i < plan->table_count; i++) {
        keel_plan_table *table = plan->tables[i];
        keel_table_state *state = &transfer->states[i];
        state->lane_count = table->slice_count;
        state->lanes = keel_arena_alloc(plan->arena, (table->slice_count + 1) * sizeof(keel_lane));
        for (size_t j = 0; j < table->slice_count; j++)
            state->lanes[j] = (keel_lane){.table = table, .number = (int)j};
        for (size_t j = 0; j < table->references.count; j++)
            state->second_pass = state->second_pass || table->references.items[j].second_pass;
        atomic_store(&state->staged, table->staged);
        widest = KEEL_MAX(widest, table->columns.count + 2);
    }
    transfer->cells = keel_arena_alloc(plan->arena, widest * sizeof(keel_cell));
}

/* --retry-rejects and --new-rows read tables of the base run only, where it has something to say. */
static bool make_plan(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    bool extends = running->base != NULL;

    if (!keel_plan_make(running->arena, transfer->db, transfer->pg, &running->plan_options, running->mapping,
                        running->journalled, running->journalled_count, transfer->report, &transfer->plan, err))
        return false;
    for (size_t i = 0; i < transfer->plan->table_count; i++) {
        keel_plan_table *table = transfer->plan->tables[i];
        if (!extends)
            continue;
        if (table->target == NULL || table->journalled == NULL)
            keel_report_addf(transfer->report, KEEL_CRITICAL, "plan.not_in_base", table->source->name, NULL,
                             "Leave it out with --exclude, or transfer it in a run of its own.",
                             "table \"%s\" was not part of run %lld", table->source->name, (long long)transfer->base_run);
        table->create = false;
        /* rows may have been added behind the old slices */
        if (transfer->selection == KEEL_SELECT_NEW && running->earlier == NULL && table->by_rowid &&
            !keel_plan_reslice(transfer->plan, transfer->db, table, err))
            return false;
    }
    if (!keel_plan_ddl(transfer->plan, transfer->report, &running->ddl, err) ||
        !keel_plan_judge(transfer->plan, transfer->db, transfer->pg, transfer->report, err))
        return false;
    if (keel_report_count_of(transfer->report, KEEL_CRITICAL) > 0) {
        keel_fail(err, KEEL_ERR_USAGE, "the plan does not allow the transfer (%zu critical findings)",
                  keel_report_count_of(transfer->report, KEEL_CRITICAL));
        return keel_fail_hint(err, "Each finding names its remedy; `pgkeel transfer plan` shows the whole plan.");
    }
    make_states(transfer);
    running->counted = keel_arena_alloc(running->arena, (transfer->plan->table_count + 1) * sizeof(int64_t));
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        running->counted[i] = -1;
    return true;
}

/* Between the decision to go on and the lock somebody else may have brought the run to its end, or undone it. */
static bool still_running(keel_running *running, keel_error *err)
{
    keel_run *now = NULL;

    if (!keel_journal_run_load(running->transfer.pg, running->arena, running->transfer.run, &now, err))
        return false;
    if (now != NULL && strcmp(now->state, "running") == 0)
        return true;
    keel_fail(err, KEEL_ERR_LOCKED, "another process has worked on run %lld until this moment; it is %s now",
              (long long)running->transfer.run, now != NULL ? now->state : "gone");
    return keel_fail_hint(err, "Run the same command again to see how it ended.");
}

static bool begin_run(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;

    if (!keel_journal_ensure(transfer->pg, err))
        return false;
    if (running->earlier == NULL)
        return keel_run_create(running, err);
    transfer->run = running->earlier->run;
    running->result->resumed = true;
    return keel_journal_run_lock(transfer->pg, transfer->run, err) && still_running(running, err);
}

static bool fail_disappeared(const keel_plan_table *table, const char *column, keel_error *err)
{
    if (column == NULL)
        keel_fail(err, KEEL_ERR_CHANGED, "table \"%s.%s\" has disappeared", table->schema, table->name);
    else
        keel_fail(err, KEEL_ERR_CHANGED, "column \"%s\" of \"%s.%s\" has disappeared", column, table->schema, table->name);
    return keel_fail_hint(err, "Put it back, or say --restart to undo what the run has done and begin again.");
}

/* After the tables exist: the plan learns their catalogue entries, sequences among them. */
static bool attach_targets(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    keel_plan *plan = transfer->plan;

    if (!keel_pg_catalog_load(transfer->pg, running->arena, &plan->catalog, err))
        return false;
    for (size_t i = 0; i < plan->table_count; i++) {
        keel_plan_table *table = plan->tables[i];
        table->target = keel_pg_catalog_find(plan->catalog, table->schema, table->name);
        if (table->target == NULL)
            return fail_disappeared(table, NULL, err);
        for (size_t j = 0; j < table->columns.count; j++) {
            keel_plan_column *column = &table->columns.items[j];
            column->target_column = keel_pg_table_column(table->target, column->target);
            if (column->target_column == NULL)
                return fail_disappeared(table, column->target, err);
        }
        if (table->key_column < 0)
            continue;
        const keel_pg_column *key = table->columns.items[table->key_column].target_column;
        table->key_sequence = key->sequence;
        table->key_default_sql = key->default_sql;
    }
    return true;
}

static bool create_targets(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    const char *schema_sql = keel_plan_create_schema_sql(transfer->plan);
    bool done = true;

    if (schema_sql != NULL) {
        if (!keel_journal_step_done(transfer->pg, transfer->run, "schema", &done, err))
            return false;
        if (!done && !(keel_pg_exec(transfer->pg, err, "BEGIN") && keel_pg_exec(transfer->pg, err, schema_sql) &&
                       keel_journal_step_record(transfer->pg, transfer->run, "schema", schema_sql, err) &&
                       keel_pg_exec(transfer->pg, err, "COMMIT"))) {
            keel_pg_rollback(transfer->pg);
            return keel_fail_context(err, "create schema \"%s\"", transfer->plan->schema);
        }
    }
    return keel_build_tables(transfer, &running->ddl, err) && attach_targets(running, err);
}

static bool same_facts(keel_running *running)
{
    KEEL_CLEANUP(keel_str_free) keel_str facts = {0};
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    keel_error ignored = {0};

    keel_facts_json(&running->facts, &facts);
    const char *params[] = {facts.data, running->earlier->source_facts};
    return keel_pg_query(running->transfer.pg, &result, &ignored, "SELECT $1::jsonb = $2::jsonb", 2, params) &&
           keel_pg_bool(result, 0, 0);
}

static bool prepare_keys(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;

    if (!keel_keysets_create(transfer, err))
        return false;
    if (running->base != NULL && !keel_keysets_restore(transfer, transfer->base_run, false, err))
        return false;
    if (running->earlier != NULL) {
        if (!keel_keysets_restore(transfer, transfer->run, true, err))
            return false;
        if (!same_facts(running) && !keel_run_recheck(running, err))
            return false;
    }
    return keel_cycle_keys(&transfer->workers[0], err);
}

/* The other side of the accounting: the source is counted on a connection that has nothing else to do while indexes are
 * built. */
static void *count_source(void *argument)
{
    keel_running *running = argument;
    const keel_plan *plan = running->transfer.plan;

    for (size_t i = 0; i < plan->table_count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
        const keel_plan_table *table = plan->tables[i];
        keel_error ignored = {0};
        bool none = false;
        keel_str_add(&sql, "SELECT count(*) FROM ");
        keel_sqlite_add_identifier(&sql, table->source->name);
        if (table->mapping != NULL && table->mapping->where != NULL)
            keel_str_addf(&sql, " WHERE (%s)", table->mapping->where);
        if (!keel_sqlite_int(running->transfer.workers[0].db, sql.data, &running->counted[i], &none, &ignored))
            running->counted[i] = -2;
    }
    return NULL;
}

/* About how many rows there will be, for the bar: rowids have few gaps as a rule. */
static uint64_t estimated_rows(const keel_plan *plan)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < plan->table_count; i++)
        for (size_t j = 0; plan->tables[i]->by_rowid && j < plan->tables[i]->slice_count; j++)
            rows += (uint64_t)plan->tables[i]->slices[j].high - (uint64_t)plan->tables[i]->slices[j].low + 1;
    return rows;
}

static bool load_data(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    double started = keel_seconds();

    keel_progress_phase(transfer->progress, "data", "rows",
                        transfer->selection == KEEL_SELECT_ALL ? estimated_rows(transfer->plan) : 0);
    bool loaded = keel_schedule_run(transfer, err);
    running->result->seconds = keel_seconds() - started;
    running->result->rows_per_second = (double)atomic_load(&transfer->loaded) / KEEL_MAX(running->result->seconds, 1e-9);
    return loaded;
}

static bool build(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    pthread_t counter;
    bool counts = transfer->selection == KEEL_SELECT_ALL;

    if (counts && pthread_create(&counter, NULL, count_source, running) != 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot start a thread");
    bool built = keel_build_after(transfer, &running->ddl, err);
    if (counts)
        pthread_join(counter, NULL);
    for (size_t i = 0; built && counts && i < transfer->plan->table_count; i++)
        if (running->counted[i] < 0)
            return keel_fail(err, KEEL_ERR_SOURCE, "cannot count \"%s\"", transfer->plan->tables[i]->source->name);
    return built;
}

static bool link_cycles(keel_transfer *transfer, keel_error *err)
{
    for (size_t i = 0; i < transfer->plan->table_count; i++)
        if (!keel_link_table(&transfer->workers[0], transfer->plan->tables[i], err))
            return false;
    return true;
}

/* A table of our own making is vacuumed on the way, which costs little as its pages are at hand: index-only scans find its
 * pages all visible, ours for the validation of foreign keys and later the application's. */
static void add_analyze(keel_running *running)
{
    for (size_t i = 0; i < running->transfer.plan->table_count; i++) {
        keel_plan_table *table = running->transfer.plan->tables[i];
        const char *relation = keel_plan_relation(running->transfer.plan, table);
        keel_ddl item = {.phase = KEEL_DDL_ANALYZE,
                         .table = table,
                         .object = table->source->name,
                         .sql = keel_arena_printf(running->arena, "%s %s",
                                                  table->create ? "VACUUM (ANALYZE, TRUNCATE false)" : "ANALYZE", relation)};
        keel_arena_push(running->arena, &running->ddl, item);
    }
}

static bool finish_run(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;

    keel_progress_phase(transfer->progress, "sequences, accounting", "steps", 0);
    if (!keel_sequences_set(transfer, err) || !keel_run_account(running, err))
        return false;
    running->result->exit_code = keel_report_exit_code(transfer->report);
    if (running->result->exit_code == 2)
        return keel_fail(err, KEEL_ERR_INTERNAL, "the accounting of run %lld does not add up", (long long)transfer->run);
    return keel_journal_run_finish(transfer->pg, transfer->run, "complete", running->result->exit_code, err);
}

static bool run_all(keel_running *running, keel_error *err)
{
    keel_transfer *transfer = &running->transfer;
    double started = keel_seconds();
    bool over = false;

    if (!open_both(running, err) || !keel_run_find(running, &over, err))
        return false;
    if (over)
        return true;
    if (!keel_workers_snapshot(transfer, running->options->source_path, err) ||
        !keel_sqlite_read_facts(transfer->db, &running->facts, err) || !make_plan(running, err) ||
        !begin_run(running, err))
        return false;
    running->result->run = transfer->run;
    if (!create_targets(running, err) || !keel_workers_open(transfer, err) ||
        !keel_interrupt_start(&running->interrupt, transfer, err) || !prepare_keys(running, err))
        return false;
    running->result->first_byte_seconds = keel_seconds() - started;
    add_analyze(running);
    return load_data(running, err) && link_cycles(transfer, err) && build(running, err) &&
           finish_run(running, err);
}

static void close_all(keel_running *running)
{
    keel_transfer *transfer = &running->transfer;

    keel_interrupt_stop(&running->interrupt);
    keel_workers_close(transfer);
    for (size_t i = 0; transfer->plan != NULL && i < transfer->plan->table_count; i++) {
        for (size_t j = 0; j < transfer->plan->tables[i]->keysets.count; j++)
            keel_keymap_free(transfer->plan->tables[i]->keysets.items[j].map);
        if (transfer->states != NULL)
            keel_vec_free(&transfer->states[i].base_rejects);
    }
    keel_pg_close(transfer->pg);
    keel_sqlite_close(transfer->db);
    pthread_mutex_destroy(&transfer->lock);
    pthread_cond_destroy(&transfer->changed);
}

/* Who reads the message of a run that stopped half way must learn that nothing has to be cleaned up. */
static void say_how_to_go_on(const keel_running *running, keel_error *err)
{
    char hint[sizeof err->hint];

    if (running->transfer.run == 0)
        return;
    if (strcmp(err->sqlstate, "57014") == 0 && keel_transfer_cancelled(&running->transfer, err))
        return;
    if (err->kind != KEEL_ERR_SERVER && err->kind != KEEL_ERR_CONNECT && err->kind != KEEL_ERR_SOURCE &&
        err->kind != KEEL_ERR_IO)
        return;
    size_t size = strlen(err->hint);
    snprintf(hint, sizeof hint, "%s", err->hint);
    keel_fail_hint(err, "%s%sWhat is committed is kept; run the same command again to go on.", hint,
                   size == 0 ? "" : hint[size - 1] == '.' ? " " : ". ");
}

bool keel_transfer_run(keel_arena *arena, const keel_run_options *options, keel_report *report, keel_progress *progress,
                       keel_run_result **ret_result, keel_error *err)
{
    keel_running running = {.arena = arena,
                            .options = options,
                            .transfer = {.report = report,
                                         .progress = progress,
                                         .cancel = options->cancel,
                                         .conninfo = options->conninfo,
                                         .jobs = default_jobs(options->jobs),
                                         .max_rejects = options->max_rejects,
                                         .lock = PTHREAD_MUTEX_INITIALIZER,
                                         .changed = PTHREAD_COND_INITIALIZER}};

    running.result = keel_arena_alloc(arena, sizeof *running.result);
    make_plan_options(options, false, &running.plan_options);
    bool done = run_all(&running, err);
    close_all(&running);
    if (!done) {
        say_how_to_go_on(&running, err);
        return false;
    }
    *ret_result = running.result;
    return true;
}
