/* What `pgkeel diff` adds to the report: one line above the list of tables, and the JSON result. */
#include "cli/diff_options.h"
#include "cli/transfer_options.h"

static void show_head(keel_cli *cli, const keel_diff_result *result)
{
    const char *how = result->one_snapshot ? ", both as of one moment" : "";

    keel_cli_print(cli, "%s -> %s: %s table%s, %s rows read%s%s, %s difference%s\n", result->source_name,
                   result->target_name, keel_cli_count(cli, (int64_t)result->table_count),
                   result->table_count == 1 ? "" : "s", keel_cli_count(cli, result->rows), how,
                   result->quick ? ", by the servers' hashes" : "", keel_cli_count(cli, result->differences),
                   result->differences == 1 ? "" : "s");
    if (result->quick)
        keel_cli_print(cli, "Not seen by these hashes: the sign of a numeric (also in jsonb), {} for []; see --verbose.\n");
    keel_cli_print(cli, "\n");
}

static void write_table(keel_json *json, const keel_diff_table *table)
{
    keel_json_object(json);
    keel_json_kv_text(json, "table", table->source);
    keel_json_kv_text(json, "target", table->target);
    keel_json_kv_text(json, "key", table->key);
    keel_json_kv_text(json, "method", table->method);
    keel_json_kv_bool(json, "compared", table->compared);
    keel_json_kv_int(json, "rows_source", table->rows_source);
    keel_json_kv_int(json, "rows_target", table->rows_target);
    keel_json_kv_int(json, "missing", table->missing);
    keel_json_kv_int(json, "extra", table->extra);
    keel_json_kv_int(json, "different", table->different);
    keel_json_kv_int(json, "values", table->values);
    keel_json_kv_real(json, "seconds", table->seconds);
    keel_json_end_object(json);
}

void keel_cli_diff_show(keel_cli *cli, const keel_diff_result *result)
{
    keel_json json;

    show_head(cli, result);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_text(&json, "source", result->source_name);
    keel_json_kv_text(&json, "target", result->target_name);
    keel_json_kv_bool(&json, "quick", result->quick);
    keel_json_kv_bool(&json, "one_snapshot", result->one_snapshot);
    keel_json_key(&json, "tables");
    keel_json_array(&json);
    for (size_t i = 0; i < result->table_count; i++)
        write_table(&json, &result->tables[i]);
    keel_json_end_array(&json);
    keel_json_kv_int(&json, "rows", result->rows);
    keel_json_kv_int(&json, "differences", result->differences);
    keel_json_end_object(&json);
}
