/* pgkeel check --list and --explain: the catalogue of checks, from their descriptors. */
#include "cli/check_options.h"

static void add_json(keel_json *json, const keel_check *check)
{
    keel_json_object(json);
    keel_json_kv_text(json, "check", check->id);
    keel_json_kv_text(json, "group", keel_check_group_name(check->group));
    keel_json_kv_text(json, "severity", keel_severity_name(check->severity));
    keel_json_kv_bool(json, "opt_in", (check->flags & KEEL_CHECK_OPT_IN) != 0);
    keel_json_kv_bool(json, "needs_suite", (check->flags & KEEL_CHECK_NEEDS_SUITE) != 0);
    keel_json_kv_bool(json, "needs_baseline", (check->flags & KEEL_CHECK_NEEDS_BASELINE) != 0);
    keel_json_kv_text(json, "title", check->title);
    keel_json_kv_text(json, "help", check->help);
    keel_json_end_object(json);
}

static void write_result(keel_cli *cli)
{
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "checks");
    keel_json_array(&json);
    for (size_t i = 0; keel_checks[i] != NULL; i++)
        add_json(&json, keel_checks[i]);
    keel_json_end_array(&json);
    keel_json_end_object(&json);
}

static const char *conditions(const keel_check *check)
{
    if ((check->flags & KEEL_CHECK_NEEDS_SUITE) != 0)
        return "; needs a suite";
    if ((check->flags & KEEL_CHECK_NEEDS_BASELINE) != 0)
        return "; with --save or --against";
    return (check->flags & KEEL_CHECK_OPT_IN) != 0 ? "; only if --only names it" : "";
}

static void print_text(keel_cli *cli, const char *text, size_t indent)
{
    KEEL_CLEANUP(keel_str_free) keel_str wrapped = {0};

    for (size_t i = 0; i < indent; i++)
        keel_str_addc(&wrapped, ' ');
    keel_wrap(&wrapped, text, indent, indent, 100);
    keel_cli_print(cli, "%s\n", keel_str_text(&wrapped));
}

static void print(keel_cli *cli, const keel_check *check)
{
    keel_cli_print(cli, "%s (%s%s)\n  %s\n", check->id, keel_severity_name(check->severity),
                   conditions(check), check->title);
    print_text(cli, check->help, 2);
}

/* As it is written: line breaks of ours could land inside a literal. */
static void print_sql(keel_cli *cli, const char *sql)
{
    while (*sql != '\0') {
        size_t size = strcspn(sql, "\n");
        keel_cli_print(cli, "    %.*s\n", (int)size, sql);
        sql += size + (sql[size] == '\n');
    }
}

int keel_cli_check_list(keel_cli *cli)
{
    for (size_t i = 0; keel_checks[i] != NULL; i++) {
        print(cli, keel_checks[i]);
        keel_cli_print(cli, "\n");
    }
    write_result(cli);
    return 0;
}

static int refuse(keel_cli *cli, const char *id)
{
    const char **ids = NULL;
    size_t count = 0;
    keel_error err = {0};

    while (keel_checks[count] != NULL)
        count++;
    ids = keel_arena_alloc(cli->arena, (count + 1) * sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = keel_checks[i]->id;
    const char *nearest = keel_nearest_word(id, ids, count);
    keel_fail(&err, KEEL_ERR_USAGE, "there is no check \"%s\"", id);
    if (nearest != NULL)
        keel_fail_hint(&err, "Did you mean \"%s\"? \"pgkeel check --list\" shows them all.",
                       nearest);
    else
        keel_fail_hint(&err, "\"pgkeel check --list\" shows them all.");
    return keel_cli_fail(cli, &err);
}

int keel_cli_check_explain(keel_cli *cli, const char *id)
{
    const keel_check *check = keel_check_find(id);
    keel_json json;

    if (check == NULL)
        return refuse(cli, id);
    print(cli, check);
    keel_cli_print(cli, "\nFinds something here:\n\n");
    print_sql(cli, check->triggers);
    keel_cli_print(cli, "\nAnd nothing here:\n\n");
    print_sql(cli, check->passes);
    if (check->suite != NULL)
        keel_cli_print(cli, "\nWith this suite:\n\n%s\n", check->suite);
    keel_cli_result(cli, &json);
    add_json(&json, check);
    return 0;
}
