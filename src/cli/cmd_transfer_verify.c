/* pgkeel transfer verify: every row of both sides read again and compared. */
#include "cli/transfer_options.h"
#include "transfer/verify.h"

typedef struct verify_options {
    const char *from, *file, *schema, *table;
    int64_t jobs, limit;
    bool by_mapping;
} verify_options;

static void show(keel_cli *cli, const keel_verify_result *result)
{
    if (result->run > 0)
        keel_cli_print(cli, "Run %lld: ", (long long)result->run);
    keel_cli_print(cli, "%s rows compared, %s differences\n", keel_cli_count(cli, result->rows),
                   keel_cli_count(cli, result->differences));
    keel_cli_print(cli, "  %-28s %12s %12s %9s %9s %9s %9s %9s %9s\n", "table", "source", "compared", "different", "missing",
                   "extra", "changed", "merged", "rejected");
    for (size_t i = 0; i < result->table_count; i++) {
        const keel_verify_table *t = &result->tables[i];
        keel_cli_print(cli, "  %-28s %12s %12s %9s %9s %9s %9s %9s %9s\n", t->source, keel_cli_count(cli, t->source_rows),
                       keel_cli_count(cli, t->compared), keel_cli_count(cli, t->different), keel_cli_count(cli, t->missing),
                       keel_cli_count(cli, t->extra), keel_cli_count(cli, t->changed_since), keel_cli_count(cli, t->merged),
                       keel_cli_count(cli, t->rejected));
    }
}

static void write_result(keel_cli *cli, const keel_verify_result *result)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "run", result->run);
    keel_json_key(&json, "tables");
    keel_json_array(&json);
    for (size_t i = 0; i < result->table_count; i++) {
        const keel_verify_table *t = &result->tables[i];
        keel_json_object(&json);
        keel_json_kv_text(&json, "table", t->source);
        keel_json_kv_text(&json, "target", t->target);
        keel_json_kv_int(&json, "source_rows", t->source_rows);
        keel_json_kv_int(&json, "compared", t->compared);
        keel_json_kv_int(&json, "different", t->different);
        keel_json_kv_int(&json, "missing", t->missing);
        keel_json_kv_int(&json, "extra", t->extra);
        keel_json_kv_int(&json, "changed_since", t->changed_since);
        keel_json_kv_int(&json, "merged", t->merged);
        keel_json_kv_int(&json, "rejected", t->rejected);
        keel_json_kv_real(&json, "seconds", t->seconds);
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    keel_json_kv_int(&json, "rows", result->rows);
    keel_json_kv_int(&json, "differences", result->differences);
    keel_json_end_object(&json);
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const verify_options *given = cli->options;
    keel_verify_options options = {.mapping_file = given->file,
                                   .by_mapping = given->by_mapping || given->file != NULL,
                                   .schema = given->schema,
                                   .only = keel_cli_list(cli, given->table),
                                   .jobs = (int)given->jobs,
                                   .limit = given->limit,
                                   .cancel = keel_cli_cancel_flag()};
    keel_verify_result *result = NULL;
    keel_error err = {0};

    if (!keel_cli_run_number(argc, argv, &options.run, &err) ||
        ((given->from != NULL || options.by_mapping) && !keel_cli_source(given->from, &options.source_path, &err)) ||
        !keel_cli_transfer_database(cli, NULL, &options.conninfo, &err) ||
        !keel_transfer_verify(cli->arena, &options, cli->report, keel_cli_progress(cli), &result, &err))
        return keel_cli_fail(cli, &err);
    show(cli, result);
    write_result(cli, result);
    return result->differences > 0 ? 1 : 0;
}

static const keel_option options[] = {
    KEEL_TEXT_OPTION(verify_options, from, "from", 0, "sqlite:PATH", "the source (default: where the journal says it was)"),
    KEEL_FLAG_OPTION(verify_options, by_mapping, "by-name", 0, "compare without a journal, tables and columns by name"),
    KEEL_TEXT_OPTION(verify_options, file, "file", 'f', "FILE", "compare without a journal, by this mapping"),
    KEEL_TEXT_OPTION(verify_options, schema, "schema", 0, "NAME", "with --by-name or --file: where the tables are"),
    KEEL_TEXT_OPTION(verify_options, table, "table", 't', "NAME[,NAME]", "only these source tables"),
    KEEL_INT_OPTION(verify_options, jobs, "jobs", 'j', "N", 1, 64, "workers (default 2)"),
    KEEL_INT_OPTION(verify_options, limit, "limit", 'n', "N", 1, 1000000, "differences shown; all are counted (default 20)"),
};
static const verify_options defaults = {.jobs = 2, .limit = KEEL_VERIFY_LIMIT};

static const keel_example examples[] = {
    {"pgkeel transfer verify --db postgresql:///app", "the last run, against its source"},
    {"pgkeel transfer verify --from sqlite:chinook.db --file twin.yaml --db postgresql:///chinook",
     "a database that something else has loaded"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_verify = {
    .name = "transfer verify",
    .summary = "compare every row of the source with what stands in the target",
    .usage = "[RUN] [--db URL] [--from sqlite:PATH] [options]",
    .help = "Reads both sides again, in one consistent version each, and compares value by value, by decoding what the server returns: "
            "the code that wrote the rows has no say. Also checked: the accounting, orphans, unique keys, the key map, sequences.\n\n"
            "A row that was changed in the target since the copy is INFO; a row that differs is an ERROR (exit 1), with table, key, "
            "column and both values.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(verify_options),
    .defaults = &defaults,
    .max_words = 1,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
