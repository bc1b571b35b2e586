/* pgkeel migrate plan: the steps of what is pending, and what is known about each before it is run. */
#include "cli/lint_script.h"
#include "cli/migrate_options.h"
#include "cli/migrate_safe.h"
#include "migrate/estimate.h"

typedef struct plan_options {
    keel_cli_migrate common; /* first: shared options name its fields */
    bool safe;
    const char *write;
} plan_options;

static bool is_due(const keel_work_line *line)
{
    return line->state == KEEL_LINE_PENDING || line->state == KEEL_LINE_APPLYING || line->state == KEEL_LINE_CHANGED;
}

static bool show_estimates(keel_cli *cli, keel_pg *pg, const keel_steps *steps, keel_error *err)
{
    for (size_t i = 0; i < steps->count; i++) {
        keel_estimate estimate;
        if (!keel_estimate_step(pg, cli->arena, &steps->items[i], &estimate, err))
            return false;
        if (estimate.known)
            keel_cli_print(cli, "    step %d: about %.1f s by estimate (%s)\n", steps->items[i].number, estimate.seconds,
                           estimate.basis);
    }
    return true;
}

static bool show_down(keel_cli *cli, const keel_migration *migration, int server_version, keel_error *err)
{
    keel_steps steps = {0};

    if (migration->down.text == NULL) {
        keel_cli_print(cli, "    down: there is no way back\n");
        return true;
    }
    if (!keel_steps_of(cli->arena, &migration->down, server_version, &steps, err))
        return false;
    keel_cli_print(cli, "    down, %zu step%s:\n", steps.count, steps.count == 1 ? "" : "s");
    for (size_t i = 0; i < steps.count; i++)
        keel_cli_print(cli, "        %s\n", steps.items[i].label);
    return true;
}

static bool show_line(keel_cli *cli, keel_pg *pg, const keel_work_line *line, keel_json *json, keel_error *err)
{
    keel_cli_print(cli, "%s (%s)\n", line->migration->file, keel_line_state_name(line->state));
    keel_cli_show_steps(cli, &line->up);
    keel_json_object(json);
    keel_json_kv_text(json, "version", line->migration->version);
    keel_json_kv_text(json, "file", line->migration->file);
    keel_json_kv_text(json, "state", keel_line_state_name(line->state));
    keel_json_kv_bool(json, "reversible", line->migration->down.text != NULL);
    keel_cli_json_steps(json, &line->up);
    keel_json_end_object(json);
    return show_estimates(cli, pg, &line->up, err) &&
           show_down(cli, line->migration, keel_pg_server_version(pg), err);
}

/* What lint says of it all, with this database's catalogue. */
static bool lint_pending(keel_cli *cli, keel_pg *pg, const keel_work *work, keel_error *err)
{
    keel_lint_options options;
    keel_lint_script script = {0};
    keel_world *world = NULL;

    keel_cli_lint_pending(cli, work, &script);
    if (script.count == 0)
        return true;
    if (!keel_cli_lint_options(cli, NULL, NULL, &options, err) || !keel_world_load(pg, cli->arena, &world, err))
        return false;
    keel_lint_run(cli->arena, &script, world, &options, cli->report);
    return true;
}

/* Without a database the files are judged by their text. */
static int show_safe(keel_cli *cli, const plan_options *given)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_migrate_options options = {.dir = given->common.dir, .layout = given->common.layout};
    const char *url = NULL;
    keel_error err = {0};
    bool live = keel_cli_database(cli, NULL, &url, &err);

    if (!live && !keel_cli_variables(cli, &given->common.var, &given->common.env, &options.variables, &err))
        return keel_cli_fail(cli, &err);
    if ((live && (!keel_cli_migrate_options(cli, &given->common, &options, &err) ||
                  !keel_pg_open(options.conninfo, "migrate plan", &pg, &err))) ||
        !keel_cli_migrate_safe(cli, &options, pg, given->write, &err))
        return keel_cli_fail(cli, &err);
    return 0;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const plan_options *given = cli->options;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const keel_work *work = NULL;
    keel_migrate_options options;
    keel_error err = {0};
    keel_json json;

    (void)argc;
    (void)argv;
    if (given->safe || given->write != NULL)
        return show_safe(cli, given);
    if (!keel_cli_migrate_options(cli, &given->common, &options, &err) ||
        !keel_migrate_look(cli->arena, &options, cli->report, &work, &err) ||
        !keel_pg_open(options.conninfo, "migrate plan", &pg, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "pending", (int64_t)work->pending);
    keel_json_key(&json, "migrations");
    keel_json_array(&json);
    for (size_t i = 0; i < work->lines.count; i++)
        if (is_due(&work->lines.items[i]) && !show_line(cli, pg, &work->lines.items[i], &json, &err)) {
            keel_str_clear(&cli->result); /* half a document */
            return keel_cli_fail(cli, &err);
        }
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    keel_cli_print(cli, "%zu pending; nothing was run.\n", work->pending);
    return lint_pending(cli, pg, work, &err) ? 0 : keel_cli_fail(cli, &err);
}

static const keel_option options[] = {
    KEEL_CLI_MIGRATE_FOLDER,
    KEEL_FLAG_OPTION(keel_cli_migrate, allow_out_of_order, "allow-out-of-order", 0,
                     "older versions may be pending behind newer ones"),
    KEEL_FLAG_OPTION(plan_options, safe, "safe", 0, "show the statements that stall others in a form that does not"),
    KEEL_TEXT_OPTION(plan_options, write, "write", 0, "FOLDER",
                     "the same, and write the pending files with them there; nothing is written over"),
};
static const plan_options defaults = {.common = KEEL_CLI_MIGRATE_DEFAULTS};

static const keel_example examples[] = {
    {"pgkeel migrate plan --db postgresql:///app", "each pending step: statements, locks, estimate, the way back"},
    {"pgkeel migrate plan --safe --write safer --db postgresql:///app", "the pending files in a safe form, in safer/"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_plan = {
    .name = "migrate plan",
    .summary = "show the steps of what is pending, without running them",
    .usage = "[--db URL] [--dir FOLDER] [--safe] [options]",
    .help = "For every pending file: its steps, their statements, the locks that each takes and on what, why a statement stands by itself, "
            "how long it may take by the sizes of today, which is an estimate, and what lint says of it. "
            "Writes nothing.\n\n"
            "With --safe: the statements that would stall others on the tables as they are, each as the sequence that does not, to be "
            "pasted in its place, with \"-- pgkeel:step\" between transactions; it ends in the same catalogue, names included. Without "
            "a database every file is judged by its text. What has no such form stays a finding.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(plan_options),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
