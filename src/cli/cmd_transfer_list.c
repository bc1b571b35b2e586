/* pgkeel transfer list: the runs that the journal knows. */
#include "cli/transfer_options.h"
#include "journal/journal.h"

static void result_run(keel_json *json, const keel_run *run, const keel_run_table *tables, size_t count)
{
    keel_json_object(json);
    keel_json_kv_int(json, "run", run->run);
    if (run->base_run > 0)
        keel_json_kv_int(json, "base_run", run->base_run);
    keel_json_kv_text(json, "mode", run->mode);
    keel_json_kv_text(json, "state", run->state);
    keel_json_kv_text(json, "source", run->source);
    keel_json_kv_text(json, "started_at", run->started_at);
    keel_json_kv_text(json, "finished_at", run->finished_at);
    keel_json_key(json, "tables");
    keel_json_array(json);
    for (size_t i = 0; i < count; i++) {
        keel_json_object(json);
        keel_json_kv_text(json, "table", tables[i].source);
        keel_json_kv_int(json, "inserted", tables[i].inserted);
        keel_json_kv_int(json, "merged", tables[i].merged);
        keel_json_kv_int(json, "rejected", tables[i].rejected);
        keel_json_kv_int(json, "undone", tables[i].undone);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
    keel_json_end_object(json);
}

static bool show_run(keel_cli *cli, keel_pg *pg, const keel_run *run, keel_json *json, keel_error *err)
{
    keel_run_table *tables = NULL;
    size_t count = 0;
    int64_t inserted = 0, rejected = 0, undone = 0;

    if (!keel_journal_run_tables(pg, cli->arena, run->run, &tables, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        inserted += tables[i].inserted;
        rejected += tables[i].rejected;
        undone += tables[i].undone;
    }
    keel_cli_print(cli, "  %4lld  %-9s %-5s %s  %14s rows %10s rejected %s%s%s  %s\n", (long long)run->run, run->state, run->mode,
                   run->started_at, keel_cli_count(cli, inserted), keel_cli_count(cli, rejected),
                   undone > 0 ? keel_cli_count(cli, undone) : "", undone > 0 ? " undone" : "",
                   run->home ? "" : "  (restored from elsewhere)", run->source);
    result_run(json, run, tables, count);
    return true;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const char *url = NULL;
    keel_run *runs = NULL;
    size_t count = 0;
    keel_json json;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!keel_cli_transfer_database(cli, NULL, &url, &err) || !keel_pg_open(url, "transfer list", &pg, &err) ||
        !keel_journal_runs(pg, cli->arena, &runs, &count, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, count == 0 ? "The journal knows no run.\n" : "Runs, the newest first:\n");
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "runs");
    keel_json_array(&json);
    for (size_t i = 0; i < count; i++)
        if (!show_run(cli, pg, &runs[i], &json, &err))
            return keel_cli_fail(cli, &err);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    return 0;
}

static const keel_example examples[] = {
    {"pgkeel transfer list --db postgresql:///app", "every run with its state and counts"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_list = {
    .name = "transfer list",
    .summary = "show the runs that the target's journal knows",
    .usage = "[--db URL] [options]",
    .help = "Lists every run of the journal in the target, the newest first: its number, state, start, rows and rejects.",
    .examples = examples,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
