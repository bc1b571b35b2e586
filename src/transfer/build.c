/* Statements before and after the rows: tables first; then indexes and statistics, foreign keys NOT VALID, and their
 * validation, each step in one transaction with its journal row. */
#include "base/fault.h"
#include "transfer/build_inside.h"

/* The name of a step in the journal: its place among the statements of its phase, which the source alone decides. */
void keel_build_step_name(const keel_ddl_list *list, size_t index, char *name, size_t size)
{
    static const char *const phases[] = {"table", "index", "foreign key", "validate", "analyze"};
    size_t place = 0;

    for (size_t i = 0; i < index; i++)
        place += list->items[i].phase == list->items[index].phase && list->items[i].table == list->items[index].table;
    snprintf(name, size, "%s %d.%zu", phases[list->items[index].phase], list->items[index].table->number, place);
}

bool keel_build_step(keel_transfer *transfer, keel_pg *pg, const char *step, const char *sql, keel_error *err)
{
    if (!keel_pg_exec(pg, err, "BEGIN; SET LOCAL lock_timeout = '10s'") || !keel_pg_exec(pg, err, sql) ||
        !keel_journal_step_record(pg, transfer->run, step, sql, err) || !keel_fault("transfer.before_step") ||
        !keel_pg_exec(pg, err, "COMMIT")) {
        keel_pg_rollback(pg);
        return false;
    }
    (void)keel_fault("transfer.after_step");
    return true;
}

bool keel_build_tables(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        char step[64];
        bool done = false;
        if (list->items[i].phase != KEEL_DDL_TABLE)
            continue;
        keel_build_step_name(list, i, step, sizeof step);
        if (!keel_journal_step_done(transfer->pg, transfer->run, step, &done, err))
            return false;
        if (!done && !keel_build_step(transfer, transfer->pg, step, list->items[i].sql, err))
            return keel_fail_context(err, "create %s", list->items[i].object);
    }
    return true;
}

static uint64_t count_phase(const keel_ddl_list *list, keel_ddl_phase phase)
{
    uint64_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].phase == phase;
    return count;
}

/* Rows whose parents have gone must go before the keys are enforced, or taking out a parent would be refused later. */
static bool evict_orphans(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    int64_t moved = 1;

    while (moved > 0) {
        moved = 0;
        for (size_t i = 0; i < list->count; i++) {
            int64_t rows = 0;
            if (list->items[i].phase != KEEL_DDL_FOREIGN_KEY)
                continue;
            if (!keel_evict(transfer, transfer->pg, &list->items[i], &rows, err))
                return false;
            moved += rows;
        }
    }
    return true;
}

/* Rows may have been moved out by a process that died before it looked for their children. */
static bool moved_before(keel_transfer *transfer, bool *ret_moved, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT 1 FROM pgkeel.chunk WHERE run = %lld AND kind = '%c' LIMIT 1", (long long)transfer->run,
                  KEEL_CHUNK_EVICT);
    if (!keel_pg_query(transfer->pg, &result, err, sql.data, 0, NULL))
        return false;
    *ret_moved = keel_pg_rows(result) > 0;
    return true;
}

static bool has_cycles(const keel_plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->cyclic)
            return true;
    return false;
}

/* JIT would compile the query that validates a foreign key for longer than it runs. No parallel workers: the jobs keep
 * the processors busy with a build each. */
static const char session_sql[] = "SET max_parallel_maintenance_workers = 0; SET jit = off; SET vacuum_cost_delay = 0";

bool keel_build_after(keel_transfer *transfer, const keel_ddl_list *list, keel_error *err)
{
    bool moved = false;

    for (int i = 0; i < transfer->jobs; i++)
        if (!keel_pg_exec(transfer->workers[i].pg, err, session_sql))
            return false;
    keel_progress_phase(transfer->progress, "indexes, statistics", "steps",
                        count_phase(list, KEEL_DDL_INDEX) + count_phase(list, KEEL_DDL_ANALYZE));
    if (!keel_build_phase(transfer, list, KEEL_DDL_INDEX, err))
        return false;
    if (!moved_before(transfer, &moved, err))
        return false;
    if ((moved || (has_cycles(transfer->plan) && atomic_load(&transfer->rejected) > 0)) &&
        !evict_orphans(transfer, list, err))
        return false;
    keel_progress_phase(transfer->progress, "foreign keys", "steps",
                        count_phase(list, KEEL_DDL_FOREIGN_KEY) + count_phase(list, KEEL_DDL_VALIDATE));
    for (size_t i = 0; i < list->count; i++) {
        char step[64];
        bool done = false;
        if (list->items[i].phase != KEEL_DDL_FOREIGN_KEY)
            continue;
        keel_build_step_name(list, i, step, sizeof step);
        if (!keel_journal_step_done(transfer->pg, transfer->run, step, &done, err))
            return false;
        if (!done && !keel_build_step(transfer, transfer->pg, step, list->items[i].sql, err))
            return keel_fail_context(err, "add %s", list->items[i].object);
        keel_progress_add(transfer->progress, 1);
    }
    return keel_build_phase(transfer, list, KEEL_DDL_VALIDATE, err);
}
