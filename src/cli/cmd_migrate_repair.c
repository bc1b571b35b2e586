/* pgkeel migrate repair: what only people can know. */
#include "cli/migrate_options.h"
#include "migrate/repair.h"

typedef struct repair_options {
    keel_cli_migrate common;
    bool accept, done, undone, forget;
    int64_t step;
    const char *reason;
} repair_options;

static bool read_deed(const repair_options *given, keel_repair *repair, keel_error *err)
{
    if (given->accept + given->done + given->undone + given->forget != 1) {
        keel_fail(err, KEEL_ERR_USAGE, "one of --accept, --done, --undone and --forget is wanted");
        return keel_fail_hint(err, "See \"pgkeel migrate repair --help\".");
    }
    if (given->reason == NULL || given->reason[0] == '\0') {
        keel_fail(err, KEEL_ERR_USAGE, "--reason is missing");
        return keel_fail_hint(err, "Say why; it is kept in the journal.");
    }
    repair->deed = given->accept ? KEEL_REPAIR_ACCEPT : given->done ? KEEL_REPAIR_DONE
                   : given->undone ? KEEL_REPAIR_UNDONE : KEEL_REPAIR_FORGET;
    repair->reason = given->reason;
    repair->step = (int)given->step;
    return true;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const repair_options *given = cli->options;
    keel_repair repair = {.version = argv[0]};
    const char *diff = NULL;
    keel_migrate_options options;
    keel_error err = {0};

    (void)argc;
    if (!read_deed(given, &repair, &err) || !keel_cli_migrate_options(cli, &given->common, &options, &err) ||
        !keel_migrate_repair(cli->arena, &options, &repair, &diff, &err))
        return keel_cli_fail(cli, &err);
    if (diff != NULL)
        keel_cli_print(cli, "%s", diff);
    keel_cli_print(cli, options.dry_run ? "Nothing was changed.\n" : "Journalled.\n");
    return 0;
}

static const keel_option options[] = {
    {.type = KEEL_OPTION_TEXT, .name = "dir", .short_name = 'd', .offset = offsetof(repair_options, common.dir),
     .argument = "FOLDER", .help = "where the files are (default migrations)"},
    {.type = KEEL_OPTION_TEXT, .name = "layout", .offset = offsetof(repair_options, common.layout), .argument = "NAME",
     .help = "how they are laid out (default: recognised)"},
    KEEL_TEXTS_OPTION(repair_options, common.var, "var", 0, "NAME=VALUE", "what ${NAME} means in the files"),
    KEEL_TEXTS_OPTION(repair_options, common.env, "env", 0, "NAME", "the same, with the value that the environment has"),
    KEEL_FLAG_OPTION(repair_options, accept, "accept", 0, "the file as it is now is what was applied; shows the difference"),
    KEEL_FLAG_OPTION(repair_options, done, "done", 0, "the step --step is done"),
    KEEL_FLAG_OPTION(repair_options, undone, "undone", 0, "the step --step is not done: it is run again"),
    KEEL_FLAG_OPTION(repair_options, forget, "forget", 0, "nothing of this version stands in the database"),
    KEEL_INT_OPTION(repair_options, step, "step", 0, "N", 1, 1000000, "the step that is meant"),
    KEEL_TEXT_OPTION(repair_options, reason, "reason", 0, "TEXT", "why; it is kept in the journal"),
    {.type = KEEL_OPTION_FLAG, .name = "dry-run", .offset = offsetof(repair_options, common.dry_run),
     .help = "show the difference, change nothing"},
};
static const repair_options defaults = {.common = KEEL_CLI_MIGRATE_DEFAULTS};

static const keel_example examples[] = {
    {"pgkeel migrate repair 0041 --accept --reason \"licence header\"", "an edited file is accepted as it is"},
    {"pgkeel migrate repair 0042 --step 2 --done --reason \"done by hand\"", "a step that somebody has done"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_repair = {
    .name = "migrate repair",
    .summary = "tell the journal what only people can know, with a reason",
    .usage = "VERSION --accept|--done|--undone|--forget --reason TEXT [--step N] [options]",
    .help = "Runs nothing: it changes what the journal believes, one version or one step at a time, and keeps who, when and why as an event.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(repair_options),
    .defaults = &defaults,
    .min_words = 1,
    .max_words = 1,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
