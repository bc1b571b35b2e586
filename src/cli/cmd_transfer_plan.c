/* pgkeel transfer plan: everything that a run would do, having written nothing. */
#include "cli/transfer_options.h"

enum { ROWS_PER_SECOND = 500000 }; /* a careful guess for the estimate; docs/benchmarks.md has measured rates */

static void show_columns(keel_cli *cli, const keel_plan_table *table)
{
    static const char *const roles[] = {"", "  new key", "  rewritten to the parent's new key"};

    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        const char *type = column->source_column->type;
        keel_cli_print(cli, "    %-24s %-18s -> %-24s %s%s%s\n", column->source, type[0] != '\0' ? type : "(no type)",
                       column->target, column->type->name, column->rule.not_null ? " not null" : "", roles[column->role]);
    }
    for (size_t i = 0; i < table->sets.count; i++)
        keel_cli_print(cli, "    %-24s %-18s -> %-24s %s\n", "(mapping)", "set", table->sets.items[i]->target,
                       table->sets.items[i]->sql != NULL ? table->sets.items[i]->sql : table->sets.items[i]->value);
}

static void show_table(keel_cli *cli, const keel_plan_table *table)
{
    keel_cli_print(cli, "\n  %s -> %s.%s  %s rows, %s, keys %s%s\n", table->source->name, table->schema, table->name,
                   keel_cli_count(cli, table->source_rows), table->create ? "created" : "existing table",
                   table->remap ? "remapped" : "kept", table->cyclic ? ", part of a reference cycle" : "");
    show_columns(cli, table);
    for (size_t i = 0; i < table->references.count; i++) {
        const keel_plan_reference *reference = &table->references.items[i];
        keel_cli_print(cli, "    references %s%s\n",
                       reference->parent != NULL ? reference->parent->source->name
                                                 : reference->target != NULL ? reference->target->parent_table : reference->name,
                       reference->parent == NULL        ? " (not transferred: checked by the target)"
                       : reference->second_pass ? " (set in a second pass)"
                                                        : "");
    }
}

static void show_statements(keel_cli *cli, const keel_ddl_list *ddl)
{
    if (ddl->count == 0)
        return;
    keel_cli_print(cli, "\nStatements:\n");
    for (size_t i = 0; i < ddl->count; i++)
        keel_cli_print(cli, "  %s;\n", ddl->items[i].sql);
}

static void result_table(keel_json *json, const keel_plan_table *table)
{
    keel_json_object(json);
    keel_json_kv_text(json, "table", table->source->name);
    keel_json_kv_text(json, "target_schema", table->schema);
    keel_json_kv_text(json, "target_table", table->name);
    keel_json_kv_int(json, "source_rows", table->source_rows);
    keel_json_kv_bool(json, "create", table->create);
    keel_json_kv_text(json, "keys", table->remap ? "remap" : "keep");
    keel_json_key(json, "columns");
    keel_json_array(json);
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_plan_column *column = &table->columns.items[i];
        keel_json_object(json);
        keel_json_kv_text(json, "source", column->source);
        keel_json_kv_text(json, "source_type", column->source_column->type);
        keel_json_kv_text(json, "target", column->target);
        keel_json_kv_text(json, "target_type", column->type->name);
        keel_json_end_object(json);
    }
    keel_json_end_array(json);
    keel_json_end_object(json);
}

static void result(keel_cli *cli, const keel_plan *plan, const keel_ddl_list *ddl, int64_t rows)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "tables");
    keel_json_array(&json);
    for (size_t i = 0; i < plan->table_count; i++)
        result_table(&json, plan->tables[i]);
    keel_json_end_array(&json);
    keel_json_kv_int(&json, "rows", rows);
    keel_json_key(&json, "statements");
    keel_json_array(&json);
    for (size_t i = 0; i < ddl->count; i++)
        keel_json_text(&json, ddl->items[i].sql);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
}

int keel_cli_show_plan(keel_cli *cli, const keel_run_options *options)
{
    keel_plan *plan = NULL;
    keel_ddl_list ddl = {0};
    keel_error err = {0};
    int64_t rows = 0, seconds = 0;

    if (!keel_transfer_plan(cli->arena, options, cli->report, &plan, &ddl, &err))
        return keel_cli_fail(cli, &err);
    for (size_t i = 0; i < plan->table_count; i++)
        rows += plan->tables[i]->source_rows > 0 ? plan->tables[i]->source_rows : 0;
    seconds = rows / ROWS_PER_SECOND + 1;
    keel_cli_print(cli, "Plan: %s -> schema %s, %zu tables, %s rows, parents first\n", options->source_path, plan->schema,
                   plan->table_count, keel_cli_count(cli, rows));
    for (size_t i = 0; i < plan->table_count; i++)
        show_table(cli, plan->tables[i]);
    show_statements(cli, &ddl);
    keel_cli_print(cli, "\nEstimate: about %lld s at %s rows/s. Locks: a table is locked against others only while its own"
                        " statements above run (lock_timeout 10 s); rows are loaded under ROW EXCLUSIVE.\nNothing was written.\n",
                   (long long)seconds, keel_cli_count(cli, ROWS_PER_SECOND));
    result(cli, plan, &ddl, rows);
    return 0;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    keel_run_options options;
    keel_error err = {0};

    (void)argc;
    (void)argv;
    if (!keel_cli_transfer_options(cli, cli->options, &options, &err))
        return keel_cli_fail(cli, &err);
    return keel_cli_show_plan(cli, &options);
}

static const keel_option options[] = {KEEL_CLI_TRANSFER_OPTIONS};

static const keel_cli_transfer defaults = KEEL_CLI_TRANSFER_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel transfer plan --from sqlite:app.db --to postgresql:///app", "what a transfer by name would do"},
    {"pgkeel transfer plan --from sqlite:app.db --to postgresql:///app --file transfers/app.yaml --verbose",
     "the same with a mapping, every finding shown"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_plan = {
    .name = "transfer plan",
    .summary = "show what a transfer would do, having scanned the source and written nothing",
    .usage = "--from sqlite:PATH --to URL [options]",
    .help = "Scans every row of the source, reads the target's catalogue, and shows each table with its type pairs, key mode "
            "and references, the statements that would run, and a finding for whatever cannot be carried, does not fit or needs "
            "a decision.\n\nCRITICAL findings (exit 2) are those that a run would refuse to start with.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_transfer),
    .defaults = &defaults,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
