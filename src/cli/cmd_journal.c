/* pgkeel journal drop | prune: the schema pgkeel of the target, when it is no longer needed. */
#include "cli/command.h"
#include "journal/journal.h"

static bool open_journal(keel_cli *cli, const char *purpose, keel_pg **ret_pg, keel_error *err)
{
    const char *url = NULL;
    bool exists = false;

    if (!keel_cli_database(cli, NULL, &url, err) || !keel_pg_open(url, purpose, ret_pg, err) ||
        !keel_journal_exists(*ret_pg, &exists, err))
        return false;
    return exists || keel_fail(err, KEEL_ERR_USAGE, "the database has no journal (schema pgkeel)");
}

static int drop(keel_cli *cli, int argc, char **argv)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!open_journal(cli, "journal drop", &pg, &err) ||
        !keel_cli_confirm(cli, "Drop the journal? No run can be resumed, verified or undone after that.", &err) ||
        !keel_journal_drop(pg, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "The journal is dropped.\n");
    return 0;
}

typedef struct prune_options {
    int64_t days;
} prune_options;

static int prune(keel_cli *cli, int argc, char **argv)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const prune_options *given = cli->options;
    int64_t runs = 0;
    keel_json json;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!open_journal(cli, "journal prune", &pg, &err) || !keel_journal_prune(pg, (int)given->days, &runs, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "Pruned %lld runs that ended more than %lld days ago.\n", (long long)runs, (long long)given->days);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "runs", runs);
    keel_json_end_object(&json);
    return 0;
}

static const keel_example drop_examples[] = {
    {"pgkeel journal drop --db postgresql:///app --yes", "remove the schema pgkeel and all it knows"},
    {NULL, NULL},
};

const keel_command keel_command_journal_drop = {
    .name = "journal drop",
    .summary = "remove the journal from a database",
    .usage = "[--db URL] [--yes]",
    .help = "Drops the schema pgkeel of the target. The transferred rows stay; resume, verify by run and undo are no longer "
            "possible. Refused while a run is at work.",
    .examples = drop_examples,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_YES,
    .run = drop,
};

static const keel_option prune_table[] = {
    KEEL_INT_OPTION(prune_options, days, "days", 0, "N", 0, 36500, "runs that ended longer ago than this (default 90)"),
};
static const prune_options prune_defaults = {.days = 90};

static const keel_example prune_examples[] = {
    {"pgkeel journal prune --days 30 --db postgresql:///app", "forget rejects, maps and hashes of old runs"},
    {NULL, NULL},
};

const keel_command keel_command_journal_prune = {
    .name = "journal prune",
    .summary = "remove rejects, key maps and row hashes of old runs",
    .usage = "[--days N] [--db URL]",
    .help = "Makes the journal small: runs that ended more than --days ago keep their counts, but lose their rejects, key maps and "
            "row hashes. Such a run can still be undone while its transaction ids are valid, but neither verified by map nor "
            "extended.",
    .examples = prune_examples,
    .options = prune_table,
    .option_count = KEEL_COUNT_OF(prune_table),
    .options_size = sizeof(prune_options),
    .defaults = &prune_defaults,
    .takes = KEEL_TAKES_DB,
    .run = prune,
};
