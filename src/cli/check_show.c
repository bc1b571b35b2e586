/* What `pgkeel check` adds to the report: what was looked at, above the text, and the JSON result.
 */
#include "cli/check_options.h"
#include "cli/transfer_options.h"

static void
show_head(keel_cli *cli, const keel_check_options *options, const keel_check_database *database)
{
    char now[KEEL_UTC_SIZE];

    keel_cli_print(
        cli, "%s, PostgreSQL %d.%d%s: %s table%s, ", cli->target, database->server_version / 10000,
        database->server_version % 10000, database->standby ? ", a standby" : "",
        keel_cli_count(cli, (int64_t)database->table_count), database->table_count == 1 ? "" : "s");
    if (options->snapshot == KEEL_SNAPSHOT_ONE)
        keel_cli_print(cli, "as of %s", keel_format_utc(database->now, now, sizeof now));
    else
        keel_cli_print(cli, "a snapshot per table");
    keel_cli_print(cli, "%s\n\n", options->quick ? ", --quick: large tables by a sample" : "");
}

static void
write_result(keel_cli *cli, const keel_check_options *options, const keel_check_database *database)
{
    char now[KEEL_UTC_SIZE];
    keel_json json;

    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "tables", (int64_t)database->table_count);
    keel_json_kv_int(&json, "server_version", database->server_version);
    keel_json_kv_bool(&json, "standby", database->standby);
    keel_json_kv_bool(&json, "quick", options->quick);
    keel_json_kv_text(&json, "snapshot", options->snapshot == KEEL_SNAPSHOT_ONE ? "one" : "table");
    keel_json_kv_text(&json, "as_of", keel_format_utc(database->now, now, sizeof now));
    keel_cli_check_add_baseline(&json, cli->options, options->baseline);
    keel_json_end_object(&json);
}

void keel_cli_check_about(keel_cli *cli)
{
    size_t count = 0, notices = 0, at = 0;

    while (keel_checks[count] != NULL)
        count++;
    while (keel_check_notices[notices].id != NULL)
        notices++;
    keel_check_about *about = keel_arena_alloc(cli->arena, (count + notices) * sizeof *about);
    for (; at < count; at++)
        about[at] = (keel_check_about){keel_checks[at]->id, keel_checks[at]->title,
                                       keel_checks[at]->help, keel_checks[at]->severity};
    for (const keel_check_notice *n = keel_check_notices; n->id != NULL; n++)
        about[at++] = (keel_check_about){n->id, NULL, n->help, n->severity};
    cli->about = about;
    cli->about_count = at;
}

void keel_cli_check_show(keel_cli *cli,
                         const keel_check_options *options,
                         const keel_check_database *database)
{
    show_head(cli, options, database);
    keel_cli_check_show_baseline(cli, cli->options, options->baseline);
    write_result(cli, options, database);
}
