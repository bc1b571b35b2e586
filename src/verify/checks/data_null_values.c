/* data.null_values: no NULL where somebody was promised a value. */
#include <stdlib.h>

#include "verify/checks/not_valid.h"
#include "verify/scan.h"

static const char looked_at[] = "promised columns";

typedef struct demand {
    const char *message, *remedy;
    keel_suite_place place; /* file NULL: of the catalogue */
} demand;

static bool judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const demand *demanded = probe->context;
    long long rows = value != NULL ? strtoll(value, NULL, 10) : 0;
    const char *sample = NULL;

    if (rows == 0)
        return true;
    if (!keel_check_sample(run, probe->table, probe->where, &sample, err))
        return false;
    keel_check_found_at(run, KEEL_ERROR, demanded->place.file != NULL ? &demanded->place : NULL, probe->object,
                        keel_check_evidence(run, rows, sample), demanded->remedy, "%lld %s NULL %s", rows,
                        rows == 1 ? "row is" : "rows are", demanded->message);
    return true;
}

static void add(keel_check_run *run, const keel_pg_table *table, const char *column, demand demanded, keel_scan *scan)
{
    const char *where = keel_arena_printf(run->arena, "%s IS NULL", keel_row_column(run, column));
    demand *context = keel_arena_alloc(run->arena, sizeof *context);

    *context = demanded;
    keel_check_looked(run, 1, looked_at);
    keel_scan_add(
        scan, run,
        &(keel_probe){.table = table,
                      .object = keel_check_columns_name(run, table, &column, 1),
                      .aggregate = keel_arena_printf(run->arena, "pg_catalog.count(*) FILTER (WHERE %s)", where),
                      .where = where,
                      .context = context,
                      .judge = judge});
}

static const char *validate_sql(keel_check_run *run, const keel_pg_table *table, const keel_pg_constraint *constraint)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "-- give these rows a value, then\nALTER TABLE ");
    keel_pg_add_qualified(&sql, table->schema, table->name);
    keel_str_add(&sql, " VALIDATE CONSTRAINT ");
    keel_pg_add_identifier(&sql, constraint->name);
    keel_str_addc(&sql, ';');
    return keel_arena_strdup(run->arena, sql.data);
}

static void add_promised(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *constraint = &table->constraints.items[i];
        const keel_pg_column *column = keel_not_valid_column(table, constraint);
        if (column == NULL)
            continue;
        const char *message =
            keel_arena_printf(run->arena, "against the constraint \"%s\", which is NOT VALID", constraint->name);
        add(run, table, column->name, (demand){.message = message, .remedy = validate_sql(run, table, constraint)},
            scan);
    }
}

/* INSERT ... (SELECT none) can put NULL into a column whose domain forbids it: the server documents the hole. */
static void add_domains(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        const keel_pg_column *column = &table->columns.items[i];
        if (!column->type->domain_not_null || column->not_null)
            continue;
        const char *message = keel_arena_printf(run->arena, "though the domain %s forbids it", column->type->name);
        add(run, table, column->name,
            (demand){.message = message, .remedy = "Give these rows a value and declare the column itself NOT NULL."},
            scan);
    }
}

/* A column once, however often the suite says so. */
static bool is_new(keel_check_run *run, keel_suite_names *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (strcmp(seen->items[i], name) == 0)
            return false;
    keel_arena_push(run->arena, seen, name);
    return true;
}

static void add_demanded(keel_check_run *run, const keel_pg_table *table, const char *name, keel_suite_place place,
                         keel_suite_names *seen, keel_scan *scan)
{
    const keel_pg_column *column = keel_pg_table_column(table, name);

    if (!is_new(run, seen, name))
        return;
    if (column == NULL)
        keel_row_no_column(run, table, name, place);
    else if (column->not_null)
        keel_check_looked(run, 1, looked_at);
    else
        add(run, table, name,
            (demand){.message = "where the suite wants a value",
                     .remedy = "Give these rows a value, then declare the column NOT NULL.",
                     .place = place},
            scan);
}

/* A column that stands under `columns` and is missing is schema.column_missing's to say. */
static void add_suite(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    const keel_suite_table *demands = keel_row_demands(run, table);
    keel_suite_names seen = {0};

    if (demands == NULL)
        return;
    for (size_t i = 0; i < demands->not_null.count; i++)
        add_demanded(run, table, demands->not_null.items[i], demands->not_null.place, &seen, scan);
    for (size_t i = 0; i < demands->columns.count; i++)
        if (demands->columns.items[i].not_null == 1 && keel_pg_table_column(table, demands->columns.items[i].name) != NULL)
            add_demanded(run, table, demands->columns.items[i].name, demands->columns.items[i].place, &seen, scan);
    for (size_t i = 0; i < demands->keys.count; i++)
        for (size_t at = 0; demands->keys.items[i].primary && at < demands->keys.items[i].columns.count; at++)
            add_demanded(run, table, demands->keys.items[i].columns.items[at], demands->keys.items[i].place, &seen,
                         scan);
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_check_looked(run, 0, looked_at);
    add_promised(run, table, scan);
    add_domains(run, table, scan);
    add_suite(run, table, scan);
}

const keel_check keel_check_data_null_values = {
    .id = "data.null_values",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "no row is NULL where a value was promised",
    .help =
        "Counts NULLs in columns that a CHECK (... IS NOT NULL) or a NOT NULL promises to be free of them while the"
        " constraint is still NOT VALID (the usual first step of SET NOT NULL on a large table), in columns of a"
        " domain that is NOT NULL (a subquery that finds nothing gets past it), and in columns that a suite calls"
        " not_null or part of a primary key. A column that is declared NOT NULL is kept by the server and is not"
        " read. Give the rows a value, then VALIDATE the constraint and SET NOT NULL.",
    .triggers = "CREATE TABLE public.users (id bigint PRIMARY KEY, email text);\n"
                "INSERT INTO public.users VALUES (1, 'ada@example.org'), (2, NULL);\n"
                "ALTER TABLE public.users ADD CONSTRAINT has_email CHECK (email IS NOT NULL) NOT VALID;",
    .passes = "CREATE TABLE public.users (id bigint PRIMARY KEY, email text);\n"
              "INSERT INTO public.users VALUES (1, 'ada@example.org'), (2, '');\n"
              "ALTER TABLE public.users ADD CONSTRAINT has_email CHECK (email IS NOT NULL) NOT VALID;",
    .scan = scan,
};
