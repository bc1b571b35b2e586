/* A SQLite file against PostgreSQL: what `transfer verify` finds without a journal, in the words of diff. */
#include <string.h>

#include "cli/diff_options.h"
#include "pg/catalog.h"
#include "transfer/verify.h"

static const char *check_of(const char *check)
{
    static const struct { const char *from, *to; } names[] = {
        {"verify.missing", "diff.missing"},     {"verify.extra", "diff.extra"},
        {"verify.different", "diff.different"}, {"verify.more", "diff.more"},
        {"target.no_table", "diff.table"},      {"target.no_column", "diff.column"},
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(names); i++)
        if (strcmp(names[i].from, check) == 0)
            return names[i].to;
    return check;
}

static void pass_on(keel_cli *cli, const keel_report *verified)
{
    for (size_t i = 0; i < keel_report_count(verified); i++) {
        keel_finding finding = *keel_report_at(verified, i);
        finding.check = check_of(finding.check);
        keel_report_add(cli->report, &finding);
    }
}

static keel_diff_table table_of(const keel_verify_table *table)
{
    return (keel_diff_table){
        .source = table->source,
        .target = table->target,
        .key = table->key,
        .method = "cells",
        .compared = true,
        .rows_source = table->source_rows,
        .rows_target = table->compared + table->extra,
        .missing = table->missing,
        .extra = table->extra,
        .different = table->different_rows,
        .values = table->different,
        .seconds = table->seconds,
    };
}

static bool is_compared(const keel_diff_result *result, const char *name)
{
    for (size_t i = 0; i < result->table_count; i++)
        if (strcmp(result->tables[i].target, name) == 0)
            return true;
    return false;
}

/* Only in schemas where tables of the source have their counterparts. */
static bool is_near(const keel_diff_result *result, const char *schema)
{
    size_t size = strlen(schema);

    for (size_t i = 0; i < result->table_count; i++)
        if (strncmp(result->tables[i].target, schema, size) == 0 && result->tables[i].target[size] == '.')
            return true;
    return false;
}

static bool find_extra_tables(keel_cli *cli, const char *conninfo, const keel_diff_result *result, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;
    keel_pg_catalog *catalog = NULL;

    if (!keel_pg_open(conninfo, "diff", &pg, err) || !keel_pg_catalog_load(pg, cli->arena, &catalog, err))
        return false;
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const keel_pg_table *table = catalog->tables.items[i];
        const char *name = keel_arena_printf(cli->arena, "%s.%s", table->schema, table->name);
        if (!table->partition && is_near(result, table->schema) && !is_compared(result, name))
            keel_diff_say_table(cli->report, name, true);
    }
    return true;
}

static keel_diff_result *result_of(keel_cli *cli, const char *path, const keel_verify_result *verified)
{
    keel_diff_result *result = keel_arena_alloc(cli->arena, sizeof *result);

    *result = (keel_diff_result){
        .table_count = verified->table_count,
        .tables = keel_arena_alloc(cli->arena, (verified->table_count + 1) * sizeof *result->tables),
        .source_name = keel_arena_printf(cli->arena, "sqlite:%s", path),
        .target_name = cli->target,
    };
    for (size_t i = 0; i < verified->table_count; i++) {
        keel_diff_table *table = &result->tables[i];
        *table = table_of(&verified->tables[i]);
        result->rows += table->rows_source + table->rows_target;
        result->differences += table->missing + table->extra + table->different;
    }
    return result;
}

bool keel_cli_diff_sqlite(keel_cli *cli, const char *path, const char *target, const char *const *tables,
                          keel_diff_result **ret_result, keel_error *err)
{
    KEEL_CLEANUP(keel_report_free_p) keel_report *verified = keel_report_create();
    const keel_cli_diff *given = cli->options;
    const keel_verify_options options = {
        .conninfo = target,
        .source_path = path,
        .mapping_file = given->file,
        .by_mapping = true,
        .schema = given->schema,
        .only = tables,
        .jobs = (int)given->jobs,
        .limit = given->limit,
        .cancel = keel_cli_cancel_flag(),
    };
    keel_verify_result *result = NULL;

    if (!keel_transfer_verify(cli->arena, &options, verified, keel_cli_progress(cli), &result, err))
        return false;
    pass_on(cli, verified);
    *ret_result = result_of(cli, path, result);
    if (tables[0] == NULL && !find_extra_tables(cli, target, *ret_result, err))
        return false;
    keel_diff_say_tables(cli->report, *ret_result);
    return true;
}
