/* pgkeel check: is this database right? */
#include "cli/check_options.h"

static const char *const snapshots[] = {"one", "table", NULL};

static const keel_option options[] = {
    KEEL_FLAG_OPTION(keel_cli_check, schema, "schema", 0, "only checks of the catalogue"),
    KEEL_FLAG_OPTION(keel_cli_check, data, "data", 0, "only checks of the rows of one table"),
    KEEL_FLAG_OPTION(keel_cli_check, relationships, "relationships", 0, "only checks of foreign keys"),
    KEEL_FLAG_OPTION(keel_cli_check, business, "business", 0, "only the rules of the suites"),
    KEEL_FLAG_OPTION(keel_cli_check, quick, "quick", 0,
                     "two minutes at most: the catalogue, samples of large tables, counts from statistics"),
    KEEL_FLAG_OPTION(keel_cli_check, full, "full", 0, "every row (the default)"),
    KEEL_TEXT_OPTION(keel_cli_check, only, "only", 0, "ID[,ID]", "only these checks; a group's name means all of it"),
    KEEL_TEXT_OPTION(keel_cli_check, skip, "skip", 0, "ID[,ID]", "all but these"),
    KEEL_TEXT_OPTION(keel_cli_check, table, "table", 't', "NAME[,NAME]",
                     "only these tables, NAME or SCHEMA.NAME; of a partitioned table, its partitions too"),
    KEEL_FLAG_OPTION(keel_cli_check, list, "list", 'l', "show every check; no database is needed"),
    KEEL_TEXT_OPTION(keel_cli_check, explain, "explain", 0, "ID", "show all about one check, with an example"),
    KEEL_TEXT_OPTION(keel_cli_check, suite, "suite", 's', "FILE[,FILE]",
                     "what your team knows about its database (default: checks/*.yaml, if the folder is there)"),
    KEEL_FLAG_OPTION(keel_cli_check, init, "init", 0,
                     "write a suite of the database as it is to FILE (default checks/schema.yaml)"),
    KEEL_TEXT_OPTION(keel_cli_check, save, "save", 0, "FILE",
                     "save a baseline: rows, hashes, schema, sequences, sizes; --only baseline saves it and checks nothing else"),
    KEEL_TEXT_OPTION(keel_cli_check, against, "against", 0, "FILE",
                     "say what has changed since that baseline; --only baseline does nothing else"),
    KEEL_FLAG_OPTION(keel_cli_check, strict, "strict", 0, "WARNING findings fail too (exit 1)"),
    KEEL_INT_OPTION(keel_cli_check, jobs, "jobs", 'j', "N", 1, 64, "connections that read at the same time (default 2)"),
    KEEL_CHOICE_OPTION(keel_cli_check, snapshot, "snapshot", 0, "WHICH", snapshots,
                       "one: everything as of one moment; table: a short snapshot per table, which spares vacuum"),
    KEEL_INT_OPTION(keel_cli_check, statement_timeout, "statement-timeout", 0, "SECONDS", 0, 1000000,
                    "of each statement, 0 = none (default 3600, with --quick 30)"),
};
static const keel_cli_check defaults = {.jobs = 2, .snapshot = "one", .statement_timeout = -1};

/* Only --init has a word: the file. */
static bool words_expected(const keel_cli_check *given, int argc, char **argv, keel_error *err)
{
    if (given->init || argc == 0)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is not expected", argv[0]);
    return keel_fail_hint(err, "--table names tables, --only checks, --suite a file; --init FILE writes one.");
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_check *given = cli->options;
    KEEL_CLEANUP(keel_baseline_job_free_p) keel_baseline_job *baseline = NULL;
    keel_check_options chosen = {0};
    const keel_check_database *database = NULL;
    keel_error err = {0};

    if (!words_expected(given, argc, argv, &err))
        return keel_cli_fail(cli, &err);
    if (given->init)
        return keel_cli_check_init(cli, given, argc > 0 ? argv[0] : NULL);
    if (given->list)
        return keel_cli_check_list(cli);
    if (given->explain != NULL)
        return keel_cli_check_explain(cli, given->explain);
    keel_cli_check_about(cli);
    if (!keel_cli_check_prepare(cli, given, &chosen, &err) || !keel_cli_check_baseline(cli, given, &baseline, &err))
        return keel_cli_fail(cli, &err);
    chosen.baseline = baseline;
    if (!keel_check_database_run(cli->arena, &chosen, cli->report, keel_cli_progress(cli), &database, &err) ||
        !keel_cli_check_save(given, baseline, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_check_show(cli, &chosen, database);
    bool warned = keel_report_count_of(cli->report, KEEL_WARNING) > 0;
    return given->strict && warned ? 1 : 0;
}

static const keel_example examples[] = {
    {"pgkeel check --db postgresql:///app", "every check that needs no configuration, over every row"},
    {"pgkeel check --quick --db postgresql:///app", "two minutes at most, whatever the size"},
    {"pgkeel check --schema --strict --db postgresql:///app", "the catalogue only; warnings fail too"},
    {"pgkeel check --only relationships,data.key_blanks --table orders --db postgresql:///app", "a selection"},
    {"pgkeel check --format json --output report.json --db postgresql:///app", "text on stdout, JSON in a file"},
    {"pgkeel check --init checks/app.yaml --db postgresql:///app", "a suite of the database as it is, to be edited"},
    {"pgkeel check --only baseline --save before.json --db postgresql:///app", "what it is like before a deployment"},
    {"pgkeel check --against before.json --db postgresql:///app", "after it: every check, and what has changed"},
    {"pgkeel check --explain schema.no_primary_key", "what a check looks for, why, and what to do"},
    {NULL, NULL},
};

const keel_command keel_command_check = {
    .name = "check",
    .summary = "is this database right? schema, data, relationships and your own rules",
    .usage = "[--db URL] [--quick] [--suite FILE] [--init [FILE]] [options]",
    .help = "Looks for what is wrong in a live database: only reading, in one snapshot, with short locks and a statement "
            "timeout, so that it is safe on production. Each check says PASSED, FAILED or SKIPPED and why; each finding "
            "names the object, the number of rows, some of their keys and what to do.\n\n"
            "Exit code 0: no check failed. 1: an ERROR, a table that could not be read, or with --strict a WARNING. 2: a "
            "CRITICAL finding, or it could not be checked: no connection, a misspelt --only or --table, nothing left to "
            "check. Nothing checked is never a pass.\n\n"
            "--init writes a suite: tables, columns, keys, foreign keys with their actions, indexes, CHECKs and the values "
            "that they list. Held against the same database it finds nothing; edit it into what the database should be. A "
            "file that exists is replaced only with --yes.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_check),
    .defaults = &defaults,
    .max_words = 1,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_YES | KEEL_TAKES_REPORTS,
    .run = run,
};
