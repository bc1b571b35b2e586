#include "verify/foreign_key_demand.h"

static const char *add_key(keel_check_run *run, const keel_demand *demand, const keel_suite_reference *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *table = keel_word_sql_table(run, demand->table);

    keel_pg_add_identifier(
        &name, keel_arena_printf(run->arena, "%s_%s_fkey", demand->table->name, wanted->columns.items[0]));
    keel_str_addf(&sql, "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES ", table, name.data,
                  keel_word_sql_list(run, wanted->columns.items, wanted->columns.count));
    keel_pg_add_qualified(&sql, wanted->parent_schema != NULL ? wanted->parent_schema : demand->table->schema,
                          wanted->parent_table);
    if (wanted->parent_columns.count > 0)
        keel_str_addf(&sql, " (%s)",
                      keel_word_sql_list(run, wanted->parent_columns.items, wanted->parent_columns.count));
    if (wanted->on_delete != NULL)
        keel_str_addf(&sql, " ON DELETE %s", wanted->on_delete);
    if (wanted->on_update != NULL)
        keel_str_addf(&sql, " ON UPDATE %s", wanted->on_update);
    keel_str_addf(&sql, " NOT VALID; ALTER TABLE %s VALIDATE CONSTRAINT %s;", table, name.data);
    return keel_arena_strdup(run->arena, sql.data);
}

/* A parent that could not be looked at is not missing. */
static bool judge_parent(keel_check_run *run, const keel_demand *demand, const keel_suite_reference *wanted,
                         const char *object, keel_error *err)
{
    const char *schema = wanted->parent_schema != NULL ? wanted->parent_schema : demand->table->schema;
    char kind = '\0';

    if (!keel_demand_kind(run, schema, wanted->parent_table, &kind, err))
        return false;
    if (kind != 'r' && kind != 'p')
        keel_check_found_at(run, wanted->severity, &wanted->place, object, NULL,
                            "Apply the migration that creates it, or correct the suite.",
                            kind == '\0' ? "the table \"%s\" that the foreign key references does not exist"
                                         : "\"%s\", which the foreign key references, is no table",
                            wanted->parent_table);
    return true;
}

static bool judge(keel_check_run *run, const keel_demand *demand, const keel_suite_reference *wanted, keel_error *err)
{
    if (!wanted->declared)
        return true;
    keel_check_looked(run, 1, "foreign keys");
    if (!keel_demand_columns_exist(run, demand, &wanted->columns, KEEL_ERROR, &wanted->place, "the foreign key"))
        return true;
    const keel_pg_table *parent = keel_demand_parent(run, demand, wanted);
    const char *object = keel_check_columns_name(run, demand->table, wanted->columns.items, wanted->columns.count);
    if (parent == NULL)
        return judge_parent(run, demand, wanted, object, err);
    const keel_demand of_parent = {
        .wanted = demand->wanted, .table = parent, .name = keel_check_table_name(run, parent)};
    if (keel_demand_columns_exist(run, &of_parent, &wanted->parent_columns, KEEL_ERROR, &wanted->place,
                                  "the foreign key") &&
        keel_demand_foreign_key(demand, wanted, parent) == NULL)
        keel_check_found_at(run, wanted->severity, &wanted->place, object, NULL, add_key(run, demand, wanted),
                            "no foreign key references %s", of_parent.name);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "foreign keys");
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->references.count; j++)
            if (!judge(run, &demands.items[i], &demands.items[i].wanted->references.items[j], err))
                return false;
    return true;
}

const keel_check keel_check_relationships_foreign_key_missing = {
    .id = "relationships.foreign_key_missing",
    .group = KEEL_GROUP_RELATIONSHIPS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every foreign key of the suite is declared",
    .help =
        "Looks for the foreign keys that the suite names, by columns and parent, whatever their names. Without "
        "the key a parent can be deleted under its children. Whether there are orphans already is for "
        "relationships.orphans to say.",
    .triggers = "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id int PRIMARY KEY, user_id int);"
                "CREATE INDEX ON orders (user_id);",
    .passes =
        "CREATE TABLE users (id int PRIMARY KEY);"
        "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users); CREATE INDEX ON orders (user_id);",
    .suite = "tables:\n  orders:\n    foreign_keys:\n      - {columns: user_id, references: users}\n",
    .run = run,
};
