/* The end of a run: every source row is inserted, merged or rejected, or the run fails; and what the columns saw is said. */
#include "transfer/run_inside.h"

static bool account_table(keel_running *running, const keel_run_table *table, int64_t counted)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    bool balanced = table->read == table->inserted + table->merged + table->rejected &&
                    (counted < 0 || counted == table->inserted + table->merged + table->rejected);

    keel_report_check(running->transfer.report, "transfer.accounting", balanced ? KEEL_CHECK_PASSED : KEEL_CHECK_FAILED);
    if (balanced)
        return true;
    keel_str_addf(&evidence, "{\"source\": %lld, \"read\": %lld, \"inserted\": %lld, \"merged\": %lld, \"rejected\": %lld}",
                  (long long)counted, (long long)table->read, (long long)table->inserted, (long long)table->merged,
                  (long long)table->rejected);
    keel_report_addf(running->transfer.report, KEEL_CRITICAL, "transfer.accounting", table->source, evidence.data,
                     "Undo the run and report this as a defect of pgkeel.",
                     "the source has %lld rows, but %lld were inserted, %lld merged and %lld rejected", (long long)counted,
                     (long long)table->inserted, (long long)table->merged, (long long)table->rejected);
    return false;
}

static const char notes_sql[] =
    "SELECT c.tbl, col.key, n.key, sum(n.value::bigint) FROM pgkeel.chunk c,"
    " LATERAL pg_catalog.jsonb_each(c.notes -> 'columns') col, LATERAL pg_catalog.jsonb_each_text(col.value) n"
    " WHERE c.run = $1::bigint AND c.notes IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

static bool is_class(const char *note)
{
    for (int class = 0; class < KEEL_CELL_CLASSES; class++)
        if (strcmp(note, keel_cell_class_name((keel_cell_class)class)) == 0)
            return true;
    return false;
}

/* What a policy or a stated reading did to values, in words. */
static void report_note(keel_report *report, const char *object, const char *note, int64_t count)
{
    static const struct {
        const char *note, *check, *text, *remedy;
        keel_severity severity;
    } known[] = {
        {"naive_as_utc", "convert.naive_time", "times without a zone were read as UTC",
         "Say time_zone: in the mapping if they are local.", KEEL_WARNING},
        {"rounded", "convert.rounded", "values were rounded, as the mapping allows", NULL, KEEL_INFO},
        {"nulled", "convert.nulled", "values that do not fit became NULL, as the mapping says", NULL, KEEL_WARNING},
        {"defaulted", "convert.defaulted", "values that do not fit became the default, as the mapping says", NULL, KEEL_WARNING},
        {"new_uuids", "convert.new_uuid", "values that are no UUID became new ones, as the mapping says", NULL, KEEL_WARNING},
        {"duplicate_keys", "convert.duplicate_keys", "JSON objects lost repeated keys, as the mapping allows", NULL, KEEL_WARNING},
        {"empty_as_null", "convert.empty_as_null", "empty texts became NULL, as the mapping says", NULL, KEEL_INFO},
        {"orphans_nulled", "convert.orphan_nulled", "references to rows that do not exist became NULL, as the mapping says", NULL,
         KEEL_WARNING},
    };
    char evidence[48];

    snprintf(evidence, sizeof evidence, "{\"rows\": %lld}", (long long)count);
    for (size_t i = 0; i < KEEL_COUNT_OF(known); i++)
        if (strcmp(known[i].note, note) == 0)
            keel_report_addf(report, known[i].severity, known[i].check, object, evidence, known[i].remedy, "%lld %s",
                             (long long)count, known[i].text);
}

/* Rows of one column stand together in the result: classes are collected into one finding. */
static int report_column(keel_running *running, const keel_pg_result *notes, int row)
{
    KEEL_CLEANUP(keel_str_free) keel_str object = {0};
    KEEL_CLEANUP(keel_str_free) keel_str classes = {0};
    const keel_plan *plan = running->transfer.plan;
    const keel_plan_table *table = NULL;
    int first = row;
    bool unexpected = false;

    for (size_t i = 0; i < plan->table_count; i++)
        if (plan->tables[i]->number == (int)keel_pg_int(notes, row, 0))
            table = plan->tables[i];
    int at = table != NULL ? keel_plan_column_by_source(table, keel_pg_text(notes, row, 1)) : -1;
    if (table != NULL)
        keel_str_addf(&object, "%s(%s)", table->source->name, keel_pg_text(notes, row, 1));
    for (; row < keel_pg_rows(notes) && keel_pg_int(notes, row, 0) == keel_pg_int(notes, first, 0) &&
           strcmp(keel_pg_text(notes, row, 1), keel_pg_text(notes, first, 1)) == 0;
         row++) {
        const char *note = keel_pg_text(notes, row, 2);
        if (at < 0)
            continue;
        if (!is_class(note)) {
            report_note(running->transfer.report, object.data, note, keel_pg_int(notes, row, 3));
            continue;
        }
        keel_str_addf(&classes, "%s\"%s\": %lld", classes.size > 0 ? ", " : "{", note, (long long)keel_pg_int(notes, row, 3));
        unexpected = unexpected || !keel_plan_expects(&table->columns.items[at], note);
    }
    if (unexpected) {
        keel_str_add(&classes, "}");
        keel_report_addf(running->transfer.report, KEEL_WARNING, "source.class_mismatch", object.data, classes.data, NULL,
                         "declared %s, but its cells are %s",
                         table->columns.items[at].source_column->type[0] != '\0' ? table->columns.items[at].source_column->type
                                                                                 : "without a type",
                         classes.data);
    }
    return row;
}

static bool report_notes(keel_running *running, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *notes = NULL;
    char run[24];
    const char *params[] = {run};

    snprintf(run, sizeof run, "%lld", (long long)running->transfer.run);
    if (!keel_pg_query(running->transfer.pg, &notes, err, notes_sql, 1, params))
        return keel_fail_context(err, "read the journal");
    for (int row = 0; row < keel_pg_rows(notes);)
        row = report_column(running, notes, row);
    return true;
}

static bool report_merged(keel_running *running, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;
    char run[24], evidence[48];
    const char *params[] = {run};

    snprintf(run, sizeof run, "%lld", (long long)running->transfer.run);
    if (!keel_pg_query(running->transfer.pg, &result, err,
                       "SELECT t.source, sum((c.notes ->> 'merged_different')::bigint) FROM pgkeel.chunk c"
                       " JOIN pgkeel.run_table t USING (run, tbl) WHERE c.run = $1::bigint"
                       " AND c.notes ? 'merged_different' GROUP BY 1 ORDER BY 1",
                       1, params))
        return keel_fail_context(err, "read the journal");
    for (int row = 0; row < keel_pg_rows(result); row++) {
        snprintf(evidence, sizeof evidence, "{\"rows\": %s}", keel_pg_text(result, row, 1));
        keel_report_addf(running->transfer.report, KEEL_WARNING, "transfer.merged_different", keel_pg_text(result, row, 0),
                         evidence, "The target's values stand; look at them with `pgkeel transfer verify`.",
                         "%s rows merged into rows of the target whose other columns differ", keel_pg_text(result, row, 1));
    }
    return true;
}

static void report_rejects(keel_running *running)
{
    const keel_run_result *result = running->result;
    char evidence[48];

    for (size_t i = 0; i < result->table_count; i++) {
        if (result->tables[i].rejected == 0)
            continue;
        snprintf(evidence, sizeof evidence, "{\"rows\": %lld}", (long long)result->tables[i].rejected);
        keel_report_addf(running->transfer.report, KEEL_ERROR, "transfer.rejects", result->tables[i].source, evidence,
                         "See them with `pgkeel transfer rejects`; repair the source or the mapping, then"
                         " `pgkeel transfer run --retry-rejects RUN`.",
                         "%lld of %lld rows were rejected", (long long)result->tables[i].rejected,
                         (long long)result->tables[i].read);
    }
}

/* Rejects that this run has loaded after all are no longer open. */
static bool resolve_rejects(keel_running *running, keel_error *err)
{
    if (running->transfer.selection != KEEL_SELECT_REJECTS)
        return true;
    return keel_pg_execf(running->transfer.pg, err,
                         "UPDATE pgkeel.reject r SET resolved_by = %lld WHERE r.run = %lld AND r.resolved_by IS NULL"
                         " AND r.tbl IN (SELECT tbl FROM pgkeel.run_table WHERE run = %lld)",
                         (long long)running->transfer.run, (long long)running->transfer.base_run,
                         (long long)running->transfer.run);
}

bool keel_run_account(keel_running *running, keel_error *err)
{
    keel_run_result *result = running->result;
    keel_transfer *transfer = &running->transfer;

    if (!keel_journal_run_tables(transfer->pg, running->arena, transfer->run, &result->tables, &result->table_count, err))
        return false;
    for (size_t i = 0; i < result->table_count; i++) {
        int64_t counted = -1;
        for (size_t j = 0; j < transfer->plan->table_count; j++)
            if (transfer->plan->tables[j]->number == result->tables[i].table)
                counted = running->counted[j];
        if (counted < 0)
            counted = result->tables[i].read;
        result->tables[i].source_rows = counted;
        result->rows += result->tables[i].inserted;
        if (!account_table(running, &result->tables[i], counted))
            continue;
        if (!keel_journal_run_table_counted(transfer->pg, transfer->run, result->tables[i].table, counted, err))
            return false;
    }
    report_rejects(running);
    return resolve_rejects(running, err) && report_notes(running, err) && report_merged(running, err);
}
