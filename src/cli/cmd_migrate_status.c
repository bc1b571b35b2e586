/* pgkeel migrate status: folder and journal side by side. */
#include "cli/migrate_options.h"
#include "migrate/layout.h"

static void json_done(keel_json *json, const keel_done_migration *done)
{
    keel_json_kv_text(json, "started_at", done->started_at);
    keel_json_kv_text(json, "finished_at", done->finished_at);
    keel_json_kv_text(json, "applied_by", done->applied_by);
    keel_json_kv_bool(json, "adopted", done->adopted);
    keel_json_key(json, "steps");
    keel_json_array(json);
    for (size_t i = 0; i < done->steps.count; i++) {
        const keel_done_step *s = &done->steps.items[i];
        keel_json_object(json);
        keel_json_kv_int(json, "step", s->number);
        keel_json_kv_text(json, "direction", s->direction == 'u' ? "up" : "down");
        keel_json_kv_text(json, "label", s->label);
        keel_json_kv_text(json, "state", s->running ? "running" : "done");
        keel_json_kv_text(json, "started_at", s->started_at);
        keel_json_kv_real(json, "duration_ms", s->duration_ms);
        keel_json_kv_real(json, "lock_wait_ms", s->lock_wait_ms);
        keel_json_kv_int(json, "retries", s->retries);
        keel_cli_json_footprint(json, s->wal_bytes, s->size_change);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

static void show_line(keel_cli *cli, keel_json *json, const keel_work_line *line)
{
    const char *version = line->migration != NULL ? line->migration->version : line->done->version;
    const char *file = line->migration != NULL ? line->migration->file : line->done->file;

    keel_cli_print(cli, "  %-16s %-9s %-48s %s\n", version, keel_line_state_name(line->state), file,
                   line->done != NULL && line->done->finished_at != NULL ? line->done->finished_at : "");
    if (line->state == KEEL_LINE_APPLYING)
        keel_cli_print(cli, "                   %d of %zu steps are done; the next begins in line %d\n", line->steps_done,
                       line->up.count,
                       line->steps_done < (int)line->up.count ? line->up.items[line->steps_done].line : 0);
    if (!cli->json)
        return;
    keel_json_object(json);
    keel_json_kv_text(json, "version", version);
    keel_json_kv_text(json, "file", file);
    keel_json_kv_text(json, "state", keel_line_state_name(line->state));
    if (line->done != NULL)
        json_done(json, line->done);
    keel_json_end_object(json);
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_work *work = NULL;
    keel_migrate_options options;
    keel_error err = {0};
    keel_json json;

    (void)argc;
    (void)argv;
    if (keel_cli_fan_out_wanted(cli->options))
        return keel_cli_fan_out(cli, KEEL_FAN_OUT_LOOK);
    if (!keel_cli_migrate_options(cli, cli->options, &options, &err))
        return keel_cli_fail(cli, &err);
    options.with_steps = cli->json;
    if (!keel_migrate_look(cli->arena, &options, cli->report, &work, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "%s: layout %s (%s)\n", work->folder->path, work->folder->layout->id, work->folder->recognised_by);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_text(&json, "layout", work->folder->layout->id);
    keel_json_kv_int(&json, "pending", (int64_t)work->pending);
    keel_json_key(&json, "migrations");
    keel_json_array(&json);
    for (size_t i = 0; i < work->lines.count; i++)
        show_line(cli, &json, &work->lines.items[i]);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    keel_cli_print(cli, "%zu of %zu pending.\n", work->pending, work->lines.count);
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
    {"pgkeel migrate status --db postgresql:///app", "what is applied, what is pending, what was interrupted where"},
    {"pgkeel migrate status --format json", "the same with duration, lock waits, retries, log and growth of each step"},
    {"pgkeel migrate status --databases-from \"SELECT db FROM tenant\"", "at which version every tenant's database is"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_status = {
    .name = "migrate status",
    .summary = "show which migrations are applied and which are pending",
    .usage = "[--db URL] [--dir FOLDER] [options]",
    .help = "Holds the folder against the journal. Writes nothing. An edited, missing or late file is a finding; exit 1 if one of them "
            "would stop \"migrate up\".",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_migrate),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
