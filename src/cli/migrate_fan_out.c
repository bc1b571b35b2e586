/* migrate up, down, status and verify over many databases or schemas: the report of them all. */
#include "cli/migrate_options.h"
#include "cli/transfer_options.h"
#include "migrate/fan_out.h"

bool keel_cli_fan_out_wanted(const keel_cli_migrate *given)
{
    return given->databases != NULL || given->databases_from != NULL || given->schemas != NULL ||
           given->schemas_from != NULL;
}

bool keel_cli_fan_out_fits(const keel_cli_migrate *given, keel_error *err)
{
    const char *alone = given->canary != NULL   ? "--canary"
                        : given->stop_after > 0 ? "--stop-after"
                                                : "--jobs";

    if (keel_cli_fan_out_wanted(given) ||
        (given->canary == NULL && given->stop_after == 0 && given->jobs == 0))
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "%s is for many targets", alone);
    return keel_fail_hint(
        err, "Name them with --databases, --databases-from, --schemas or --schemas-from.");
}

/* In one database the schemas' migrations meet at what they share, so they go one by one unless
 * asked otherwise. */
static int jobs_of(const keel_cli_migrate *given)
{
    enum { DATABASES_AT_ONCE = 4 };
    bool schemas = given->schemas != NULL || given->schemas_from != NULL;

    return given->jobs > 0 ? (int)given->jobs : schemas ? 1 : DATABASES_AT_ONCE;
}

/* URLs alone want no --db. */
static bool
find_targets(keel_cli *cli, const keel_cli_migrate *given, keel_targets *targets, keel_error *err)
{
    keel_fan_out_choice choice = {.databases = given->databases,
                                  .databases_from = given->databases_from,
                                  .schemas = given->schemas,
                                  .schemas_from = given->schemas_from};
    keel_error none = {0};

    if (keel_cli_database(cli, NULL, &choice.conninfo, &none) &&
        !keel_cli_transfer_database(cli, NULL, &choice.conninfo, err))
        return false;
    return keel_fan_out_find(cli->arena, &choice, targets, err);
}

static const char *state_word(const keel_target *target, const keel_fan_out_options *options)
{
    bool looks = options->act == KEEL_FAN_OUT_LOOK || options->act == KEEL_FAN_OUT_VERIFY;

    if (target->state == KEEL_TARGET_DONE && (looks || options->migrate->dry_run))
        return looks ? "ok" : "due";
    return keel_target_state_text(target->state);
}

static int widest_name(const keel_targets *targets)
{
    enum { NARROWEST = 12, WIDEST = 48 };
    size_t widest = NARROWEST;

    for (size_t i = 0; i < targets->count; i++)
        widest = KEEL_MAX(widest, strlen(targets->items[i].name));
    return (int)KEEL_MIN(widest, (size_t)WIDEST);
}

static void
show_text(keel_cli *cli, const keel_targets *targets, const keel_fan_out_options *options)
{
    static const char *const words[] = {"not started",   "done",   "with nothing to do",
                                        "with findings", "failed", "stopped"};
    const char *before = ": ";

    for (size_t i = 0; i < targets->count && options->act != KEEL_FAN_OUT_VERIFY; i++) {
        const keel_target *target = &targets->items[i];
        keel_cli_print(cli, "  %-*s  %-13s  %s%s\n", widest_name(targets), target->name,
                       state_word(target, options), target->note,
                       target->canary ? " (canary)" : "");
    }
    keel_cli_print(cli, "%zu %s%s", targets->count,
                   targets->items[0].space[0] != '\0' ? "schema" : "database",
                   targets->count == 1 ? "" : "s");
    for (int state = KEEL_TARGET_STATES; state-- > 0;) {
        size_t count = keel_fan_out_count(targets, (keel_target_state)state);
        if (count == 0)
            continue;
        bool looked = state == KEEL_TARGET_DONE &&
                      (options->act > KEEL_FAN_OUT_DOWN || options->migrate->dry_run);
        keel_cli_print(cli, "%s%zu %s", before, count, looked ? "looked at" : words[state]);
        before = ", ";
    }
    keel_cli_print(cli, ".\n");
}

static void json_due(keel_json *json, const keel_target *target)
{
    keel_json_kv_int(json, "migrations", (int64_t)target->migrations);
    keel_json_key(json, "due");
    keel_json_array(json);
    for (size_t i = 0; i < target->due.count; i++)
        keel_json_text(json, target->due.items[i]);
    keel_json_end_array(json);
    keel_cli_json_run_steps(json, target->steps.items, target->steps.count);
}

static void json_looked(keel_json *json, const keel_target *target)
{
    keel_json_kv_text(json, "version", target->version);
    keel_json_kv_int(json, "migrations", (int64_t)target->total);
    keel_json_kv_int(json, "pending", (int64_t)target->pending);
}

static void
json_target(keel_json *json, const keel_target *target, const keel_fan_out_options *options)
{
    bool runs = options->act <= KEEL_FAN_OUT_DOWN;
    bool looked = target->state == KEEL_TARGET_DONE || target->state == KEEL_TARGET_FOUND;
    bool ended = target->err.kind != KEEL_OK;

    keel_json_object(json);
    keel_json_kv_text(json, "target", target->name);
    keel_json_kv_text(json, "state", keel_target_state_name(target->state));
    keel_json_kv_bool(json, "canary", target->canary);
    keel_json_kv_text(json, "reason",
                      ended                                      ? target->err.message
                      : target->state == KEEL_TARGET_NOT_STARTED ? target->note
                                                                 : NULL);
    keel_json_kv_text(json, "sqlstate",
                      target->err.sqlstate[0] != '\0' ? target->err.sqlstate : NULL);
    keel_json_kv_text(json, "hint", target->err.hint[0] != '\0' ? target->err.hint : NULL);
    keel_json_kv_int(json, "duration_ms", target->duration / 1000);
    if (runs && target->state != KEEL_TARGET_NOT_STARTED)
        json_due(json, target);
    if (!runs && looked)
        json_looked(json, target);
    keel_json_end_object(json);
}

static void
show_json(keel_cli *cli, const keel_targets *targets, const keel_fan_out_options *options)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "targets");
    keel_json_array(&json);
    for (size_t i = 0; i < targets->count; i++)
        json_target(&json, &targets->items[i], options);
    keel_json_end_array(&json);
    for (int state = 0; state < KEEL_TARGET_STATES; state++)
        keel_json_kv_int(&json, keel_target_state_name((keel_target_state)state),
                         (int64_t)keel_fan_out_count(targets, (keel_target_state)state));
    keel_json_end_object(&json);
}

int keel_cli_fan_out(keel_cli *cli, keel_fan_out_act act)
{
    const keel_cli_migrate *given = cli->options;
    keel_migrate_options migrate;
    keel_fan_out_options options = {.act = act,
                                    .migrate = &migrate,
                                    .jobs = jobs_of(given),
                                    .canary = given->canary,
                                    .stop_after = (size_t)KEEL_MAX(given->stop_after, 1)};
    keel_targets targets = {0};
    keel_error err = {0};

    if (!keel_cli_migrate_options(cli, given, &migrate, &err) ||
        !find_targets(cli, given, &targets, &err) ||
        !keel_fan_out_run(cli->arena, &options, &targets, cli->report, keel_cli_progress(cli),
                          &err))
        return keel_cli_fail(cli, &err);
    show_text(cli, &targets, &options);
    show_json(cli, &targets, &options);
    return keel_fan_out_complete(&targets, &err) ? 0 : keel_cli_fail(cli, &err);
}
