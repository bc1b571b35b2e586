#include "cli/lint_script.h"
#include "cli/transfer_options.h"
#include "lint/settings.h"

/* "2026-11-21" */
static const char *today(keel_cli *cli)
{
    char utc[KEEL_UTC_SIZE];

    return keel_arena_strndup(cli->arena, keel_format_utc(keel_now(), utc, sizeof utc), 10);
}

bool keel_cli_lint_rule(keel_cli *cli, const char *name, const keel_lint_rule **ret_rule, keel_error *err)
{
    *ret_rule = keel_lint_rule_find(name);
    if (*ret_rule != NULL)
        return true;
    const char *nearest = keel_lint_rule_nearest(cli->arena, name);
    keel_fail(err, KEEL_ERR_USAGE, "there is no rule \"%s\"", name);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"%s\"? \"pgkeel lint --list\" names them all.", nearest);
    return keel_fail_hint(err, "\"pgkeel lint --list\" names them.");
}

static bool check_rules(keel_cli *cli, const char *const *names, const keel_lint_settings *settings, keel_error *err)
{
    for (; names != NULL && *names != NULL; names++) {
        const keel_lint_rule *rule = NULL;
        if (!keel_cli_lint_rule(cli, *names, &rule, err))
            return false;
        if (settings != NULL && !keel_lint_settings_state(settings, rule)) {
            keel_fail(err, KEEL_ERR_USAGE, "%s has no policy to judge by", rule->id);
            return keel_fail_hint(err, "State it in pgkeel.yaml, under \"lint:\" and \"policy:\": %s", rule->policy_example);
        }
    }
    return true;
}

static const char *const *joined(keel_arena *arena, const char *const *first, const char *const *second)
{
    struct {
        const char **items;
        size_t count, capacity;
    } all = {0};

    if (first == NULL || second == NULL)
        return first != NULL ? first : second;
    for (; *first != NULL; first++)
        keel_arena_push(arena, &all, *first);
    for (; *second != NULL; second++)
        keel_arena_push(arena, &all, *second);
    keel_arena_push(arena, &all, NULL);
    return all.items;
}

bool keel_cli_lint_options(keel_cli *cli, const char *only, const char *skip, keel_lint_options *ret_options,
                           keel_error *err)
{
    keel_lint_settings *settings = keel_arena_alloc(cli->arena, sizeof *settings);
    keel_lint_options options = {.only = keel_cli_list(cli, only), .skip = keel_cli_list(cli, skip), .settings = settings,
                                 .today = today(cli)};

    if (cli->config.lint != NULL &&
        !keel_lint_settings_read(cli->arena, cli->config.lint, cli->config.path, settings, err))
        return false;
    if (!check_rules(cli, options.only, settings, err) || !check_rules(cli, options.skip, NULL, err))
        return false;
    if (options.only == NULL) {
        options.only = settings->only;
        options.skip = joined(cli->arena, settings->skip, options.skip);
        options.also = settings->also;
    }
    options.small_rows = settings->small_rows;
    options.other_runner = settings->other_runner;
    *ret_options = options;
    return true;
}
