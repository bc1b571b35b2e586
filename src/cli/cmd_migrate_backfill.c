/* pgkeel migrate backfill: a column is filled in batches. */
#include "cli/migrate_options.h"
#include "cli/transfer_options.h"
#include "migrate/backfill.h"

typedef struct backfill_options {
    const char *table, *set, *where, *key, *target_time, *max_lag, *pause, *lock_timeout;
    int64_t batch, retries;
    bool again, dry_run;
} backfill_options;

static bool wanted(const char *option, const char *text, keel_error *err)
{
    if (text != NULL && text[strspn(text, " \t\r\n")] != '\0')
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "%s is missing", option);
    return keel_fail_hint(err, "See \"pgkeel migrate backfill --help\".");
}

static bool read_options(keel_cli *cli, const backfill_options *given, keel_backfill_options *options, keel_error *err)
{
    *options = (keel_backfill_options){.table = given->table, .set = given->set, .where = given->where,
                                       .key = given->key, .batch = given->batch, .retries = (int)given->retries,
                                       .wait = 10 * KEEL_SECOND, .again = given->again, .dry_run = given->dry_run,
                                       .cancel = keel_cli_cancel_flag()};
    return wanted("--table", given->table, err) && wanted("--set", given->set, err) &&
           (given->where == NULL || wanted("what --where asks for", given->where, err)) &&
           keel_cli_duration("--target-time", given->target_time, &options->target_time, err) &&
           keel_cli_duration("--max-lag", given->max_lag, &options->max_lag, err) &&
           keel_cli_duration("--pause", given->pause, &options->pause, err) &&
           keel_cli_duration("--lock-timeout", given->lock_timeout, &options->lock_timeout, err) &&
           keel_cli_transfer_database(cli, NULL, &options->conninfo, err);
}

static void show_json(keel_cli *cli, const keel_backfill_result *result)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_text(&json, "table", result->table);
    keel_json_kv_text(&json, "key", result->key);
    keel_json_kv_text(&json, "statement", result->statement);
    keel_json_kv_text(&json, "backfill", result->id);
    keel_json_kv_int(&json, "rows", result->rows);
    keel_json_kv_int(&json, "batches", result->batches);
    keel_json_kv_int(&json, "total_rows", result->total_rows);
    keel_json_kv_int(&json, "total_batches", result->total_batches);
    keel_json_kv_real(&json, "seconds", result->seconds);
    keel_json_kv_bool(&json, "resumed", result->resumed);
    keel_json_kv_bool(&json, "complete", result->complete);
    keel_json_end_object(&json);
}

static void show_plan(keel_cli *cli, const keel_backfill_result *result)
{
    keel_cli_print(cli, "Table %s, along its key (%s), about %s rows.\nEach batch:\n%s\n", result->table, result->key,
                   keel_cli_count(cli, (int64_t)result->estimated_rows), result->statement);
    if (result->resumed)
        keel_cli_print(cli, "It would go on behind %s rows that were done until %s UTC.\n",
                       keel_cli_count(cli, result->total_rows), result->since);
    keel_cli_print(cli, "Nothing was run.\n");
}

static void show(keel_cli *cli, const keel_backfill_result *result)
{
    if (result->was_complete) {
        keel_cli_print(cli, "Finished already: %s rows of %s, on %s UTC. To do it once more: --again.\n",
                       keel_cli_count(cli, result->total_rows), result->table, result->since);
        return;
    }
    keel_cli_print(cli, "%s rows of %s in %s batches, %.1f s (%.0f rows/s).\n", keel_cli_count(cli, result->rows),
                   result->table, keel_cli_count(cli, result->batches), result->seconds,
                   result->seconds > 0 ? (double)result->rows / result->seconds : 0);
    if (result->resumed)
        keel_cli_print(cli, "%s rows with those of earlier runs.\n", keel_cli_count(cli, result->total_rows));
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const backfill_options *given = cli->options;
    const keel_backfill_result *result = NULL;
    keel_backfill_options options;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!read_options(cli, given, &options, &err))
        return keel_cli_fail(cli, &err);
    bool good = keel_backfill(cli->arena, &options, keel_cli_progress(cli), &result, &err);
    show_json(cli, result);
    if (!good)
        return keel_cli_fail(cli, &err);
    if (options.dry_run)
        show_plan(cli, result);
    if (!options.dry_run || result->was_complete)
        show(cli, result);
    return 0;
}

static const keel_option options[] = {
    KEEL_TEXT_OPTION(backfill_options, table, "table", 't', "[SCHEMA.]NAME", "the table to update"),
    KEEL_TEXT_OPTION(backfill_options, set, "set", 0, "SQL", "what an UPDATE has behind SET: \"col = expression, ...\""),
    KEEL_TEXT_OPTION(backfill_options, where, "where", 0, "SQL", "only rows for which this is true"),
    KEEL_TEXT_OPTION(backfill_options, key, "key", 0, "COLUMN",
                     "the key to walk along; a,b if it has several columns (default: the primary key, else a unique "
                     "index over columns that are NOT NULL)"),
    KEEL_INT_OPTION(backfill_options, batch, "batch", 0, "N", KEEL_BACKFILL_LEAST, KEEL_BACKFILL_MOST,
                    "keys of the first batch; from there on by --target-time (default 1000)"),
    KEEL_TEXT_OPTION(backfill_options, target_time, "target-time", 0, "TIME", "how long a batch should take (default 200ms)"),
    KEEL_TEXT_OPTION(backfill_options, max_lag, "max-lag", 0, "TIME",
                     "wait while a standby's replay is further behind than this; 0 = do not look (default 5s)"),
    KEEL_TEXT_OPTION(backfill_options, pause, "pause", 0, "TIME", "rest between two batches (default 0)"),
    KEEL_TEXT_OPTION(backfill_options, lock_timeout, "lock-timeout", 0, "TIME",
                     "how long a batch may wait for a row that is locked (default 500ms)"),
    KEEL_INT_OPTION(backfill_options, retries, "retries", 0, "N", 0, 1000,
                    "attempts more when rows stay locked, each with half the keys (default 10)"),
    KEEL_FLAG_OPTION(backfill_options, again, "again", 0, "start anew one that is finished"),
    KEEL_FLAG_OPTION(backfill_options, dry_run, "dry-run", 0, "check table, key and SQL, show the statement, run nothing"),
};
static const backfill_options defaults = {.batch = 1000, .target_time = "200ms", .max_lag = "5s", .pause = "0",
                                          .lock_timeout = "500ms", .retries = 10};

static const keel_example examples[] = {
    {"pgkeel migrate backfill --table orders --set \"region = 'eu'\" --where \"region IS NULL\"",
     "every old row, in short transactions"},
    {"pgkeel migrate backfill --table shop.items --set \"price_cents = round(price * 100)\" --pause 100ms",
     "with a rest after each batch"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_backfill = {
    .name = "migrate backfill",
    .summary = "update a large table in short transactions, resumable",
    .usage = "--table [SCHEMA.]NAME --set SQL [--where SQL] [options]",
    .help = "Walks along the primary key in its order. Each batch is one transaction: the UPDATE of the next keys, and the "
            "place it has reached, in the table pgkeel.backfill. So every row is updated once, whatever stops the command: "
            "after Ctrl-C or a kill the same command goes on behind the last batch, and says so when all is done.\n\n"
            "A batch shrinks by half when it takes longer than --target-time and grows when it is quick, between 10 and "
            "100,000 keys. It begins only while no standby is further behind than --max-lag (the role must be a member of "
            "pg_monitor to see that). A row that is locked is waited for no longer than --lock-timeout; then the batch is "
            "tried again with half the keys.\n\n"
            "Table, key and SQL are checked before anything is done. Rows that others insert behind the place reached, or "
            "commit only after it has passed, are not visited: let the application write the new value first, then fill "
            "the old rows. The key itself cannot be changed.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(backfill_options),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
