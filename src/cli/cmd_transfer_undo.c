/* pgkeel transfer undo: exactly the run's rows go, children first. */
#include "cli/transfer_options.h"
#include "transfer/undo.h"

typedef struct undo_options {
    const char *table;
    bool dry_run, force;
    int64_t jobs;
} undo_options;

static void show(keel_cli *cli, const keel_undo_result *result, bool dry_run)
{
    keel_cli_print(cli, "Run %lld: %s rows %s%s\n", (long long)result->run, keel_cli_count(cli, result->rows),
                   dry_run ? "would be removed" : "removed", result->complete ? "" : "; some were kept");
    keel_cli_print(cli, "  %-36s %12s %12s %10s %10s %10s\n", "table", "inserted", "removed", "gone", "changed", "referenced");
    for (size_t i = 0; i < result->table_count; i++) {
        const keel_undo_table *t = &result->tables[i];
        keel_cli_print(cli, "  %-36s %12s %12s %10s %10s %10s%s\n", t->target, keel_cli_count(cli, t->inserted),
                       keel_cli_count(cli, t->deleted), keel_cli_count(cli, t->gone), keel_cli_count(cli, t->kept_changed),
                       keel_cli_count(cli, t->kept_referenced), t->dropped ? "  table dropped" : "");
    }
}

static void write_result(keel_cli *cli, const keel_undo_result *result)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "run", result->run);
    keel_json_kv_bool(&json, "complete", result->complete);
    keel_json_key(&json, "tables");
    keel_json_array(&json);
    for (size_t i = 0; i < result->table_count; i++) {
        const keel_undo_table *t = &result->tables[i];
        keel_json_object(&json);
        keel_json_kv_text(&json, "table", t->source);
        keel_json_kv_text(&json, "target", t->target);
        keel_json_kv_int(&json, "inserted", t->inserted);
        keel_json_kv_int(&json, "deleted", t->deleted);
        keel_json_kv_int(&json, "gone", t->gone);
        keel_json_kv_int(&json, "kept_changed", t->kept_changed);
        keel_json_kv_int(&json, "kept_referenced", t->kept_referenced);
        keel_json_kv_bool(&json, "dropped", t->dropped);
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    keel_json_kv_int(&json, "rows", result->rows);
    keel_json_kv_real(&json, "seconds", result->seconds);
    keel_json_end_object(&json);
}

static bool confirm(keel_cli *cli, const keel_undo_options *options, keel_error *err)
{
    const char *question = options->run > 0
                               ? keel_arena_printf(cli->arena, "Remove the rows of run %lld?", (long long)options->run)
                               : "Remove the rows of the last run?";

    return options->dry_run || keel_cli_confirm(cli, question, err);
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const undo_options *given = cli->options;
    keel_undo_options options = {.only = keel_cli_list(cli, given->table),
                                 .dry_run = given->dry_run,
                                 .force = given->force,
                                 .jobs = (int)given->jobs,
                                 .cancel = keel_cli_cancel_flag()};
    keel_undo_result *result = NULL;
    keel_error err = {0};

    if (!keel_cli_run_number(argc, argv, &options.run, &err) || !keel_cli_transfer_database(cli, NULL, &options.conninfo, &err) ||
        !confirm(cli, &options, &err) ||
        !keel_transfer_undo(cli->arena, &options, cli->report, keel_cli_progress(cli), &result, &err))
        return keel_cli_fail(cli, &err);
    show(cli, result, given->dry_run);
    write_result(cli, result);
    return result->complete ? 0 : 1;
}

static const keel_option options[] = {
    KEEL_TEXT_OPTION(undo_options, table, "table", 't', "NAME[,NAME]", "only these tables"),
    KEEL_FLAG_OPTION(undo_options, dry_run, "dry-run", 0, "count, remove nothing"),
    KEEL_FLAG_OPTION(undo_options, force, "force", 0, "list rows changed since the copy, and remove them too"),
    KEEL_INT_OPTION(undo_options, jobs, "jobs", 'j', "N", 1, 64, "connections that delete (default 2)"),
};
static const undo_options defaults = {.jobs = 2};

static const keel_example examples[] = {
    {"pgkeel transfer undo --dry-run --db postgresql:///app", "what undoing the last run would remove"},
    {"pgkeel transfer undo 3 --yes --db postgresql:///app", "take run 3 back"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_undo = {
    .name = "transfer undo",
    .summary = "take a run back: exactly its rows, nobody else's",
    .usage = "[RUN] [--db URL] [options]",
    .help = "Deletes the rows that the run inserted, children first, in bounded transactions; stopped or killed, the same command goes "
            "on. Rows changed since the copy are kept and reported (unless --force). Rows born in the target are never touched, "
            "not even through ON DELETE CASCADE: a parent that they refer to is kept and reported. Tables that the run created "
            "are dropped if nothing is left in them.\n\nExit codes: 0 nothing of the run is left; 1 rows were kept; 2 could not do it.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(undo_options),
    .defaults = &defaults,
    .max_words = 1,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_YES,
    .run = run,
};
