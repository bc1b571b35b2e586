/* pgkeel migrate down: the way back. */
#include "cli/migrate_options.h"

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_migrate *given = cli->options;
    const keel_migrate_result *result = NULL;
    keel_migrate_options options;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (keel_cli_fan_out_wanted(given))
        return keel_cli_fan_out(cli, KEEL_FAN_OUT_DOWN);
    if (!keel_cli_migrate_options(cli, given, &options, &err))
        return keel_cli_fail(cli, &err);
    bool good = keel_migrate_down(cli->arena, &options, cli->report, keel_cli_progress(cli), &result, &err);
    if (result != NULL && !options.dry_run)
        keel_cli_show_run(cli, result, "taken back");
    return good ? 0 : keel_cli_fail(cli, &err);
}

static const keel_option options[] = {
    KEEL_CLI_MIGRATE_FOLDER,
    KEEL_TEXT_OPTION(keel_cli_migrate, to, "to", 0, "VERSION", "the version to stay at; 0 = take everything back"),
    KEEL_INT_OPTION(keel_cli_migrate, steps, "steps", 0, "N", 1, 1000000, "how many migrations to take back (default 1)"),
    KEEL_CLI_MIGRATE_RUN,
    KEEL_CLI_MIGRATE_MANY,
    KEEL_CLI_MIGRATE_CANARY,
};
static const keel_cli_migrate defaults = KEEL_CLI_MIGRATE_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel migrate down --db postgresql:///app", "the newest migration is taken back"},
    {"pgkeel migrate down --to 0041", "everything newer than 0041 is taken back"},
    {"pgkeel migrate down --db postgresql:///app --databases acme,globex --to 0041", "the same in two databases"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_down = {
    .name = "migrate down",
    .summary = "take applied migrations back, the newest first",
    .usage = "[--db URL] [--dir FOLDER] [--to VERSION | --steps N] [options]",
    .help = "Runs the way down of each migration, in the reverse order of application, in steps like the way up. Where a file is gone, the "
            "journal's copy is used. If one of them has no way down, nothing is done at all.\n\n"
            "Over many databases or schemas it wants --to: a number would be taken once more where a first attempt had succeeded. The "
            "canary goes first and alone, as in \"migrate up\".",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_migrate),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
