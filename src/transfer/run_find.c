/* Which run a command is about: a new one, one to go on with, or one that is complete already. */
#include <stdlib.h>

#include "base/json_in.h"
#include "base/json_out.h"
#include "transfer/plan_options.h"
#include "transfer/run_inside.h"
#include "transfer/undo.h"

void keel_facts_json(const keel_sqlite_facts *facts, keel_str *out)
{
    keel_json json;

    keel_json_start(&json, out, false);
    keel_json_object(&json);
    keel_json_kv_int(&json, "bytes", facts->bytes);
    keel_json_kv_int(&json, "modified_ns", facts->modified_ns);
    keel_json_kv_int(&json, "change_counter", facts->change_counter);
    keel_json_kv_int(&json, "schema_cookie", facts->schema_cookie);
    keel_json_kv_int(&json, "wal_bytes", facts->wal_bytes);
    keel_json_end_object(&json);
}

/* The first line that differs, of two texts that do differ. */
static void first_difference(const char *old, const char *new, keel_str *out)
{
    int line = 1;

    while (*old != '\0' && *new != '\0' && strncmp(old, new, strcspn(old, "\n") + 1) == 0 &&
           strcspn(old, "\n") == strcspn(new, "\n")) {
        old += strcspn(old, "\n");
        new += strcspn(new, "\n");
        old += *old == '\n';
        new += *new == '\n';
        line++;
    }
    keel_str_addf(out, "line %d was \"%.*s\" and is \"%.*s\"", line, (int)KEEL_MIN(strcspn(old, "\n"), (size_t)120), old,
                  (int)KEEL_MIN(strcspn(new, "\n"), (size_t)120), new);
}

static void option_difference(keel_arena *arena, const char *old, const char *new, keel_str *out)
{
    keel_json_member *before = NULL, *after = NULL;
    size_t before_count = 0, after_count = 0;

    if (!keel_json_members(arena, old, &before, &before_count) || !keel_json_members(arena, new, &after, &after_count))
        return;
    for (size_t i = 0; i < after_count; i++) {
        const char *was = "unset";
        for (size_t j = 0; j < before_count; j++)
            if (strcmp(before[j].key, after[i].key) == 0)
                was = before[j].value;
        if (strcmp(was, after[i].value) != 0)
            keel_str_addf(out, "%s%s was %s and is %s", out->size > 0 ? "; " : "", after[i].key, was, after[i].value);
    }
    for (size_t j = 0; j < before_count; j++) {
        bool still = false;
        for (size_t i = 0; i < after_count; i++)
            still = still || strcmp(before[j].key, after[i].key) == 0;
        if (!still)
            keel_str_addf(out, "%s%s was %s and is unset", out->size > 0 ? "; " : "", before[j].key, before[j].value);
    }
}

/* "" if the command says the same as the run did. jsonb reorders members, so options are compared member by member. */
static void difference(keel_running *running, const keel_run *run, keel_str *out)
{
    KEEL_CLEANUP(keel_str_free) keel_str options = {0};

    keel_plan_options_to_json(&running->plan_options, &options);
    option_difference(running->arena, run->options, options.data, out);
    if (strcmp(run->mapping, running->mapping->text) == 0)
        return;
    keel_str_add(out, out->size > 0 ? "; mapping " : "mapping ");
    first_difference(run->mapping, running->mapping->text, out);
}

static bool is_alive(const keel_run *run)
{
    return strcmp(run->state, "running") == 0 || strcmp(run->state, "complete") == 0 || strcmp(run->state, "undoing") == 0;
}

/* The newest plain copy of this source that has not been undone. */
static keel_run *earlier_run(const keel_running *running, keel_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_alive(&runs[i]) && strcmp(runs[i].mode, "copy") == 0 && strcmp(runs[i].source, running->source) == 0)
            return &runs[i];
    return NULL;
}

static bool undo_and_abandon(keel_running *running, const keel_run *run, keel_error *err)
{
    keel_undo_options undo = {.conninfo = running->options->conninfo,
                              .run = run->run,
                              .jobs = running->transfer.jobs,
                              .cancel = running->options->cancel};
    keel_undo_result *result = NULL;

    if (!keel_transfer_undo(running->arena, &undo, running->transfer.report, running->transfer.progress, &result, err))
        return keel_fail_context(err, "undo run %lld for --restart", (long long)run->run);
    if (!result->complete) {
        keel_fail(err, KEEL_ERR_DATA, "run %lld could not be undone whole: rows changed since are in the way",
                  (long long)run->run);
        return keel_fail_hint(err, "Look at `pgkeel transfer undo %lld --dry-run`.", (long long)run->run);
    }
    return true;
}

static bool report_complete(keel_running *running, const keel_run *run, keel_error *err)
{
    keel_run_result *result = running->result;

    result->run = run->run;
    result->already_complete = true;
    result->exit_code = run->exit_code > 0 ? run->exit_code : 0;
    if (!keel_journal_run_tables(running->transfer.pg, running->arena, run->run, &result->tables, &result->table_count, err))
        return false;
    for (size_t i = 0; i < result->table_count; i++)
        result->rows += result->tables[i].inserted;
    return true;
}

static bool refuse_changed(const keel_run *run, const char *difference, keel_error *err)
{
    bool running = strcmp(run->state, "running") == 0;

    keel_fail(err, KEEL_ERR_CHANGED, "run %lld of this source is %s, under another plan: %s", (long long)run->run,
              running ? "unfinished" : "complete", difference);
    if (running)
        return keel_fail_hint(err, "Go on with the old plan, or say --restart to undo that run and begin again.");
    return keel_fail_hint(err, "Undo it first (`pgkeel transfer undo %lld`), or say --again to copy anew beside it.",
                          (long long)run->run);
}

static bool find_base(keel_running *running, int64_t number, keel_run *runs, size_t count, keel_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (runs[i].run == number)
            running->base = &runs[i];
    if (running->base == NULL)
        return keel_fail(err, KEEL_ERR_USAGE, "the journal knows no run %lld", (long long)number) ||
               keel_fail_hint(err, "`pgkeel transfer list` shows them.");
    if (strcmp(running->base->state, "complete") != 0)
        return keel_fail(err, KEEL_ERR_USAGE, "run %lld is not complete (it is %s)", (long long)number, running->base->state);
    const char *mode = running->options->retry_rejects > 0 ? "retry" : "new";
    for (size_t i = 0; i < count; i++) /* an unfinished one of the same kind goes on */
        if (runs[i].base_run == number && strcmp(runs[i].mode, mode) == 0 && strcmp(runs[i].state, "running") == 0)
            running->earlier = &runs[i];
    running->transfer.base_run = number;
    running->transfer.selection = running->options->retry_rejects > 0 ? KEEL_SELECT_REJECTS : KEEL_SELECT_NEW;
    int64_t tables_of = running->earlier != NULL ? running->earlier->run : number;
    return keel_journal_run_tables(running->transfer.pg, running->arena, tables_of, &running->journalled,
                                   &running->journalled_count, err);
}

static bool resume(keel_running *running, keel_run *run, keel_error *err)
{
    running->earlier = run;
    return keel_journal_run_tables(running->transfer.pg, running->arena, run->run, &running->journalled,
                                   &running->journalled_count, err);
}

bool keel_run_find(keel_running *running, bool *ret_over, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str changed = {0};
    keel_run *runs = NULL;
    size_t count = 0;
    int64_t base = running->options->retry_rejects > 0 ? running->options->retry_rejects : running->options->new_rows;

    *ret_over = false;
    if (!keel_journal_runs(running->transfer.pg, running->arena, &runs, &count, err))
        return false;
    running->newest_seen = count > 0 ? runs[0].run : 0;
    if (base > 0)
        return find_base(running, base, runs, count, err);
    keel_run *run = earlier_run(running, runs, count);
    if (run == NULL)
        return true;
    bool unfinished = strcmp(run->state, "running") == 0;
    if (running->options->restart && unfinished)
        return undo_and_abandon(running, run, err);
    if (running->options->again && !unfinished)
        return true;
    if (strcmp(run->state, "undoing") == 0) {
        keel_fail(err, KEEL_ERR_CHANGED, "run %lld of this source is half undone", (long long)run->run);
        return keel_fail_hint(err, "Finish it first: pgkeel transfer undo %lld", (long long)run->run);
    }
    difference(running, run, &changed);
    if (changed.size > 0)
        return refuse_changed(run, changed.data, err);
    if (unfinished)
        return resume(running, run, err);
    *ret_over = true;
    return report_complete(running, run, err);
}

static const char *columns_json(keel_arena *arena, const keel_plan_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str out = {0};
    keel_json json;

    keel_json_start(&json, &out, false);
    keel_json_array(&json);
    for (size_t i = 0; i < table->columns.count; i++) {
        keel_json_object(&json);
        keel_json_kv_text(&json, "source", table->columns.items[i].source);
        keel_json_kv_text(&json, "target", table->columns.items[i].target);
        keel_json_kv_text(&json, "type", table->columns.items[i].type->name);
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    return keel_arena_strdup(arena, out.data);
}

static bool add_table(keel_running *running, const keel_plan_table *table, keel_error *err)
{
    keel_run_table record = {
        .table = table->number,
        .source = table->source->name,
        .schema = table->schema,
        .name = table->name,
        .keys = table->remap ? "remap" : "keep",
        .created = table->create,
        .had_rows = table->target_had_rows,
        .by_rowid = table->by_rowid,
        .source_rows = -1,
        .key_column = table->key_column >= 0 ? table->columns.items[table->key_column].target : NULL,
        .columns = columns_json(running->arena, table),
        .slice_count = table->slice_count,
    };

    record.slices = keel_arena_alloc(running->arena, (table->slice_count * 2 + 1) * sizeof(int64_t));
    for (size_t i = 0; i < table->slice_count; i++) {
        record.slices[2 * i] = table->slices[i].low;
        record.slices[2 * i + 1] = table->slices[i].high;
    }
    return keel_journal_run_table_add(running->transfer.pg, running->transfer.run, &record, err);
}

static bool insert_run(keel_running *running, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str facts = {0};
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    KEEL_CLEANUP(keel_str_free) keel_str options = {0};
    keel_run *runs = NULL;
    size_t count = 0;

    if (!keel_pg_exec(running->transfer.pg, err, "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(1801807212, 0)") ||
        !keel_journal_runs(running->transfer.pg, running->arena, &runs, &count, err))
        return false;
    const keel_run *other = running->base == NULL ? earlier_run(running, runs, count) : NULL;
    if (other != NULL && (strcmp(other->state, "running") == 0 || other->run > running->newest_seen)) {
        keel_fail(err, KEEL_ERR_LOCKED, "run %lld of this source has been started in this moment", (long long)other->run);
        return keel_fail_hint(err, "Wait for it to end; `pgkeel transfer list` shows its progress.");
    }
    keel_facts_json(&running->facts, &facts);
    keel_pg_target_name(running->transfer.pg, &target);
    keel_plan_options_to_json(&running->plan_options, &options);
    keel_run run = {.base_run = running->transfer.base_run,
                    .mode = running->transfer.selection == KEEL_SELECT_ALL       ? "copy"
                            : running->transfer.selection == KEEL_SELECT_REJECTS ? "retry"
                                                                                 : "new",
                    .source = running->source,
                    .source_facts = facts.data,
                    .target = target.data,
                    .mapping_file = running->mapping->file,
                    .mapping = running->mapping->text,
                    .options = options.data};
    if (!keel_journal_run_create(running->transfer.pg, &run, &running->transfer.run, err) ||
        !keel_journal_run_lock(running->transfer.pg, running->transfer.run, err))
        return false;
    for (size_t i = 0; i < running->transfer.plan->table_count; i++)
        if (!add_table(running, running->transfer.plan->tables[i], err))
            return false;
    return keel_pg_exec(running->transfer.pg, err, "COMMIT");
}

bool keel_run_create(keel_running *running, keel_error *err)
{
    if (insert_run(running, err))
        return true;
    keel_pg_rollback(running->transfer.pg);
    return false;
}
