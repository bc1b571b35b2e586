/* pgkeel lint: what migrations will do to those who use the database meanwhile. */
#include <sys/stat.h>

#include "cli/lint_script.h"
#include "cli/migrate_options.h"
#include "cli/transfer_options.h"

typedef struct lint_options {
    const char *live, *only, *skip, *dir, *layout, *explain, *old_transaction;
    int64_t server, small_rows;
    bool pending, list, other_runner;
    keel_texts var, env;
} lint_options;

static const char *condition_of(const keel_lint_rule *rule)
{
    if ((rule->flags & KEEL_LINT_NEEDS_LIVE) != 0)
        return "with --live";
    if ((rule->flags & KEEL_LINT_OTHER_RUNNER) != 0)
        return "with --other-runner";
    if ((rule->flags & KEEL_LINT_OFF) != 0)
        return "off unless named";
    return rule->policy != NULL ? "with a policy in pgkeel.yaml" : "";
}

static void json_rule(keel_json *json, const keel_lint_rule *rule)
{
    keel_json_object(json);
    keel_json_kv_text(json, "rule", rule->id);
    keel_json_kv_text(json, "name", rule->name);
    keel_json_kv_text(json, "severity", keel_severity_name(rule->severity));
    keel_json_kv_bool(json, "needs_live", (rule->flags & KEEL_LINT_NEEDS_LIVE) != 0);
    keel_json_kv_bool(json, "needs_other_runner", (rule->flags & KEEL_LINT_OTHER_RUNNER) != 0);
    keel_json_kv_bool(json, "off", (rule->flags & KEEL_LINT_OFF) != 0);
    keel_json_kv_bool(json, "needs_policy", rule->policy != NULL);
    keel_json_kv_text(json, "lock", rule->lock);
    keel_json_kv_text(json, "help", rule->help);
    keel_json_kv_text(json, "found", rule->bad);
    keel_json_kv_text(json, "instead", rule->good);
    if (rule->beside != NULL)
        keel_json_kv_text(json, "beside", rule->beside);
    if (rule->policy != NULL)
        keel_json_kv_text(json, "policy", rule->policy_example);
    keel_json_end_object(json);
}

static int list_rules(keel_cli *cli)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "rules");
    keel_json_array(&json);
    for (size_t i = 0; keel_lint_rules[i] != NULL; i++) {
        const keel_lint_rule *rule = keel_lint_rules[i];
        keel_cli_print(cli, "%-6s %-34s %-8s %s\n", rule->id, rule->name, keel_severity_name(rule->severity),
                       condition_of(rule));
        json_rule(&json, rule);
    }
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    return 0;
}

static int explain(keel_cli *cli, const char *name)
{
    const keel_lint_rule *rule = NULL;
    keel_error err = {0};
    keel_json json;

    if (!keel_cli_lint_rule(cli, name, &rule, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_print(cli, "%s %s (%s)\n\n%s\n\nLock: %s\n\nFound:\n%s\n\nInstead:\n%s\n", rule->id, rule->name,
                   keel_severity_name(rule->severity), rule->help, rule->lock[0] != '\0' ? rule->lock : "none", rule->bad,
                   rule->good);
    if (rule->beside != NULL)
        keel_cli_print(cli, "\nWhile another session has run:\n%s\n", rule->beside);
    if (rule->policy != NULL)
        keel_cli_print(cli, "\nWith this under \"lint:\" and \"policy:\" of pgkeel.yaml:\n%s\n", rule->policy_example);
    keel_cli_result(cli, &json);
    json_rule(&json, rule);
    return 0;
}

/* What is wrong with the folder and its history (edited, out of order, missing ...), which migrate would stop at; what the
 * grammar does not know lint says itself. */
static void add_findings(keel_cli *cli, const keel_report *report)
{
    for (size_t i = 0; i < keel_report_count(report); i++)
        if (!keel_streq(keel_report_at(report, i)->check, "migrate.not_analysed"))
            keel_report_add(cli->report, keel_report_at(report, i));
}

static bool is_folder(const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool read_script(keel_cli *cli, int argc, char **argv, int server_version, keel_lint_script *script, keel_error *err)
{
    const lint_options *given = cli->options;
    keel_migrate_options options = {.dir = given->dir, .layout = given->layout};
    KEEL_CLEANUP(keel_report_free_p) keel_report *of_folder = keel_report_create();
    const keel_work *work = NULL;

    if (!keel_cli_variables(cli, &given->var, &given->env, &options.variables, err))
        return false;
    for (int i = 0; i < argc; i++)
        if (!keel_cli_lint_path(cli, argv[i], given->layout, options.variables, server_version, script, err))
            return false;
    if (!given->pending)
        return argc > 0 || keel_cli_lint_folder(cli, given->dir, given->layout, options.variables, server_version, script,
                                                err);
    if (!keel_cli_database(cli, given->live, &options.conninfo, err) ||
        !keel_migrate_look(cli->arena, &options, of_folder, &work, err))
        return false;
    add_findings(cli, of_folder);
    keel_cli_lint_pending(cli, work, script);
    return true;
}

static bool open_live(keel_cli *cli, const char *url, keel_pg **ret_pg, keel_world **ret_world, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};

    if (!keel_pg_open(url, "lint", ret_pg, err))
        return false;
    keel_pg_target_name(*ret_pg, &target);
    keel_cli_set_target(cli, keel_str_text(&target));
    return keel_world_load(*ret_pg, cli->arena, ret_world, err);
}

static void show(keel_cli *cli, const keel_lint_script *script)
{
    keel_json json;

    keel_cli_print(cli, "%zu statements, %zu findings.\n", script->count, keel_report_count(cli->report));
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "statements", (int64_t)script->count);
    keel_json_end_object(&json);
}

static bool lint(keel_cli *cli, int argc, char **argv, keel_error *err)
{
    const lint_options *given = cli->options;
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_world *world = keel_world_empty(cli->arena);
    keel_lint_script script = {0};
    keel_lint_options options;

    if (!keel_cli_lint_options(cli, given->only, given->skip, &options, err))
        return false;
    options.server_version = (int)given->server * 10000;
    if (given->small_rows > 0)
        options.small_rows = (double)given->small_rows;
    options.other_runner = options.other_runner || given->other_runner;
    if (given->old_transaction != NULL &&
        !keel_cli_duration("--old-transaction", given->old_transaction, &options.old_transaction, err))
        return false;
    options.whole = !given->pending;
    for (int i = 0; i < argc; i++)
        options.whole = options.whole && is_folder(argv[i]);
    if (given->live != NULL && !open_live(cli, given->live, &pg, &world, err))
        return false;
    int version = pg != NULL ? keel_pg_server_version(pg) : options.server_version;
    if (!read_script(cli, argc, argv, version, &script, err))
        return false;
    keel_lint_run(cli->arena, &script, world, &options, cli->report);
    show(cli, &script);
    return true;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const lint_options *given = cli->options;
    keel_error err = {0};

    if (given->list)
        return list_rules(cli);
    if (given->explain != NULL)
        return explain(cli, given->explain);
    return lint(cli, argc, argv, &err) ? 0 : keel_cli_fail(cli, &err);
}

static const keel_option options[] = {
    KEEL_TEXT_OPTION(lint_options, live, "live", 0, "URL", "judge by this database's catalogue, sizes and statistics"),
    KEEL_FLAG_OPTION(lint_options, pending, "pending", 0, "what is pending in --dir for that database"),
    KEEL_TEXT_OPTION(lint_options, dir, "dir", 'd', "FOLDER", "where the files are (default migrations)"),
    KEEL_TEXT_OPTION(lint_options, layout, "layout", 0, "NAME", "how they are laid out (default: recognised)"),
    KEEL_TEXTS_OPTION(lint_options, var, "var", 0, "NAME=VALUE", "what ${NAME} means in the files"),
    KEEL_TEXTS_OPTION(lint_options, env, "env", 0, "NAME", "the same, with the value that the environment has"),
    KEEL_TEXT_OPTION(lint_options, only, "only", 0, "RULE[,RULE]", "only these rules"),
    KEEL_TEXT_OPTION(lint_options, skip, "skip", 0, "RULE[,RULE]", "all but these rules"),
    KEEL_INT_OPTION(lint_options, server, "server", 0, "N", 12, 99, "major version to judge for without --live (default 15)"),
    KEEL_INT_OPTION(lint_options, small_rows, "small-rows", 0, "N", 1, 1000000000,
                    "tables with fewer rows are small (default 10000)"),
    KEEL_TEXT_OPTION(lint_options, old_transaction, "old-transaction", 0, "TIME",
                     "others' transactions that are older are in the way (default 1min)"),
    KEEL_FLAG_OPTION(lint_options, other_runner, "other-runner", 0,
                     "not pgkeel migrate applies the files: ask them for timeouts of their own"),
    KEEL_FLAG_OPTION(lint_options, list, "list", 0, "list the rules"),
    KEEL_TEXT_OPTION(lint_options, explain, "explain", 0, "RULE", "what a rule looks for, its lock, and the safe form"),
};
static const lint_options defaults = {.dir = "migrations"};

static const keel_example examples[] = {
    {"pgkeel lint migrations/0042_orders.sql", "one file, by its text alone"},
    {"pgkeel lint --pending --live postgresql:///app", "what is pending, judged by the tables as they are"},
    {"pgkeel lint --explain L012", "a rule, with its lock and the safe form"},
    {NULL, NULL},
};

const keel_command keel_command_lint = {
    .name = "lint",
    .summary = "say what migrations will do to those who use the database meanwhile",
    .usage = "[FILE... | --pending] [--live URL] [options]",
    .help = "Reads SQL with PostgreSQL's own grammar and names statements that block, rewrite, fail on filled tables or break running "
            "clients, each with its lock and a safe form to paste. With --live the verdict is about the tables as they are: the same "
            "statement is nothing on ten rows and an outage on a hundred gigabytes. Without it the worst is assumed, except about what "
            "the same run has made.\n\n"
            "A finding that was looked at is suppressed in front of its statement: -- pgkeel:allow=L012 \"reason\" until=2027-01-01; or "
            "for many files at once under \"lint:\" in pgkeel.yaml, which also names rules to skip or to add, and policies to judge by.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(lint_options),
    .defaults = &defaults,
    .max_words = -1,
    .takes = KEEL_TAKES_REPORTS,
    .run = run,
};
