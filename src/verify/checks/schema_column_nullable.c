#include "verify/demand.h"

/* A CHECK that is validated spares SET NOT NULL its scan under the strong lock. */
static const char *set_not_null(keel_check_run *run, const keel_demand *demand, const char *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *table = keel_word_sql_table(run, demand->table);

    keel_pg_add_identifier(&name, column);
    return keel_arena_printf(run->arena,
                             "ALTER TABLE %s ADD CONSTRAINT pgkeel_not_null CHECK (%s IS NOT NULL) NOT VALID; "
                             "ALTER TABLE %s VALIDATE CONSTRAINT pgkeel_not_null; "
                             "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL; "
                             "ALTER TABLE %s DROP CONSTRAINT pgkeel_not_null;",
                             table, name.data, table, table, name.data, table);
}

static const char *drop_not_null(keel_check_run *run, const keel_demand *demand, const char *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_pg_add_identifier(&name, column);
    return keel_arena_printf(run->arena, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL;",
                             keel_word_sql_table(run, demand->table), name.data);
}

static void judge(keel_check_run *run, const keel_demand *demand, const keel_suite_column *wanted)
{
    const keel_pg_column *column = keel_pg_table_column(demand->table, wanted->name);

    if (column == NULL || wanted->not_null < 0 || wanted->absent || demand->table->kind == 'v' ||
        demand->table->kind == 'm')
        return;
    keel_check_looked(run, 1, "columns");
    const char *object = keel_check_columns_name(run, demand->table, (const char *const[]){wanted->name}, 1);
    bool not_null = column->not_null || column->type->domain_not_null;
    if (wanted->not_null == 1 && !not_null)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL, set_not_null(run, demand, wanted->name),
                            "the column may hold NULL, and the suite says not null");
    if (wanted->not_null == 0 && not_null)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL, drop_not_null(run, demand, wanted->name),
                            "the column is not null, and the suite says that it may hold NULL");
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "columns");
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->columns.count; j++)
            judge(run, &demands.items[i], &demands.items[i].wanted->columns.items[j]);
    return true;
}

const keel_check keel_check_schema_column_nullable = {
    .id = "schema.column_nullable",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every column is nullable or not as the suite says",
    .help =
        "Compares NOT NULL with the suite; a domain that is NOT NULL counts. Without it the first NULL gets in "
        "through the code path that nobody thought of; with one too many a legal row is refused. Of a view nothing "
        "is known, so nothing is said.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY, email text);",
    .passes = "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);",
    .suite = "tables:\n  users:\n    columns:\n      email: text not null\n",
    .run = run,
};
