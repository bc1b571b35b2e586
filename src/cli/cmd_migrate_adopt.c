/* pgkeel migrate adopt: take over a database that something else has migrated. */
#include "cli/migrate_options.h"
#include "migrate/adopt.h"

typedef struct adopt_options {
    keel_cli_migrate common;
    const char *from;
} adopt_options;

static int run(keel_cli *cli, int argc, char **argv)
{
    const adopt_options *given = cli->options;
    const keel_adopted *adopted = NULL;
    keel_migrate_options options;
    keel_error err = {0};
    keel_json json;

    (void)argc;
    (void)argv;
    if (!keel_cli_migrate_options(cli, &given->common, &options, &err) ||
        !keel_migrate_adopt(cli->arena, &options, given->from, cli->report, &adopted, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "%zu migrations %s%s%s; %zu were known already.\n", adopted->entered,
                   options.dry_run ? "would be taken over" : "taken over", adopted->history != NULL ? " from " : "",
                   adopted->history != NULL ? adopted->history : "", adopted->known);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "entered", (int64_t)adopted->entered);
    keel_json_kv_int(&json, "known", (int64_t)adopted->known);
    keel_json_kv_int(&json, "unknown", (int64_t)adopted->unknown.count);
    keel_json_kv_text(&json, "history", adopted->history);
    keel_json_end_object(&json);
    return 0;
}

static const keel_option options[] = {
    {.type = KEEL_OPTION_TEXT, .name = "dir", .short_name = 'd', .offset = offsetof(adopt_options, common.dir),
     .argument = "FOLDER", .help = "where the files are (default migrations)"},
    {.type = KEEL_OPTION_TEXT, .name = "layout", .offset = offsetof(adopt_options, common.layout), .argument = "NAME",
     .help = "how they are laid out (default: recognised)"},
    {.type = KEEL_OPTION_TEXT, .name = "from", .offset = offsetof(adopt_options, from), .argument = "TOOL",
     .help = "whose history to read: flyway, sqlx, goose, golang-migrate, rails (dbmate too), diesel, prisma or alembic (default: "
             "the one that is there)"},
    {.type = KEEL_OPTION_TEXT, .name = "to", .offset = offsetof(adopt_options, common.to), .argument = "VERSION",
     .help = "instead of a history: all files up to this version stand in the database"},
    {.type = KEEL_OPTION_FLAG, .name = "dry-run", .offset = offsetof(adopt_options, common.dry_run),
     .help = "say what would be entered, enter nothing"},
};
static const adopt_options defaults = {.common = KEEL_CLI_MIGRATE_DEFAULTS};

static const keel_example examples[] = {
    {"pgkeel migrate adopt --db postgresql:///app", "reads the history table that is there and enters it into the journal"},
    {"pgkeel migrate adopt --to 0041", "a database without a history, which stands at version 0041"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_adopt = {
    .name = "migrate adopt",
    .summary = "take over a database that another tool or a hand has migrated",
    .usage = "[--db URL] [--dir FOLDER] [--from TOOL | --to VERSION] [options]",
    .help = "Enters into the journal what is applied already; no migration is run, and the other tool's table stays as it is. Versions of the "
            "history without a file are findings.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(adopt_options),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
