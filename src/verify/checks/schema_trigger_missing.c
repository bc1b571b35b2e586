#include <string.h>

#include "verify/demand.h"

static const keel_pg_trigger *find(const keel_pg_table *table, const char *name)
{
    for (size_t i = 0; i < table->triggers.count; i++)
        if (strcmp(table->triggers.items[i].name, name) == 0)
            return &table->triggers.items[i];
    return NULL;
}

static void judge(keel_check_run *run, const keel_demand *demand, const char *name)
{
    const keel_pg_trigger *trigger = find(demand->table, name);
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    if (trigger != NULL && trigger->enabled)
        return;
    keel_str_addf(&remedy, "ALTER TABLE %s ENABLE TRIGGER ", keel_word_sql_table(run, demand->table));
    keel_pg_add_identifier(&remedy, name);
    keel_str_addc(&remedy, ';');
    keel_check_found_at(run, KEEL_ERROR, &demand->wanted->triggers.place, demand->name, NULL,
                        trigger == NULL ? "Apply the migration that creates it." : remedy.data,
                        trigger == NULL ? "the trigger \"%s\" does not exist" : "the trigger \"%s\" is disabled",
                        name);
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "triggers");
    for (size_t i = 0; i < demands.count; i++) {
        const keel_suite_names *wanted = &demands.items[i].wanted->triggers;
        keel_check_looked(run, (int64_t)wanted->count, "triggers");
        for (size_t j = 0; j < wanted->count; j++)
            judge(run, &demands.items[i], wanted->items[j]);
    }
    return true;
}

const keel_check keel_check_schema_trigger_missing = {
    .id = "schema.trigger_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every trigger of the suite is there and enabled",
    .help =
        "Looks for the triggers that the suite names. One that was disabled for a bulk load and never enabled again "
        "leaves no trace but the rows that it should have written. A trigger that fires only in replica mode counts "
        "as disabled.",
    .triggers =
        "CREATE TABLE users (id int PRIMARY KEY, updated_at timestamptz);"
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN "
        "NEW; END';CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();"
        "ALTER TABLE users DISABLE TRIGGER users_touch;",
    .passes =
        "CREATE TABLE users (id int PRIMARY KEY, updated_at timestamptz);"
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN "
        "NEW; END';CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();",
    .suite = "tables:\n  users:\n    triggers: users_touch\n",
    .run = run,
};
