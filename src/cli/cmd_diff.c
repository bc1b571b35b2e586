/* pgkeel diff: two databases, row by row. */
#include <string.h>

#include "cli/diff_options.h"
#include "cli/transfer_options.h"

static const keel_option options[] = {
    KEEL_TEXT_OPTION(keel_cli_diff, map, "map", 'm', "FILE", "pairs tables and columns whose names differ; YAML"),
    KEEL_TEXT_OPTION(keel_cli_diff, key, "key", 'k', "TABLE=A,B[;...]",
                     "columns that tell the rows of a table apart (default: its primary key)"),
    KEEL_TEXT_OPTION(keel_cli_diff, ignore_column, "ignore-column", 0, "NAME[,TABLE.NAME]", "columns left out"),
    KEEL_FLAG_OPTION(keel_cli_diff, quick, "quick", 0,
                     "large tables by hashes that the servers compute; needs the same major version on both sides"),
    KEEL_TEXT_OPTION(keel_cli_diff, file, "file", 'f', "FILE", "a SQLite source: the mapping that it was transferred with"),
    KEEL_TEXT_OPTION(keel_cli_diff, schema, "schema", 0, "NAME",
                     "a SQLite source: where tables are that the mapping does not place"),
    KEEL_INT_OPTION(keel_cli_diff, jobs, "jobs", 'j', "N", 1, 64,
                    "workers, each with a connection to either side (default 2)"),
    KEEL_INT_OPTION(keel_cli_diff, limit, "limit", 'n', "N", 1, 1000000, "differences shown; all are counted (default 20)"),
};
static const keel_cli_diff defaults = {.jobs = 2, .limit = KEEL_DIFF_LIMIT};

static bool is_sqlite(const char *word)
{
    return strncmp(word, "sqlite:", 7) == 0;
}

static bool check_options(const keel_cli_diff *given, bool sqlite, const char *target, keel_error *err)
{
    const char *wrong = NULL;

    if (is_sqlite(target)) {
        keel_fail(err, KEEL_ERR_USAGE, "the target \"%s\" is no PostgreSQL database", target);
        return keel_fail_hint(err, "A SQLite file stands first: pgkeel diff sqlite:PATH URL");
    }
    if (sqlite)
        wrong = given->map != NULL             ? "map"
                : given->key != NULL           ? "key"
                : given->ignore_column != NULL ? "ignore-column"
                : given->quick                 ? "quick"
                                               : NULL;
    else
        wrong = given->file != NULL ? "file" : given->schema != NULL ? "schema" : NULL;
    if (wrong == NULL)
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "--%s does not go with a source that is %s", wrong,
              sqlite ? "a SQLite file" : "a PostgreSQL database");
    return keel_fail_hint(err, sqlite ? "Columns are paired, converted and left out by the mapping of its transfer: --file."
                                      : "--map pairs tables and columns of two PostgreSQL databases.");
}

static void about(keel_cli *cli, const char *target)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    keel_error ignored;

    if (keel_pg_conninfo_target(target, &name, &ignored))
        keel_cli_set_target(cli, keel_str_text(&name));
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_diff *given = cli->options;
    const char **tables = keel_arena_alloc(cli->arena, (size_t)argc * sizeof *tables);
    bool sqlite = is_sqlite(argv[0]);
    keel_diff_result *result = NULL;
    keel_error err = {0};

    for (int i = 2; i < argc; i++)
        tables[i - 2] = argv[i];
    const keel_diff_options chosen = {
        .source = argv[0],
        .target = argv[1],
        .map_file = given->map,
        .tables = tables,
        .ignored = keel_cli_list(cli, given->ignore_column),
        .keys = given->key,
        .quick = given->quick,
        .jobs = (int)given->jobs,
        .limit = given->limit,
        .cancel = keel_cli_cancel_flag(),
    };
    about(cli, argv[1]);
    if (!check_options(given, sqlite, argv[1], &err))
        return keel_cli_fail(cli, &err);
    bool done = sqlite ? keel_cli_diff_sqlite(cli, argv[0] + 7, argv[1], tables, &result, &err)
                       : keel_diff(cli->arena, &chosen, cli->report, keel_cli_progress(cli), &result, &err);
    if (!done)
        return keel_cli_fail(cli, &err);
    keel_cli_diff_show(cli, result);
    return result->differences > 0 ? 1 : 0;
}

static const keel_example examples[] = {
    {"pgkeel diff postgresql://old/app postgresql://new/app", "every table of both"},
    {"pgkeel diff postgresql://old/app postgresql://new/app orders app.users --limit 100", "two tables"},
    {"pgkeel diff \"$OLD\" \"$NEW\" --quick", "fast, by hashes that both servers compute"},
    {"pgkeel diff \"$OLD\" \"$NEW\" --map v1-to-v2.yaml --ignore-column updated_at", "names that differ, and a column that may"},
    {"pgkeel diff \"$OLD\" \"$NEW\" --key \"events=device,at\"", "a table without a primary key"},
    {"pgkeel diff sqlite:app.db postgresql:///app --file app.yaml", "a SQLite file, by the rules of its transfer"},
    {NULL, NULL},
};

const keel_command keel_command_diff = {
    .name = "diff",
    .summary = "compare two databases row by row, and name every row that differs",
    .usage = "SOURCE TARGET [TABLE...] [options]",
    .help = "Reads both sides, each as of one moment, and compares every value; nothing is written on either. Rows are "
            "paired by primary key, of any type and collation; rows of a table without a key are counted. Values are "
            "compared by what they mean: 1.0 is 1.00, jsonb is a document, NaN is NaN. Each row that is missing, extra or "
            "different is named with its key, column and both values.\n\n"
            "SOURCE and TARGET are libpq URIs or conninfo strings; SOURCE may be sqlite:PATH. TABLE is NAME or "
            "SCHEMA.NAME in the source; without one, every table of both sides.\n\n"
            "Exit code 0: no difference. 1: a difference, a table or column that stands on one side only, or one that "
            "could not be compared. 2: nothing could be compared. No table compared is never a pass.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_diff),
    .defaults = &defaults,
    .min_words = 2,
    .max_words = -1,
    .takes = KEEL_TAKES_REPORTS,
    .run = run,
};
