/* pgkeel migrate verify: files and schema against the journal. */
#include "cli/migrate_options.h"
#include "migrate/verify.h"

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_work *work = NULL;
    keel_migrate_options options;
    keel_error err = {0};
    keel_json json;

    (void)argc;
    (void)argv;
    if (keel_cli_fan_out_wanted(cli->options))
        return keel_cli_fan_out(cli, KEEL_FAN_OUT_VERIFY);
    if (!keel_cli_migrate_options(cli, cli->options, &options, &err) ||
        !keel_migrate_verify(cli->arena, &options, cli->report, &work, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "%zu migrations, %zu of them pending.\n", work->lines.count, work->pending);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "migrations", (int64_t)work->lines.count);
    keel_json_kv_int(&json, "pending", (int64_t)work->pending);
    keel_json_end_object(&json);
    return 0;
}

static const keel_option options[] = {
    KEEL_CLI_MIGRATE_FOLDER,
    KEEL_FLAG_OPTION(keel_cli_migrate, allow_out_of_order, "allow-out-of-order", 0,
                     "older versions may be pending behind newer ones"),
    KEEL_CLI_MIGRATE_MANY,
};
static const keel_cli_migrate defaults = KEEL_CLI_MIGRATE_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel migrate verify --db postgresql:///app", "applied files unchanged, nothing half done, no drift of the schema"},
    {"pgkeel migrate verify --schemas acme,Globex --format junit", "schema by schema, a test case each"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_verify = {
    .name = "migrate verify",
    .summary = "check that files and schema are as migrate left them",
    .usage = "[--db URL] [--dir FOLDER] [options]",
    .help = "Three checks: every applied file is what it was when it was applied; nothing was begun and not ended; and the schema is object "
            "by object as the last run left it (drift names what was added, changed or dropped by another hand).",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_migrate),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB | KEEL_TAKES_REPORTS,
    .run = run,
};
