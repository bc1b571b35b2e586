/* data.allowed_values: columns hold nothing but the values that the suite lists. */
#include <math.h>
#include <stdlib.h>

#include "verify/row_sql.h"
#include "verify/scan.h"

static const char looked_at[] = "listed columns";

static bool is_number(keel_pg_kind kind)
{
    return kind >= KEEL_PG_INT2 && kind <= KEEL_PG_NUMERIC;
}

static bool reads_as_number(const char *text)
{
    char *end = NULL;

    return text[0] != '\0' && strspn(text, "+-.0123456789eE") == strlen(text) && isfinite(strtod(text, &end)) &&
           *end == '\0';
}

/* ARRAY['a', 'b']::pg_catalog.text[], of numbers without those that read as none: no row can equal them. */
static const char *list_sql(keel_check_run *run, const keel_suite_names *values, const char *type)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    bool numbers = strcmp(type, "text") != 0, first = true;

    keel_str_add(&sql, "ARRAY[");
    for (size_t i = 0; i < values->count; i++) {
        if (numbers && !reads_as_number(values->items[i]))
            continue;
        keel_str_add(&sql, first ? "" : ", ");
        keel_pg_add_literal(&sql, values->items[i]);
        first = false;
    }
    keel_str_addf(&sql, "]::pg_catalog.%s[]", type);
    return keel_arena_strdup(run->arena, sql.data);
}

/* Of numbers by value (1.50 is 1.5), of everything else by its text; every element of an array; NULL is no value. */
static const char *unlisted(keel_check_run *run, const keel_pg_column *column, const keel_suite_names *values)
{
    const char *name = keel_row_column(run, column->name);
    keel_pg_kind kind = column->type->kind;

    if (kind == KEEL_PG_ARRAY)
        return keel_arena_printf(
            run->arena, "NOT (pg_catalog.array_remove(%s::pg_catalog.text[], NULL) OPERATOR(pg_catalog.<@) %s)", name,
            list_sql(run, values, "text"));
    if (kind == KEEL_PG_JSON || kind == KEEL_PG_JSONB)
        return keel_arena_printf(run->arena, "(%s OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.<>) ALL (%s)",
                                 name, list_sql(run, values, "text"));
    if (kind == KEEL_PG_FLOAT4 || kind == KEEL_PG_FLOAT8)
        return keel_arena_printf(run->arena, "%s::pg_catalog.float8 OPERATOR(pg_catalog.<>) ALL (%s)", name,
                                 list_sql(run, values, "float8"));
    if (is_number(kind))
        return keel_arena_printf(run->arena, "%s::pg_catalog.numeric OPERATOR(pg_catalog.<>) ALL (%s)", name,
                                 list_sql(run, values, "numeric"));
    return keel_arena_printf(run->arena, "%s::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (%s)", name,
                             list_sql(run, values, "text"));
}

static const char *listed(keel_check_run *run, const keel_suite_names *values)
{
    enum { MOST_NAMED = 10 };
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};

    for (size_t i = 0; i < KEEL_MIN(values->count, (size_t)MOST_NAMED); i++)
        keel_str_addf(&text, "%s%s", i > 0 ? ", " : "", values->items[i]);
    if (values->count > MOST_NAMED)
        keel_str_addf(&text, " and %zu more", values->count - MOST_NAMED);
    return keel_arena_strdup(run->arena, keel_str_text(&text));
}

static bool judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const keel_suite_allowed *allowed = probe->context;
    long long rows = value != NULL ? strtoll(value, NULL, 10) : 0;
    const char *sample = NULL;

    if (rows == 0)
        return true;
    if (!keel_check_sample_with(run, probe->table, probe->where, (const char *const *)&allowed->column, 1, &sample,
                                err))
        return false;
    keel_check_found_at(run, allowed->severity, &allowed->place, probe->object,
                        keel_check_evidence(run, rows, sample),
                        keel_arena_printf(run->arena, "SELECT * FROM %s WHERE %s; -- then correct them, or the suite",
                                          keel_row_whole(run, probe->table), probe->where),
                        "%lld %s a value that is not allowed: %s", rows, rows == 1 ? "row holds" : "rows hold",
                        listed(run, &allowed->values));
    return true;
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    const keel_suite_table *demands = keel_row_demands(run, table);

    keel_check_looked(run, 0, looked_at);
    for (size_t i = 0; demands != NULL && i < demands->allowed.count; i++) {
        const keel_suite_allowed *allowed = &demands->allowed.items[i];
        const keel_pg_column *column = keel_pg_table_column(table, allowed->column);
        if (column == NULL) {
            keel_row_no_column(run, table, allowed->column, allowed->place);
            continue;
        }
        const char *where = unlisted(run, column, &allowed->values);
        keel_check_looked(run, 1, looked_at);
        keel_scan_add(
            scan, run,
            &(keel_probe){.table = table,
                          .object = keel_check_columns_name(run, table, (const char *const *)&allowed->column, 1),
                          .aggregate = keel_arena_printf(run->arena, "pg_catalog.count(*) FILTER (WHERE %s)", where),
                          .where = where,
                          .context = allowed,
                          .judge = judge});
    }
}

const keel_check keel_check_data_allowed_values = {
    .id = "data.allowed_values",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS | KEEL_CHECK_NEEDS_SUITE,
    .title = "columns hold only the values that the suite allows",
    .help =
        "Counts the rows whose value is not in the suite's list. Numbers are compared as numbers, everything else by"
        " its text, letter by letter: \"MEDIUM\" is not \"medium\". Of an array every element is looked at. NULL is no"
        " value; not_null judges it. A CHECK or an enum would keep new rows out, too. The severity is the suite's.",
    .triggers = "CREATE TABLE public.resources (id bigint PRIMARY KEY, protocol text NOT NULL);\n"
                "INSERT INTO public.resources VALUES (1, 'mcp'), (2, 'MCP');",
    .passes = "CREATE TABLE public.resources (id bigint PRIMARY KEY, protocol text);\n"
              "INSERT INTO public.resources VALUES (1, 'mcp'), (2, 'http'), (3, NULL);",
    .suite = "tables:\n"
             "  resources:\n"
             "    allowed:\n"
             "      protocol: [mcp, http, grpc]\n",
    .scan = scan,
};
