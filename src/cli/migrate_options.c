/* What the migrate commands share: options, and how steps are shown. */
#include "cli/migrate_options.h"

#include "cli/transfer_options.h"
#include "migrate/directive.h"

bool keel_cli_duration(const char *option, const char *text, keel_usec *ret_duration, keel_error *err)
{
    if (keel_duration_read(text, ret_duration))
        return true;
    keel_fail(err, KEEL_ERR_USAGE, "\"%s\" is no duration for %s", text, option);
    return keel_fail_hint(err, "Write 500ms, 2s, 1min or 1h.");
}

static bool add_configured(keel_cli *cli, keel_variables *variables, keel_error *err)
{
    for (size_t i = 0; i < cli->config.variables.count; i++) {
        const keel_config_variable *v = &cli->config.variables.items[i];
        if (!(v->value != NULL ? keel_variables_add(cli->arena, variables, v->name, v->value, err)
                               : keel_variables_add_environment(cli->arena, variables, v->name, err)))
            return keel_fail_context(err, "%s", cli->config.path);
    }
    return true;
}

bool keel_cli_variables(keel_cli *cli, const keel_texts *var, const keel_texts *env, const keel_variables **ret_variables,
                        keel_error *err)
{
    keel_variables *variables = keel_arena_alloc(cli->arena, sizeof *variables);

    if (!add_configured(cli, variables, err))
        return false;
    for (size_t i = 0; i < env->count; i++)
        if (!keel_variables_add_environment(cli->arena, variables, env->items[i], err))
            return false;
    for (size_t i = 0; i < var->count; i++)
        if (!keel_variables_add_pair(cli->arena, variables, var->items[i], err))
            return false;
    *ret_variables = variables->count > 0 ? variables : NULL;
    return true;
}

bool keel_cli_migrate_options(keel_cli *cli, const keel_cli_migrate *from, keel_migrate_options *ret_options,
                              keel_error *err)
{
    keel_migrate_options options = {.dir = from->dir,
                                    .layout = from->layout,
                                    .to = from->to,
                                    .steps = from->steps,
                                    .dry_run = from->dry_run,
                                    .allow_out_of_order = from->allow_out_of_order,
                                    .retries = (int)from->retries,
                                    .cancel = keel_cli_cancel_flag()};

    if (!keel_cli_duration("--wait", from->wait, &options.wait, err) ||
        !keel_cli_duration("--lock-timeout", from->lock_timeout, &options.lock_timeout, err) ||
        !keel_cli_variables(cli, &from->var, &from->env, &options.variables, err) ||
        !keel_cli_fan_out_fits(from, err))
        return false;
    if (!keel_cli_fan_out_wanted(from) && !keel_cli_transfer_database(cli, NULL, &options.conninfo, err))
        return false;
    *ret_options = options;
    return true;
}

static const char *manner_of(const keel_step *step)
{
    static const char *const names[] = {"brief", "long", "data", "session", "control"};

    return names[step->manner];
}

static void show_statement(keel_cli *cli, const keel_step_statement *s)
{
    size_t shown = strcspn(s->text, "\r\n"); /* as in the file: values of variables may be secrets */

    keel_cli_print(cli, "        %.*s%s\n", (int)KEEL_MIN(shown, 100), s->text,
                   shown < s->text_size || shown > 100 ? " ..." : "");
    for (size_t i = 0; i < s->class.relations.count; i++) {
        const keel_sql_relation *r = &s->class.relations.items[i];
        keel_cli_print(cli, "            locks %s%s%s: %s\n", r->schema != NULL ? r->schema : "", r->schema != NULL ? "." : "",
                       r->name, keel_sql_lock_name(r->lock));
    }
}

void keel_cli_show_steps(keel_cli *cli, const keel_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const keel_step *step = &steps->items[i];
        keel_cli_print(cli, "    step %d, line %d: %s (%s)\n", step->number, step->line, step->label, manner_of(step));
        if (!step->transactional)
            keel_cli_print(cli, "        by itself: %s\n", step->why_not);
        for (size_t k = 0; k < step->statements.count; k++)
            show_statement(cli, &step->statements.items[k]);
    }
}

static void json_relations(keel_json *json, const keel_step_statement *s)
{
    keel_json_key(json, "locks");
    keel_json_array(json);
    for (size_t i = 0; i < s->class.relations.count; i++) {
        keel_json_object(json);
        keel_json_kv_text(json, "schema", s->class.relations.items[i].schema);
        keel_json_kv_text(json, "table", s->class.relations.items[i].name);
        keel_json_kv_text(json, "lock", keel_sql_lock_name(s->class.relations.items[i].lock));
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

void keel_cli_json_steps(keel_json *json, const keel_steps *steps)
{
    keel_json_key(json, "steps");
    keel_json_array(json);
    for (size_t i = 0; i < steps->count; i++) {
        const keel_step *step = &steps->items[i];
        keel_json_object(json);
        keel_json_kv_int(json, "step", step->number);
        keel_json_kv_int(json, "line", step->line);
        keel_json_kv_text(json, "label", step->label);
        keel_json_kv_text(json, "manner", manner_of(step));
        keel_json_kv_bool(json, "transactional", step->transactional);
        keel_json_kv_text(json, "why_not", step->why_not);
        keel_json_key(json, "statements");
        keel_json_array(json);
        for (size_t k = 0; k < step->statements.count; k++) {
            keel_json_object(json);
            keel_json_kv_text(json, "sql", step->statements.items[k].text);
            json_relations(json, &step->statements.items[k]);
            keel_json_end_object(json);
        }
        keel_json_end_array(json);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

void keel_cli_json_footprint(keel_json *json, int64_t wal_bytes, int64_t size_change)
{
    const struct { const char *key; int64_t bytes; } parts[] = {{"wal_bytes", wal_bytes}, {"size_change", size_change}};

    for (size_t i = 0; i < KEEL_COUNT_OF(parts); i++) {
        keel_json_key(json, parts[i].key);
        if (parts[i].bytes == KEEL_NOT_MEASURED)
            keel_json_null(json);
        else
            keel_json_int(json, parts[i].bytes);
    }
}

void keel_cli_json_run_steps(keel_json *json, const keel_migrate_step_result *steps, size_t count)
{
    keel_json_key(json, "steps");
    keel_json_array(json);
    for (size_t i = 0; i < count; i++) {
        const keel_migrate_step_result *s = &steps[i];
        keel_json_object(json);
        keel_json_kv_text(json, "version", s->version);
        keel_json_kv_text(json, "file", s->file);
        keel_json_kv_int(json, "step", s->number);
        keel_json_kv_text(json, "label", s->label);
        keel_json_kv_bool(json, "transactional", s->transactional);
        keel_json_kv_real(json, "duration_ms", s->duration_ms);
        keel_json_kv_real(json, "lock_wait_ms", s->lock_wait_ms);
        keel_json_kv_int(json, "retries", s->retries);
        keel_cli_json_footprint(json, s->wal_bytes, s->size_change);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
}

/* ", 80.2 MB of log, +40.1 MB": what is less than a megabyte is not worth a word. */
static const char *footprint_of(keel_cli *cli, const keel_migrate_step_result *s)
{
    enum { WORTH = 1000000 };
    const char *log = "", *growth = "";

    if (s->wal_bytes >= WORTH)
        log = keel_arena_printf(cli->arena, ", %.1f MB of log", (double)s->wal_bytes / 1e6);
    if (s->size_change != KEEL_NOT_MEASURED && (s->size_change >= WORTH || s->size_change <= -WORTH))
        growth = keel_arena_printf(cli->arena, ", %+.1f MB", (double)s->size_change / 1e6);
    return keel_arena_printf(cli->arena, "%s%s", log, growth);
}

void keel_cli_json_run(keel_cli *cli, const keel_migrate_result *result)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "migrations", (int64_t)result->migrations);
    keel_cli_json_run_steps(&json, result->steps.items, result->steps.count);
    keel_json_end_object(&json);
}

void keel_cli_show_run(keel_cli *cli, const keel_migrate_result *result, const char *verb)
{
    for (size_t i = 0; i < result->steps.count; i++) {
        const keel_migrate_step_result *s = &result->steps.items[i];
        keel_cli_print(cli, "  %-40s step %d  %-40s %8.1f ms%s%s\n", s->file, s->number, s->label, s->duration_ms,
                       footprint_of(cli, s), s->retries > 0 ? " (retried)" : "");
    }
    keel_cli_print(cli, "%zu migration%s %s, %zu step%s run.\n", result->migrations, result->migrations == 1 ? "" : "s", verb,
                   result->steps.count, result->steps.count == 1 ? "" : "s");
    keel_cli_json_run(cli, result);
}
