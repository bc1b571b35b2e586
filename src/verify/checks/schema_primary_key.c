#include "verify/demand.h"

static bool same_columns(const keel_pg_table *table, const int *columns, size_t count, const keel_suite_names *names)
{
    if (count != names->count)
        return false;
    for (size_t i = 0; i < names->count; i++) {
        const keel_pg_column *column = keel_pg_table_column(table, names->items[i]);
        bool found = false;
        for (size_t j = 0; column != NULL && j < count; j++)
            found = found || columns[j] == column->number;
        if (!found)
            return false;
    }
    return true;
}

static const char *columns_of(keel_check_run *run, const keel_pg_table *table, const keel_pg_constraint *key)
{
    KEEL_CLEANUP(keel_str_free) keel_str list = {0};

    for (size_t i = 0; i < key->column_count; i++) {
        const keel_pg_column *column = keel_pg_table_column_number(table, key->columns[i]);
        keel_str_addf(&list, "%s%s", i > 0 ? ", " : "", column != NULL ? column->name : "?");
    }
    return keel_arena_strdup(run->arena, keel_str_text(&list));
}

static void judge_primary(keel_check_run *run, const keel_demand *demand, const keel_suite_key *wanted,
                          const char *object)
{
    const keel_pg_constraint *key = keel_pg_table_primary_key(demand->table);

    if (key == NULL)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL,
                            keel_arena_printf(run->arena, "ALTER TABLE %s ADD PRIMARY KEY (%s);",
                                              keel_word_sql_table(run, demand->table),
                                              keel_word_sql_list(run, wanted->columns.items, wanted->columns.count)),
                            "the table has no primary key");
    else if (!same_columns(demand->table, key->columns, key->column_count, &wanted->columns))
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL,
                            "Decide which of the two is the key, and correct the table or the suite.",
                            "the primary key is (%s)", columns_of(run, demand->table, key));
}

/* A unique index over these columns, even an invalid one: a valid one if there is any. */
static const keel_pg_index *unique_index(const keel_pg_table *table, const keel_suite_names *names)
{
    const keel_pg_index *invalid = NULL;

    for (size_t i = 0; i < table->indexes.count; i++) {
        const keel_pg_index *index = &table->indexes.items[i];
        if (!index->unique || index->partial || index->expression ||
            !same_columns(table, index->columns, index->column_count, names))
            continue;
        if (index->valid)
            return index;
        invalid = index;
    }
    return invalid;
}

static void judge_unique(keel_check_run *run, const keel_demand *demand, const keel_suite_key *wanted,
                         const char *object)
{
    const keel_pg_index *index = unique_index(demand->table, &wanted->columns);

    if (index != NULL && index->valid)
        return;
    keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL,
                        keel_arena_printf(run->arena, "%sCREATE UNIQUE INDEX CONCURRENTLY ON %s (%s);",
                                          index != NULL ? "Drop the invalid index CONCURRENTLY first; then " : "",
                                          keel_word_sql_table(run, demand->table),
                                          keel_word_sql_list(run, wanted->columns.items, wanted->columns.count)),
                        index != NULL ? "the unique index \"%s\" is not valid"
                                      : "no unique index is over just these columns%s",
                        index != NULL ? index->name : "");
}

static void judge(keel_check_run *run, const keel_demand *demand, const keel_suite_key *wanted)
{
    const keel_pg_table *table = demand->table;

    if (!wanted->declared)
        return;
    keel_check_looked(run, 1, "keys");
    if (!keel_demand_columns_exist(run, demand, &wanted->columns, KEEL_ERROR, &wanted->place,
                                   wanted->primary ? "the primary key" : "a unique key"))
        return;
    const char *object = keel_check_columns_name(run, table, wanted->columns.items, wanted->columns.count);
    if (table->kind != 'r' && table->kind != 'p')
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL,
                            "Demand the key of the table behind it, or say `declared: false`.",
                            "a key is demanded of what is no table but a %s",
                            table->kind == 'f' ? "foreign table" : "view");
    else if (wanted->primary)
        judge_primary(run, demand, wanted, object);
    else
        judge_unique(run, demand, wanted, object);
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "keys");
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->keys.count; j++)
            judge(run, &demands.items[i], &demands.items[i].wanted->keys.items[j]);
    return true;
}

const keel_check keel_check_schema_primary_key = {
    .id = "schema.primary_key",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every key of the suite is declared",
    .help =
        "Looks for the primary and unique keys that the suite names: a primary key, a unique constraint or a unique "
        "index over just these columns, in any order, valid and without a predicate. What no index guards will be "
        "doubled by two requests at the same time, and ON CONFLICT needs the index. Whether the rows keep the key is "
        "for data.duplicate_keys to say.",
    .triggers = "CREATE TABLE messages (id int PRIMARY KEY, version text); CREATE INDEX ON messages (version);",
    .passes = "CREATE TABLE messages (id int PRIMARY KEY, version text UNIQUE);",
    .suite = "tables:\n  messages:\n    primary_key: id\n    unique: [version]\n",
    .run = run,
};
