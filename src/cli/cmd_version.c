/* pgkeel version: which pgkeel this is. */
#include "cli/command.h"

#ifdef KEEL_FAULTS
static const bool has_faults = true;
#else
static const bool has_faults = false;
#endif

static int run(keel_cli *cli, int argc, char **argv)
{
    keel_json json;

    (void)argc;
    (void)argv;
    keel_cli_print(cli, "pgkeel %s%s\n", KEEL_VERSION, has_faults ? " (with fault points)" : "");
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_text(&json, "version", KEEL_VERSION);
    keel_json_kv_bool(&json, "fault_points", has_faults);
    keel_json_end_object(&json);
    return 0;
}

static const keel_example examples[] = {
    {"pgkeel version", "the version on one line; \"pgkeel --version\" is the same"},
    {"pgkeel version --format json", "the version for a program"},
    {NULL, NULL},
};

const keel_command keel_command_version = {
    .name = "version",
    .summary = "show the version of pgkeel",
    .usage = "[options]",
    .help = "Shows the version of pgkeel, and whether this build has fault points (for tests only).",
    .examples = examples,
    .takes = KEEL_IGNORES_CONFIG,
    .run = run,
};
