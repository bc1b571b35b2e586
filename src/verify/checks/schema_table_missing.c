#include <string.h>

#include "verify/demand.h"

static const char *nearest_table(keel_check_run *run, const char *name)
{
    const keel_pg_catalog *catalog = run->db->catalog;
    const char **names = keel_arena_alloc(run->arena, (catalog->tables.count + 1) * sizeof *names);

    for (size_t i = 0; i < catalog->tables.count; i++)
        names[i] = catalog->tables.items[i]->name;
    const char *nearest = keel_nearest_word(name, names, catalog->tables.count);
    if (nearest == NULL)
        return "";
    for (size_t i = 0; i < catalog->tables.count; i++)
        if (strcmp(catalog->tables.items[i]->name, nearest) == 0)
            nearest = keel_check_table_name(run, catalog->tables.items[i]);
    return keel_arena_printf(run->arena, "; the nearest is \"%s\"", nearest);
}

static void judge(keel_check_run *run, const keel_demand *demand)
{
    const keel_suite_table *wanted = demand->wanted;

    if (demand->table == NULL && !wanted->absent)
        keel_check_found_at(
            run, wanted->severity, &wanted->place, demand->name, NULL,
            "Apply the migration that creates it; or look with the role and search_path of the application.",
            "the table does not exist%s", nearest_table(run, wanted->name));
    if (demand->withheld && !wanted->absent)
        keel_check_found_at(run, KEEL_INFO, &wanted->place, demand->name, NULL, NULL,
                            "the table exists, but could not be looked at; nothing else is said about it");
    if (demand->table != NULL && wanted->absent)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            keel_arena_printf(run->arena, "DROP %s %s;",
                                              demand->table->kind == 'v'   ? "VIEW"
                                              : demand->table->kind == 'm' ? "MATERIALIZED VIEW"
                                              : demand->table->kind == 'f' ? "FOREIGN TABLE"
                                                                           : "TABLE",
                                              keel_word_sql_table(run, demand->table)),
                            "the table exists, and the suite says that it must not");
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_of(run, &demands, err))
        return false;
    keel_check_looked(run, (int64_t)demands.count, "tables");
    for (size_t i = 0; i < demands.count; i++)
        judge(run, &demands.items[i]);
    return true;
}

const keel_check keel_check_schema_table_missing = {
    .id = "schema.table_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_CRITICAL,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every table of the suite exists",
    .help =
        "Looks for the tables that the suite names, and for those that it says are gone (`absent`). A missing table "
        "means that a migration did not run, or ran elsewhere: nothing else that is said about this database counts. "
        "A table without a schema is looked for in the default schema of the role that checks.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY);",
    .passes = "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id int PRIMARY KEY);",
    .suite = "tables: [users, orders]\n",
    .run = run,
};
