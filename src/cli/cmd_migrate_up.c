/* pgkeel migrate up: what is pending is applied. */
#include "cli/migrate_options.h"

/* The files that a dry run would apply, with their steps. */
static int show_pending(keel_cli *cli, const keel_work *work)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "pending", (int64_t)work->pending);
    keel_json_key(&json, "migrations");
    keel_json_array(&json);
    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        if (line->state != KEEL_LINE_PENDING && line->state != KEEL_LINE_APPLYING && line->state != KEEL_LINE_CHANGED)
            continue;
        keel_cli_print(cli, "  %s (%s)\n", line->migration->file, keel_line_state_name(line->state));
        keel_cli_show_steps(cli, &line->up);
        keel_json_object(&json);
        keel_json_kv_text(&json, "version", line->migration->version);
        keel_json_kv_text(&json, "file", line->migration->file);
        keel_cli_json_steps(&json, &line->up);
        keel_json_end_object(&json);
    }
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    keel_cli_print(cli, "%zu pending; nothing was run.\n", work->pending);
    return 0;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_migrate *given = cli->options;
    const keel_migrate_result *result = NULL;
    keel_migrate_options options;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (keel_cli_fan_out_wanted(given))
        return keel_cli_fan_out(cli, KEEL_FAN_OUT_UP);
    if (!keel_cli_migrate_options(cli, given, &options, &err))
        return keel_cli_fail(cli, &err);
    bool good = keel_migrate_up(cli->arena, &options, cli->report, keel_cli_progress(cli), &result, &err);
    if (good && options.dry_run)
        return show_pending(cli, result->work);
    if (good && result->migrations == 0) {
        keel_cli_print(cli, "Nothing is pending.\n");
        keel_cli_json_run(cli, result);
        return 0;
    }
    keel_cli_show_run(cli, result, "applied");
    return good ? 0 : keel_cli_fail(cli, &err);
}

static const keel_option options[] = {
    KEEL_CLI_MIGRATE_FOLDER,
    KEEL_TEXT_OPTION(keel_cli_migrate, to, "to", 0, "VERSION", "the last version to apply"),
    KEEL_FLAG_OPTION(keel_cli_migrate, allow_out_of_order, "allow-out-of-order", 0,
                     "apply a version that is older than the newest applied one"),
    KEEL_CLI_MIGRATE_RUN,
    KEEL_CLI_MIGRATE_MANY,
    KEEL_CLI_MIGRATE_CANARY,
};
static const keel_cli_migrate defaults = KEEL_CLI_MIGRATE_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel migrate up --db postgresql:///app", "everything that is pending in migrations/"},
    {"pgkeel migrate up --dir db/migrate --to 20260114 --dry-run", "the steps up to a version, without running them"},
    {"pgkeel migrate up --db postgresql:///app --databases-from \"SELECT db FROM tenant ORDER BY size\" --stop-after 3",
     "the database of every tenant: the smallest first and alone, then four at a time"},
    {"pgkeel migrate up --db postgresql:///app --schemas acme,Globex --canary Globex", "schema by schema in one database"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_up = {
    .name = "migrate up",
    .summary = "apply the migrations that are pending, step by step",
    .usage = "[--db URL] [--dir FOLDER] [--to VERSION] [options]",
    .help = "Each file is one transaction together with its journal row; statements that no transaction takes are steps of their own. "
            "Killed at any moment, the same command goes on at the right statement.\n\n"
            "A statement that wants a strong lock waits for it no longer than --lock-timeout and then tries again, so that nobody queues "
            "behind it; who stands in the way is named. An INVALID index of a failed build is dropped and built anew. Several runners may "
            "start at once: one works, the others wait.\n\n"
            "An applied file that has been edited stops everything; comments and blanks do not count.\n\n"
            "Over many databases or schemas, the canary goes first and alone; only if it ended well the others follow, --jobs at a time. "
            "Each has its own journal, so the same command goes on with those that failed or were not begun. Exit code 2 as long as "
            "there are any.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_migrate),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
