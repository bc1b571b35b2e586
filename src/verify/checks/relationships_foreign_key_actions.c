#include <string.h>

#include "verify/foreign_key_demand.h"

static const char *action_name(char action)
{
    switch (action) {
    case 'r':
        return "restrict";
    case 'c':
        return "cascade";
    case 'n':
        return "set null";
    case 'd':
        return "set default";
    default:
        return "no action";
    }
}

static const char *replace_key(keel_check_run *run, const keel_demand *demand, const keel_pg_constraint *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_pg_add_identifier(&name, key->name);
    return keel_arena_printf(
        run->arena,
        "In one transaction: ALTER TABLE %s DROP CONSTRAINT %s; then ADD CONSTRAINT %s %s with the "
        "wanted action and NOT VALID; after it VALIDATE CONSTRAINT.",
        keel_word_sql_table(run, demand->table), name.data, name.data, key->definition);
}

static void judge_action(keel_check_run *run, const keel_demand *demand, const keel_suite_reference *wanted,
                         const keel_pg_constraint *key, const char *object, bool is_delete)
{
    const char *expected = is_delete ? wanted->on_delete : wanted->on_update;
    const char *actual = action_name(is_delete ? key->on_delete : key->on_update);

    if (expected == NULL || strcmp(expected, actual) == 0)
        return;
    keel_check_found_at(run, wanted->severity, &wanted->place, object, NULL, replace_key(run, demand, key),
                        "the foreign key \"%s\" says on %s %s, not %s", key->name, is_delete ? "delete" : "update",
                        actual, expected);
}

static void judge(keel_check_run *run, const keel_demand *demand, const keel_suite_reference *wanted)
{
    const keel_pg_table *parent = keel_demand_parent(run, demand, wanted);
    const keel_pg_constraint *key =
        parent != NULL && wanted->declared ? keel_demand_foreign_key(demand, wanted, parent) : NULL;
    KEEL_CLEANUP(keel_str_free) keel_str validate = {0};

    if (key == NULL)
        return;
    keel_check_looked(run, 1, "foreign keys");
    const char *object = keel_check_columns_name(run, demand->table, wanted->columns.items, wanted->columns.count);
    judge_action(run, demand, wanted, key, object, true);
    judge_action(run, demand, wanted, key, object, false);
    if (key->validated)
        return;
    keel_str_addf(&validate, "ALTER TABLE %s VALIDATE CONSTRAINT ", keel_word_sql_table(run, demand->table));
    keel_pg_add_identifier(&validate, key->name);
    keel_str_addc(&validate, ';');
    keel_check_found_at(run, wanted->severity, &wanted->place, object, NULL, validate.data,
                        "the foreign key \"%s\" is NOT VALID: older rows may break it", key->name);
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "foreign keys");
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->references.count; j++)
            judge(run, &demands.items[i], &demands.items[i].wanted->references.items[j]);
    return true;
}

const keel_check keel_check_relationships_foreign_key_actions = {
    .id = "relationships.foreign_key_actions",
    .group = KEEL_GROUP_RELATIONSHIPS,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every foreign key of the suite has its actions and is validated",
    .help =
        "Compares ON DELETE and ON UPDATE of the foreign keys that the suite names with what it says, and looks "
        "whether they are validated. A cascade that is not there turns the deletion of a user into an error; one too "
        "many deletes what should have stayed.",
    .triggers =
        "CREATE TABLE users (id int PRIMARY KEY);"
        "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users); CREATE INDEX ON orders (user_id);",
    .passes = "CREATE TABLE users (id int PRIMARY KEY);"
              "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE);"
              "CREATE INDEX ON orders (user_id);",
    .suite =
        "tables:\n  orders:\n    foreign_keys:\n      - {columns: user_id, references: users, on_delete: cascade}\n",
    .run = run,
};
