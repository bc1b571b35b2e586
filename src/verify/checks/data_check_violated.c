/* data.check_violated: rows that were there before a CHECK that is NOT VALID, and break it. */
#include <stdio.h>
#include <stdlib.h>

#include "verify/checks/not_valid.h"
#include "verify/scan_inside.h"

static const char looked_at[] = "unvalidated CHECKs";

/* A CHECK without NO INHERIT and the like behind it: "NOT ENFORCED" (PostgreSQL 18) never promised anything. */
static bool is_enforced(const keel_pg_constraint *constraint)
{
    static const char tail[] = " NOT ENFORCED";
    size_t size = strlen(constraint->definition);

    return size < sizeof tail || strcmp(constraint->definition + size - (sizeof tail - 1), tail) != 0;
}

/* The columns that it names; fewer than its own if one of them is the whole row. */
static size_t column_names(const keel_pg_table *table, const keel_pg_constraint *constraint, const char **names)
{
    size_t count = 0;

    for (size_t i = 0; i < constraint->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, constraint->columns[i]);
        if (column != NULL)
            names[count++] = column->name;
    }
    return count;
}

static const char *remedy(keel_check_run *run, const keel_pg_table *table, const keel_pg_constraint *constraint,
                          const char *where)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT * FROM %s WHERE %s; -- correct these rows, then ALTER TABLE ",
                  keel_row_whole(run, table), where);
    keel_pg_add_qualified(&sql, table->schema, table->name);
    keel_str_add(&sql, " VALIDATE CONSTRAINT ");
    keel_pg_add_identifier(&sql, constraint->name);
    return keel_arena_strdup(run->arena, sql.data);
}

static bool judge(keel_check_run *run, const keel_probe *probe, const char *value, keel_error *err)
{
    const keel_pg_constraint *constraint = probe->context;
    long long rows = value != NULL ? strtoll(value, NULL, 10) : 0;
    const char **names = keel_arena_alloc(run->arena, (constraint->column_count + 1) * sizeof *names);
    const char *sample = NULL;

    if (rows == 0)
        return true;
    size_t count = column_names(probe->table, constraint, names);
    if (!keel_check_sample_with(run, probe->table, probe->where, names, count, &sample, err))
        return false;
    keel_check_found_as(run, is_enforced(constraint) ? KEEL_ERROR : KEEL_WARNING, probe->object,
                        keel_check_evidence(run, rows, sample), remedy(run, probe->table, constraint, probe->where),
                        "%lld %s the constraint \"%s\", which never looked at them: %s", rows,
                        rows == 1 ? "row breaks" : "rows break", constraint->name, constraint->definition);
    return true;
}

/* A whole row is written as the table's name, which the pass calls t. */
static const char *violated(keel_check_run *run, const keel_pg_table *table, const keel_pg_constraint *constraint)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};
    const char *sql = constraint->check_sql;

    keel_pg_add_identifier(&quoted, table->name);
    keel_str_add(&quoted, ".*");
    sql = keel_row_replace_word(run, sql, quoted.data, "t.*");
    sql = keel_row_replace_word(run, sql, keel_arena_printf(run->arena, "%s.*", table->name), "t.*");
    return keel_arena_printf(run->arena, "(%s) IS FALSE", sql);
}

static void scan(keel_check_run *run, const keel_pg_table *table, keel_scan *scan)
{
    keel_check_looked(run, 0, looked_at);
    for (size_t i = 0; i < table->constraints.count; i++) {
        const keel_pg_constraint *constraint = &table->constraints.items[i];
        if (!keel_not_valid_check(table, constraint))
            continue;
        const char **names = keel_arena_alloc(run->arena, (constraint->column_count + 1) * sizeof *names);
        size_t count = column_names(table, constraint, names);
        const char *where = violated(run, table, constraint);
        keel_check_looked(run, 1, looked_at);
        keel_scan_add(
            scan, run,
            &(keel_probe){.table = table,
                          .object = count < constraint->column_count || count == 0
                                        ? keel_check_table_name(run, table)
                                        : keel_check_columns_name(run, table, names, count),
                          .aggregate = keel_arena_printf(run->arena, "pg_catalog.count(*) FILTER (WHERE %s)", where),
                          .where = where,
                          .context = constraint,
                          .judge = judge});
    }
}

/* CHECKs of the domains that columns are of, those of domains under domains too. */
static const char domains_sql[] =
    "WITH RECURSIVE d(name, type) AS ("
    "  SELECT a.attname, a.atttypid FROM pg_catalog.pg_attribute a"
    "   WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped"
    "   UNION"
    "  SELECT d.name, t.typbasetype FROM d JOIN pg_catalog.pg_type t ON t.oid = d.type WHERE t.typtype = 'd')"
    "SELECT d.name, o.conname, pg_catalog.format_type(t.oid, NULL),"
    "       pg_catalog.format_type(t.typbasetype, t.typtypmod), pg_catalog.pg_get_expr(o.conbin, 0)"
    "  FROM d JOIN pg_catalog.pg_type t ON t.oid = d.type"
    "  JOIN pg_catalog.pg_constraint o ON o.contypid = t.oid"
    " WHERE o.contype = 'c' AND NOT o.convalidated ORDER BY 1, 2";

static bool look_at_domain(keel_check_run *run, const keel_pg_table *table, const keel_pg_result *rows, int row,
                           keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *counted = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    const char *column = keel_arena_strdup(run->arena, keel_pg_text(rows, row, 0)), *sample = NULL;
    const char *value =
        keel_arena_printf(run->arena, "(%s::%s)", keel_row_column(run, column), keel_pg_text(rows, row, 3));
    const char *where = keel_arena_printf(run->arena, "(%s) IS FALSE",
                                          keel_row_replace_word(run, keel_pg_text(rows, row, 4), "VALUE", value));

    keel_str_add(&sql, "SELECT pg_catalog.count(*) FROM ");
    keel_scan_add_source(&sql, run, table);
    keel_str_addf(&sql, " WHERE %s", where);
    if (!keel_pg_query(run->pg, &counted, err, sql.data, 0, NULL))
        return false;
    long long found = keel_pg_int(counted, 0, 0);
    if (found == 0)
        return true;
    if (!keel_check_sample_with(run, table, where, &column, 1, &sample, err))
        return false;
    keel_check_found(run, keel_check_columns_name(run, table, &column, 1), keel_check_evidence(run, found, sample),
                     keel_arena_printf(run->arena,
                                       "-- correct these rows, then\nALTER DOMAIN %s VALIDATE CONSTRAINT \"%s\";",
                                       keel_pg_text(rows, row, 2), keel_pg_text(rows, row, 1)),
                     "%lld %s the constraint \"%s\" of the domain %s, which never looked at them: CHECK %s", found,
                     found == 1 ? "row breaks" : "rows break", keel_pg_text(rows, row, 1), keel_pg_text(rows, row, 2),
                     keel_pg_text(rows, row, 4));
    return true;
}

static bool has_domain(const keel_pg_table *table)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (table->columns.items[i].type->domain)
            return true;
    return false;
}

/* Such domains are rare: they get a pass of their own. */
static bool each(keel_check_run *run, const keel_pg_table *table, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    char oid[16];
    const char *params[] = {oid};

    keel_check_looked(run, 0, looked_at);
    if (table->kind != 'r' || !has_domain(table))
        return true;
    run->sampled = keel_scan_samples(table, run->quick);
    snprintf(oid, sizeof oid, "%u", table->oid);
    if (!keel_pg_query(run->pg, &rows, err, domains_sql, 1, params))
        return false;
    for (int row = 0; row < keel_pg_rows(rows); row++) {
        keel_check_looked(run, 1, looked_at);
        if (!look_at_domain(run, table, rows, row, err))
            return false;
    }
    return true;
}

const keel_check keel_check_data_check_violated = {
    .id = "data.check_violated",
    .group = KEEL_GROUP_DATA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_READS_ROWS,
    .title = "no row breaks a CHECK that is not validated",
    .help =
        "A CHECK that was added NOT VALID holds for rows written since and says nothing about those before: until"
        " it is validated, code that relies on it is wrong for old rows, and every UPDATE of such a row fails,"
        " whatever it changes. Counts the rows for which the CHECK is false (one that is NULL passes, as the server"
        " has it), also for CHECKs of domains; not of domains inside arrays and composite types. CHECK (... IS NOT"
        " NULL) is data.null_values. Correct the rows, then VALIDATE CONSTRAINT.",
    .triggers =
        "CREATE TABLE public.runs (id bigint PRIMARY KEY, level text NOT NULL);\n"
        "INSERT INTO public.runs VALUES (1, 'LOT'), (2, 'wip');\n"
        "ALTER TABLE public.runs ADD CONSTRAINT level_known CHECK (level IN ('LOT', 'WIP', 'SERIAL')) NOT VALID;",
    .passes =
        "CREATE TABLE public.runs (id bigint PRIMARY KEY, level text);\n"
        "INSERT INTO public.runs VALUES (1, 'LOT'), (2, 'WIP'), (3, NULL);\n"
        "ALTER TABLE public.runs ADD CONSTRAINT level_known CHECK (level IN ('LOT', 'WIP', 'SERIAL')) NOT VALID;",
    .each = each,
    .scan = scan,
};
