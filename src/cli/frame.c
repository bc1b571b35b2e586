#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/term.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "report/render.h"

static int refuse(const keel_error *err)
{
    keel_output_error(err);
    return 2;
}

/* Help that was asked for is a result; help instead of a result is a message. */
static int show_help(const keel_command *command, const keel_command_group *group, bool asked)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    keel_error err = {0};

    if (command != NULL)
        keel_help_command(command, &text);
    else if (group != NULL)
        keel_help_group(group, &text);
    else
        keel_help_overview(&text);
    if (!keel_output_write(asked ? STDOUT_FILENO : STDERR_FILENO, &text, &err))
        return refuse(&err);
    return asked ? 0 : 2;
}

static bool check_words(const keel_command *command, int words, char **argv, keel_error *err)
{
    if (words < command->min_words)
        keel_fail(err, KEEL_ERR_USAGE, "\"pgkeel %s\" wants more words", command->name);
    else if (command->max_words >= 0 && words > command->max_words)
        keel_fail(err, KEEL_ERR_USAGE, "\"pgkeel %s\" does not know what to do with \"%s\"", command->name,
                  argv[command->max_words]);
    else
        return true;
    return keel_fail_hint(err, "usage: pgkeel %s %s", command->name, command->usage);
}

/* Reads the words behind the command's name into cli; argv keeps those that are no options. */
static bool parse(keel_cli *cli, int argc, char **argv, int *ret_words, keel_error *err)
{
    const keel_command *command = cli->command;
    void *own = keel_arena_alloc(cli->arena, command->options_size + 1);
    keel_option_set sets[2 + KEEL_COMMON_TABLES];
    size_t set_count = 0;

    if (command->defaults != NULL)
        memcpy(own, command->defaults, command->options_size);
    cli->options = own;
    cli->common.format = "text";
    sets[set_count++] = (keel_option_set){command->options, command->option_count, own};
    set_count += keel_common_sets(command->takes, &cli->common, &sets[set_count]);
    if (keel_options_parse(sets, set_count, argc, argv, ret_words, err))
        return true;
    if (err->hint[0] == '\0')
        keel_fail_hint(err, "See \"pgkeel %s --help\".", command->name);
    return false;
}

static bool wants_color(const keel_cli *cli)
{
    if (cli->common.no_color || keel_cli_text_fd(cli) != STDOUT_FILENO || cli->config.color == KEEL_COLOR_NEVER)
        return false;
    return cli->config.color == KEEL_COLOR_ALWAYS || keel_term_color(STDOUT_FILENO);
}

/* One row per format that is not text. */
typedef struct format {
    const char *name;
    void (*render)(const keel_report *report, const keel_render_options *options, keel_str *out);
} format;
static const format formats[] = {
    {"json", keel_render_json},
    {"junit", keel_render_junit},
    {"sarif", keel_render_sarif},
    {"github", keel_render_github},
};

static const format *format_of(const keel_cli *cli)
{
    for (size_t i = 0; i < KEEL_COUNT_OF(formats); i++)
        if (strcmp(formats[i].name, cli->common.format) == 0)
            return &formats[i];
    return NULL;
}

static bool prepare(keel_cli *cli, keel_error *err)
{
    bool reads_config = (cli->command->takes & KEEL_IGNORES_CONFIG) == 0;
    bool besides_text = cli->common.output != NULL && (cli->command->takes & KEEL_TAKES_REPORTS) != 0;

    if (reads_config && !keel_config_load(cli->arena, cli->common.config, &cli->config, err))
        return false;
    cli->json = strcmp(cli->common.format, "json") == 0;
    cli->text_wanted = format_of(cli) == NULL || besides_text;
    if (!keel_output_open(cli->common.output, &cli->output_fd, err))
        return false;
    cli->color = cli->text_wanted && wants_color(cli);
    return true;
}

static keel_render_options render_options(const keel_cli *cli, int exit_code)
{
    return (keel_render_options){
        .command = cli->command->name,
        .target = cli->target,
        .started_at = cli->started_at,
        .finished_at = keel_now(),
        .duration = keel_monotonic() - cli->started_monotonic,
        .exit_code = exit_code,
        .color = cli->color,
        .verbose = cli->common.verbose,
        .result = cli->result.size > 0 ? cli->result.data : NULL,
        .strict = cli->strict,
        .about = cli->about,
        .about_count = cli->about_count,
    };
}

static void add_failure(keel_cli *cli)
{
    KEEL_CLEANUP(keel_str_free) keel_str evidence = {0};
    const keel_error *failure = &cli->failure;
    keel_json json;

    if (failure->kind == KEEL_OK)
        return;
    keel_json_start(&json, &evidence, false);
    keel_json_object(&json);
    keel_json_kv_text(&json, "kind", keel_error_kind_text(failure->kind));
    if (failure->sqlstate[0] != '\0')
        keel_json_kv_text(&json, "sqlstate", failure->sqlstate);
    keel_json_end_object(&json);
    keel_report_addf(cli->report, KEEL_CRITICAL, "command.failed", cli->command->name, evidence.data,
                     failure->hint[0] != '\0' ? failure->hint : NULL, "%s", failure->message);
}

/* The file first: a closed pipe on stdout does not cost the report. A failure stands in what programs read; people
 * have read it on stderr. */
static bool write_result(keel_cli *cli, int exit_code, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    KEEL_CLEANUP(keel_str_free) keel_str report = {0};
    keel_render_options options = render_options(cli, exit_code);
    const format *other = format_of(cli);

    if (cli->text_wanted) {
        keel_str_addn(&text, keel_str_text(&cli->text), cli->text.size);
        keel_render_text(cli->report, &options, &text);
    }
    if (other != NULL) {
        add_failure(cli);
        other->render(cli->report, &options, &report);
        if (!keel_output_write(cli->output_fd, &report, err))
            return false;
    }
    return (!cli->text_wanted || keel_output_write(keel_cli_text_fd(cli), &text, err)) &&
           keel_output_close(cli->output_fd, err);
}

static int run(keel_cli *cli, int words, char **argv)
{
    keel_error err = {0};

    int code = cli->command->run(cli, words, argv);
    keel_progress_free(cli->progress);
    cli->progress = NULL;
    code = KEEL_MAX(code, keel_report_exit_code(cli->report));
    if (!write_result(cli, code, &err))
        return refuse(&err);
    return code;
}

static void release(keel_cli *cli)
{
    keel_str_free(&cli->text);
    keel_str_free(&cli->result);
    keel_report_free(cli->report);
    keel_arena_free(cli->arena);
}

static int run_command(const keel_command *command, int argc, char **argv)
{
    KEEL_CLEANUP(release) keel_cli cli = {
        .arena = keel_arena_create(),
        .report = keel_report_create(),
        .command = command,
        .started_at = keel_now(),
        .started_monotonic = keel_monotonic(),
        .output_fd = STDOUT_FILENO,
    };
    keel_error err = {0};
    int words = 0;

    if (!parse(&cli, argc, argv, &words, &err))
        return refuse(&err);
    if (cli.common.help)
        return show_help(command, NULL, true);
    if (!check_words(command, words, argv, &err) || !prepare(&cli, &err))
        return refuse(&err);
    return run(&cli, words, argv);
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int keel_cli_main(int argc, char **argv)
{
    const keel_command *command = NULL;
    const keel_command_group *group = NULL;
    keel_error err = {0};
    int named_by = 1;

    keel_signals_install();
    if (argc < 2)
        return show_help(NULL, NULL, false);
    if (is_help(argv[1]))
        return show_help(NULL, NULL, true);
    if (strcmp(argv[1], "--version") == 0)
        return run_command(keel_command_find("version"), argc - 2, argv + 2);
    if (argv[1][0] == '-') {
        keel_fail(&err, KEEL_ERR_USAGE, "\"%s\" stands where a command belongs", argv[1]);
        keel_fail_hint(&err, "Options stand behind the command: pgkeel COMMAND %s", argv[1]);
        return refuse(&err);
    }
    if (!keel_command_match(argc - 1, argv + 1, &command, &group, &named_by, &err))
        return refuse(&err);
    if (command == NULL)
        return show_help(NULL, group, argc > 2 && is_help(argv[2]));
    return run_command(command, argc - 1 - named_by, argv + 1 + named_by);
}
