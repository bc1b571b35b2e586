/* pgkeel transfer run: from a SQLite file to a PostgreSQL database. */
#include <unistd.h>

#include "cli/transfer_options.h"

static void show_tables(keel_cli *cli, const keel_run_result *run)
{
    keel_cli_print(cli, "  %-28s %14s %14s %10s %10s  %s\n", "table", "source", "inserted", "merged", "rejected", "keys");
    for (size_t i = 0; i < run->table_count; i++) {
        const keel_run_table *table = &run->tables[i];
        int64_t source = table->source_rows >= 0 ? table->source_rows : table->read;
        keel_cli_print(cli, "  %-28s %14s %14s %10s %10s  %s%s\n", table->source, keel_cli_count(cli, source),
                       keel_cli_count(cli, table->inserted), keel_cli_count(cli, table->merged),
                       keel_cli_count(cli, table->rejected), table->keys, table->created ? ", created" : "");
    }
}

static void result(keel_cli *cli, const keel_run_result *run)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "run", run->run);
    keel_json_kv_bool(&json, "resumed", run->resumed);
    keel_json_kv_bool(&json, "already_complete", run->already_complete);
    keel_json_key(&json, "tables");
    keel_json_array(&json);
    for (size_t i = 0; i < run->table_count; i++) {
        const keel_run_table *table = &run->tables[i];
        keel_json_object(&json);
        keel_json_kv_text(&json, "table", table->source);
        keel_json_kv_int(&json, "source_rows", table->source_rows >= 0 ? table->source_rows : table->read);
        keel_json_kv_int(&json, "inserted", table->inserted);
        keel_json_kv_int(&json, "merged", table->merged);
        keel_json_kv_int(&json, "rejected", table->rejected);
        keel_json_kv_text(&json, "keys", table->keys);
        keel_json_kv_real(&json, "seconds", table->seconds);
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    keel_json_kv_int(&json, "rows", run->rows);
    keel_json_kv_real(&json, "rows_per_second", run->rows_per_second);
    keel_json_kv_real(&json, "data_seconds", run->seconds);
    keel_json_kv_real(&json, "first_byte_seconds", run->first_byte_seconds);
    keel_json_end_object(&json);
}

/* --copy: a consistent copy, made once; a resume finds it there. */
static bool take_copy(keel_cli *cli, const char *path, keel_run_options *options, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = NULL;

    if (path == NULL)
        return true;
    if (access(path, F_OK) != 0) {
        keel_cli_note(cli, "copying \"%s\" to \"%s\"", options->source_path, path);
        if (!keel_sqlite_open(options->source_path, &db, err) || !keel_sqlite_backup(db, path, err))
            return false;
    } else {
        keel_cli_note(cli, "the copy \"%s\" is there already and is used as it is", path);
    }
    options->source_path = path;
    return true;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_transfer *given = cli->options;
    keel_run_options options;
    keel_run_result *done = NULL;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!keel_cli_transfer_options(cli, given, &options, &err))
        return keel_cli_fail(cli, &err);
    if (given->dry_run)
        return keel_cli_show_plan(cli, &options);
    if (!take_copy(cli, given->copy, &options, &err))
        return keel_cli_fail(cli, &err);
    if (!keel_transfer_run(cli->arena, &options, cli->report, keel_cli_progress(cli), &done, &err))
        return keel_cli_fail(cli, &err);
    if (done->already_complete)
        keel_cli_print(cli, "Run %lld of this source is complete already; nothing was done. Say --again to copy anew,"
                            " or --new-rows %lld for rows added since.\n",
                       (long long)done->run, (long long)done->run);
    else
        keel_cli_print(cli, "Run %lld %s: %s rows, %s rows/s\n", (long long)done->run,
                       done->resumed ? "resumed and completed" : "complete", keel_cli_count(cli, done->rows),
                       keel_cli_count(cli, (int64_t)done->rows_per_second));
    show_tables(cli, done);
    result(cli, done);
    return done->exit_code;
}

static const keel_option options[] = {
    KEEL_CLI_TRANSFER_OPTIONS,
    KEEL_TEXT_OPTION(keel_cli_transfer, copy, "copy", 0, "PATH", "make a consistent copy of the file at PATH and transfer that: the application can go on writing"),
    KEEL_INT_OPTION(keel_cli_transfer, jobs, "jobs", 'j', "N", 1, 64, "workers, each with its own connections (default: processors, at most 8)"),
    KEEL_INT_OPTION(keel_cli_transfer, max_rejects, "max-rejects", 0, "N", 0, INT64_MAX, "stop (resumable) once more rows than this are rejected"),
    KEEL_FLAG_OPTION(keel_cli_transfer, dry_run, "dry-run", 0, "show the plan instead: the same as transfer plan"),
    KEEL_FLAG_OPTION(keel_cli_transfer, again, "again", 0, "copy anew although a run of this source is complete"),
    KEEL_FLAG_OPTION(keel_cli_transfer, restart, "restart", 0, "undo the unfinished run of this source and begin again"),
    KEEL_INT_OPTION(keel_cli_transfer, retry_rejects, "retry-rejects", 0, "RUN", 1, INT64_MAX, "load what that run rejected, under its key maps"),
    KEEL_INT_OPTION(keel_cli_transfer, new_rows, "new-rows", 0, "RUN", 1, INT64_MAX, "load rows added since that run, under its key maps"),
};

static const keel_cli_transfer defaults = KEEL_CLI_TRANSFER_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel transfer run --from sqlite:app.db --to postgresql:///app", "move everything, tables created where missing"},
    {"pgkeel transfer run --from sqlite:app.db --to postgresql:///app --keys remap --file transfers/app.yaml",
     "into a live database: new keys, references rewritten"},
    {"pgkeel transfer run --from sqlite:app.db --to postgresql:///app --retry-rejects 1",
     "after repairing the source or the mapping"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_run = {
    .name = "transfer run",
    .summary = "move a SQLite file into PostgreSQL, every row accounted for",
    .usage = "--from sqlite:PATH --to URL [options]",
    .help = "Reads one consistent version of the file, converts every cell strictly, and loads it in chunks; each chunk is one "
            "transaction together with its row in the journal (schema pgkeel of the target). A value that does not fit "
            "never stops the run and is never changed: its row becomes a reject with key, column, value and reason.\n\n"
            "A run that was stopped or killed goes on with the same command. The same command after a complete run does "
            "nothing and exits as that run did.\n\n"
            "Exit codes: 0 every row arrived; 1 done, with rejects or ERROR findings; 2 could not do it.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_transfer),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
