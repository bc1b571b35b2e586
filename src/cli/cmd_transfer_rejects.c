/* pgkeel transfer rejects: the rows that did not arrive, and why. */
#include "cli/transfer_options.h"
#include "journal/chunk.h"

typedef struct rejects_options {
    const char *table, *as;
    int64_t limit;
} rejects_options;

static const char *const formats[] = {"list", "csv", NULL};

typedef struct showing {
    keel_cli *cli;
    keel_json json;
    const keel_run_table *tables;
    size_t table_count;
    bool csv;
    int64_t count;
} showing;

static const char *table_name(const showing *show, int table)
{
    for (size_t i = 0; i < show->table_count; i++)
        if (show->tables[i].table == table)
            return show->tables[i].source;
    return "?";
}

static void csv_field(keel_cli *cli, const char *text, const char *end)
{
    KEEL_CLEANUP(keel_str_free) keel_str field = {0};

    if (text == NULL) {
        keel_cli_print(cli, "%s", end);
        return;
    }
    keel_str_addc(&field, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            keel_str_addc(&field, '"');
        keel_str_addc(&field, *c);
    }
    keel_cli_print(cli, "%s\"%s", field.data, end);
}

static void show_csv(keel_cli *cli, const char *table, const keel_reject *reject)
{
    csv_field(cli, table, ",");
    csv_field(cli, reject->key, ",");
    csv_field(cli, reject->column, ",");
    csv_field(cli, reject->storage_class, ",");
    csv_field(cli, reject->value, ",");
    csv_field(cli, reject->hex ? "hex" : "text", ",");
    csv_field(cli, reject->code, ",");
    csv_field(cli, reject->reason, "\n");
}

static void show_line(keel_cli *cli, const char *table, const keel_reject *reject)
{
    keel_cli_print(cli, "  %s %s", table, reject->key);
    if (reject->column != NULL)
        keel_cli_print(cli, " %s", reject->column);
    if (reject->value != NULL)
        keel_cli_print(cli, " = %s%.60s%s%s (%s)", reject->hex ? "x'" : "\"", reject->value,
                       strlen(reject->value) > 60 ? "..." : "", reject->hex ? "'" : "\"", reject->storage_class);
    keel_cli_print(cli, ": %s\n", reject->reason);
}

static void show_json(keel_json *json, const char *table, const keel_reject *reject)
{
    keel_json_object(json);
    keel_json_kv_text(json, "table", table);
    keel_json_kv_text(json, "key", reject->key);
    keel_json_kv_text(json, "column", reject->column);
    keel_json_kv_text(json, "storage_class", reject->storage_class);
    keel_json_kv_text(json, "value", reject->value);
    keel_json_kv_bool(json, "hex", reject->hex);
    keel_json_kv_text(json, "code", reject->code);
    keel_json_kv_text(json, "reason", reject->reason);
    keel_json_end_object(json);
}

static bool take(void *context, const keel_reject *reject, keel_error *err)
{
    showing *show = context;
    const char *table = table_name(show, reject->table);

    show->count++;
    if (show->cli->json) {
        show_json(&show->json, table, reject);
        return true;
    }
    if (show->csv)
        show_csv(show->cli, table, reject);
    else
        show_line(show->cli, table, reject);
    return (show->count & 4095) != 0 || keel_cli_flush(show->cli, err);
}

static bool find_table(const showing *show, const char *name, int *ret_table, keel_error *err)
{
    *ret_table = -1;
    if (name == NULL)
        return true;
    for (size_t i = 0; i < show->table_count; i++)
        if (strcmp(show->tables[i].source, name) == 0) {
            *ret_table = show->tables[i].table;
            return true;
        }
    const char **names = keel_arena_alloc(show->cli->arena, (show->table_count + 1) * sizeof *names);
    for (size_t i = 0; i < show->table_count; i++)
        names[i] = show->tables[i].source;
    const char *nearest = keel_nearest_word(name, names, show->table_count);
    keel_fail(err, KEEL_ERR_USAGE, "the run has no table \"%s\"", name);
    if (nearest != NULL)
        return keel_fail_hint(err, "Did you mean \"%s\"?", nearest);
    return keel_fail_hint(err, "`pgkeel transfer list --format json` shows the tables of each run.");
}

static bool show_rejects(keel_cli *cli, keel_pg *pg, int64_t number, showing *show, keel_error *err)
{
    const rejects_options *given = cli->options;
    keel_run *run = NULL;
    keel_run_table *tables = NULL;
    int table = -1;

    if (!keel_journal_run_load(pg, cli->arena, number, &run, err))
        return false;
    if (run == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, number > 0 ? "the journal knows no run %lld" : "the journal knows no run", (long long)number);
        return keel_fail_hint(err, "`pgkeel transfer list` shows the runs.");
    }
    if (!keel_journal_run_tables(pg, cli->arena, run->run, &tables, &show->table_count, err))
        return false;
    show->tables = tables;
    if (!find_table(show, given->table, &table, err))
        return false;
    if (show->csv && !cli->json)
        keel_cli_print(cli, "table,key,column,storage_class,value,form,code,reason\n");
    else
        keel_cli_print(cli, "Rejects of run %lld:\n", (long long)run->run);
    keel_cli_result(cli, &show->json);
    keel_json_object(&show->json);
    keel_json_kv_int(&show->json, "run", run->run);
    keel_json_key(&show->json, "rejects");
    keel_json_array(&show->json);
    if (!keel_journal_rejects(pg, run->run, table, given->limit, take, show, err))
        return false;
    keel_json_end_array(&show->json);
    keel_json_end_object(&show->json);
    if (!show->csv)
        keel_cli_print(cli, "%s rejects\n", keel_cli_count(cli, show->count));
    return true;
}

static int run(keel_cli *cli, int argc, char **argv)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    const rejects_options *given = cli->options;
    showing show = {.cli = cli, .csv = strcmp(given->as, "csv") == 0};
    const char *url = NULL;
    int64_t number = 0;
    keel_error err = {0};

    if (!keel_cli_run_number(argc, argv, &number, &err) || !keel_cli_transfer_database(cli, NULL, &url, &err) ||
        !keel_pg_open(url, "transfer rejects", &pg, &err) || !show_rejects(cli, pg, number, &show, &err))
        return keel_cli_fail(cli, &err);
    return show.count > 0 ? 1 : 0;
}

static const keel_option options[] = {
    KEEL_TEXT_OPTION(rejects_options, table, "table", 't', "NAME", "only rejects of this source table"),
    KEEL_CHOICE_OPTION(rejects_options, as, "as", 0, "FORM", formats, "list for people, csv for a spreadsheet (--format json for programs)"),
    KEEL_INT_OPTION(rejects_options, limit, "limit", 'n', "N", 0, INT64_MAX, "at most this many (0 = all)"),
};
static const rejects_options defaults = {.as = "list"};

static const keel_example examples[] = {
    {"pgkeel transfer rejects --db postgresql:///app", "rejects of the last run"},
    {"pgkeel transfer rejects 3 --table users --as csv --output users.csv --db postgresql:///app", "as CSV, for repair"},
    {NULL, NULL},
};

const keel_command keel_command_transfer_rejects = {
    .name = "transfer rejects",
    .summary = "show the rows that a run rejected, and why",
    .usage = "[RUN] [--db URL] [options]",
    .help = "Each reject names table, key, column, storage class, value (in hex where it is not text) and reason. Rejects that a "
            "later --retry-rejects has taken up are not shown any more. Exit code 1 if there are rejects, 0 if there are none.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(rejects_options),
    .defaults = &defaults,
    .max_words = 1,
    .takes = KEEL_TAKES_DB,
    .run = run,
};
