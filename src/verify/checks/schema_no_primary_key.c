#include "verify/check.h"

static void look(keel_check_run *run, const keel_pg_table *table)
{
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    if (keel_pg_table_primary_key(table) != NULL)
        return;
    keel_str_add(&remedy, "ALTER TABLE ");
    keel_pg_add_qualified(&remedy, table->schema, table->name);
    keel_str_add(&remedy, " ADD PRIMARY KEY (...);");
    keel_check_found(run, keel_check_table_name(run, table), NULL, remedy.data,
                     "the table has no primary key");
}

/* A partition is judged through its root: it cannot have a key that the root has not, nor lack one.
 */
static bool run(keel_check_run *run, keel_error *err KEEL_UNUSED)
{
    int64_t looked = 0;

    for (size_t i = 0; i < run->db->table_count; i++) {
        if (run->db->tables[i]->partition)
            continue;
        look(run, run->db->tables[i]);
        looked++;
    }
    keel_check_looked(run, looked, "tables");
    return true;
}

const keel_check keel_check_schema_no_primary_key = {
    .id = "schema.no_primary_key",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .title = "every table has a primary key",
    .help = "Without a primary key no row can be named: duplicates go unnoticed, logical "
            "replication cannot carry "
            "UPDATE and DELETE, and no tool can say which row differs. Declare the key that the "
            "rows have, or add an "
            "identity column.",
    .triggers = "CREATE TABLE measures (taken timestamptz NOT NULL, value numeric NOT NULL);",
    .passes = "CREATE TABLE measures (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, taken "
              "timestamptz NOT NULL,"
              " value numeric NOT NULL);",
    .run = run,
};
