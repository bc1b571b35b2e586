#include "verify/demand.h"

static const char *add_column(keel_check_run *run, const keel_demand *demand, const keel_suite_column *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (wanted->type == NULL)
        return "Apply the migration that adds it.";
    keel_str_addf(&sql, "ALTER TABLE %s ADD COLUMN ", keel_word_sql_table(run, demand->table));
    keel_pg_add_identifier(&sql, wanted->name);
    keel_str_addf(&sql, " %s", wanted->type);
    if (wanted->default_sql != NULL && wanted->default_sql[0] != '\0')
        keel_str_addf(&sql, " DEFAULT %s", wanted->default_sql);
    keel_str_add(&sql, wanted->not_null == 1 ? "; -- then fill it, then SET NOT NULL" : ";");
    return keel_arena_strdup(run->arena, sql.data);
}

static void judge(keel_check_run *run, const keel_demand *demand, const keel_suite_column *wanted)
{
    const keel_pg_column *column = keel_pg_table_column(demand->table, wanted->name);
    const char *object = keel_check_columns_name(run, demand->table, (const char *const[]){wanted->name}, 1);
    KEEL_CLEANUP(keel_str_free) keel_str drop = {0};

    if (column == NULL && !wanted->absent)
        keel_check_found_at(run, demand->wanted->severity, &wanted->place, object, NULL,
                            add_column(run, demand, wanted), "the column does not exist%s",
                            keel_demand_nearest_column(run, demand->table, wanted->name));
    if (column == NULL || !wanted->absent)
        return;
    keel_str_addf(&drop, "ALTER TABLE %s DROP COLUMN ", keel_word_sql_table(run, demand->table));
    keel_pg_add_identifier(&drop, wanted->name);
    keel_str_addc(&drop, ';');
    keel_check_found_at(run, demand->wanted->severity, &wanted->place, object, NULL, drop.data,
                        "the column exists, and the suite says that it must not");
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "columns");
    for (size_t i = 0; i < demands.count; i++) {
        const keel_suite_table *wanted = demands.items[i].wanted;
        keel_check_looked(run, (int64_t)wanted->columns.count, "columns");
        for (size_t j = 0; j < wanted->columns.count; j++)
            judge(run, &demands.items[i], &wanted->columns.items[j]);
    }
    return true;
}

const keel_check keel_check_schema_column_missing = {
    .id = "schema.column_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_CRITICAL,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every column of the suite exists",
    .help =
        "Looks for the columns that the suite names, and for those that it says are gone (`absent`). The "
        "application's next statement fails on a column that is missing. The severity is that of the table in the "
        "suite.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY, mail text);",
    .passes = "CREATE TABLE users (id int PRIMARY KEY, email text);",
    .suite = "tables:\n  users:\n    columns: [id, email]\n",
    .run = run,
};
