/* What is verified: the run and those it builds on, or a mapping; and the plan, made again as the
 * run made it. */
#include "transfer/plan_options.h"
#include "transfer/verify_inside.h"

static bool without_journal(const keel_verify_options *options)
{
    return options->by_mapping || (options->mapping_file != NULL && options->run == 0);
}

static bool no_run(const keel_verify *v, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};

    keel_pg_target_name(v->pg, &target);
    if (v->options->run != 0)
        keel_fail(err, KEEL_ERR_USAGE, "the journal in %s has no run %lld", keel_str_text(&target),
                  (long long)v->options->run);
    else
        keel_fail(err, KEEL_ERR_USAGE, "no run is journalled in %s", keel_str_text(&target));
    return keel_fail_hint(
        err,
        "`pgkeel transfer list` shows the runs; a source and a mapping file compare two databases"
        " without a journal.");
}

static bool check_state(const keel_run *run, keel_error *err)
{
    if (!keel_streq(run->state, "undone") && !keel_streq(run->state, "undoing"))
        return true;
    keel_fail(err, KEEL_ERR_DATA, "run %lld is %s: there is nothing of it to verify",
              (long long)run->run, run->state);
    return keel_fail_hint(err, "Name another run; `pgkeel transfer list` shows them.");
}

/* The run and, for one that retries rejects or adds new rows, the runs it builds on. */
static bool load_chain(keel_verify *v, keel_run *run, keel_error *err)
{
    struct {
        int64_t *items;
        size_t count, capacity;
    } chain = {0};

    v->run = run;
    for (;;) {
        keel_arena_push(v->arena, &chain, run->run);
        if (run->base_run == 0 || run->base_run >= run->run)
            break;
        int64_t base = run->base_run;
        if (!keel_journal_run_load(v->pg, v->arena, base, &run, err))
            return false;
        if (run == NULL)
            return keel_fail(err, KEEL_ERR_DATA,
                             "run %lld builds on run %lld, which the journal does not know",
                             (long long)v->run->run, (long long)base);
        if (!check_state(run, err))
            return false;
    }
    v->chain = chain.items;
    v->chain_count = chain.count;
    return true;
}

static bool find_journalled(keel_verify *v, keel_error *err)
{
    keel_run *run = NULL;

    if (!keel_journal_run_load(v->pg, v->arena, v->options->run, &run, err))
        return false;
    if (run == NULL)
        return no_run(v, err);
    if (!check_state(run, err) || !load_chain(v, run, err))
        return false;
    if (v->source_path == NULL)
        v->source_path = run->source;
    return true;
}

static const char snapshot_sql[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

bool keel_verify_find_run(keel_verify *v, keel_error *err)
{
    v->source_path = v->options->source_path;
    if (!keel_pg_open(v->options->conninfo, "transfer verify", &v->pg, err) ||
        !keel_pg_exec(v->pg, err, snapshot_sql))
        return false;
    if (!without_journal(v->options))
        return find_journalled(v, err);
    if (v->source_path == NULL)
        return keel_fail(err, KEEL_ERR_USAGE,
                         "a comparison without a journal needs to be told its source");
    return true;
}

/* Without a journal keys are as they are, whatever the mapping says about the way they were to be
 * transferred. */
static void plain_keys(keel_mapping *mapping)
{
    for (size_t i = 0; i < mapping->tables.count; i++) {
        mapping->tables.items[i].keys = KEEL_KEYS_KEEP;
        mapping->tables.items[i].match.count = 0;
    }
}

static bool read_mapping(keel_verify *v, keel_mapping **ret_mapping, keel_error *err)
{
    if (v->run == NULL) {
        if (!keel_mapping_read(v->arena, v->options->mapping_file, ret_mapping, err))
            return false;
        plain_keys(*ret_mapping);
        return true;
    }
    if (v->run->mapping == NULL || v->run->mapping[0] == '\0')
        return keel_mapping_read(v->arena, NULL, ret_mapping, err);
    return keel_mapping_read_text(v->arena, v->run->mapping_file, v->run->mapping, ret_mapping,
                                  err);
}

/* Of what the plan says about a transfer, this keeps a comparison from being complete. */
static void pass_on(keel_verify *v, const keel_report *planned)
{
    static const char *const wanted[] = {"target.no_table", "target.no_column",
                                         "target.not_a_table", "plan.two_into_one",
                                         "plan.no_column"};

    for (size_t i = 0; i < keel_report_count(planned); i++) {
        keel_finding finding = *keel_report_at(planned, i);
        for (size_t j = 0; j < KEEL_COUNT_OF(wanted); j++) {
            if (!keel_streq(finding.check, wanted[j]))
                continue;
            finding.severity = KEEL_ERROR;
            finding.remedy = NULL;
            keel_report_add(v->report, &finding);
        }
    }
}

static bool plan_options(keel_verify *v, keel_plan_options *options, keel_error *err)
{
    *options = (keel_plan_options){.source_path = v->source_path};
    if (v->run != NULL)
        return keel_plan_options_from_json(v->arena, v->run->options, options, err);
    options->schema = v->options->schema;
    options->only = v->options->only;
    options->keys = KEEL_KEYS_KEEP;
    options->no_create = true;
    return true;
}

/* Whether new keys are numbers or uuids: as the run decided once its tables stood. */
static void find_key_sequences(keel_plan *plan)
{
    for (size_t i = 0; i < plan->table_count; i++) {
        keel_plan_table *table = plan->tables[i];
        const keel_pg_column *key =
            table->key_column >= 0 ? table->columns.items[table->key_column].target_column : NULL;
        if (table->remap && key != NULL)
            table->key_sequence = key->sequence;
    }
}

bool keel_verify_plan(keel_verify *v, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *planned = keel_report_create();
    keel_plan_options options;
    keel_mapping *mapping = NULL;
    keel_run_table *tables = NULL;
    size_t count = 0;

    if (!plan_options(v, &options, err) || !read_mapping(v, &mapping, err))
        return false;
    if (v->run != NULL &&
        !keel_journal_run_tables(v->pg, v->arena, v->run->run, &tables, &count, err))
        return false;
    if (!keel_plan_make(v->arena, v->db, v->pg, &options, mapping, tables, count, planned, &v->plan,
                        err))
        return false;
    find_key_sequences(v->plan);
    pass_on(v, planned);
    return true;
}

bool keel_verify_table_number(
    keel_verify *v, int64_t run, const char *source, int *ret_number, keel_error *err)
{
    keel_run_table *tables = NULL;
    size_t count = 0;

    if (!keel_journal_run_tables(v->pg, v->arena, run, &tables, &count, err))
        return false;
    *ret_number = -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].source, source) == 0)
            *ret_number = tables[i].table;
    return true;
}
