#include <string.h>

#include "verify/index_demand.h"

static const keel_pg_index *by_name(const keel_pg_table *table, const char *name)
{
    for (size_t i = 0; name != NULL && i < table->indexes.count; i++)
        if (strcmp(table->indexes.items[i].name, name) == 0)
            return &table->indexes.items[i];
    return NULL;
}

static const char *rebuild(keel_check_run *run, const keel_demand *demand, const char *name)
{
    return keel_arena_printf(run->arena, "REINDEX INDEX CONCURRENTLY %s;",
                             keel_word_sql(run, demand->table->schema, name));
}

/* "btree (a, b)" out of "CREATE INDEX x ON t USING btree (a, b)". */
static const char *short_definition(const keel_pg_index *index)
{
    const char *method = strstr(index->definition, " USING ");

    return method != NULL ? method + strlen(" USING ") : index->definition;
}

static void judge_name(keel_check_run *run, const keel_demand *demand, const keel_suite_index *wanted)
{
    const keel_pg_index *index = by_name(demand->table, wanted->name);

    if (index == NULL)
        keel_check_found_at(
            run, wanted->severity, &wanted->place, demand->name, NULL,
            "Apply the migration that creates it; with `keys` in the suite any index of that definition "
            "will do.",
            "the index \"%s\" does not exist", wanted->name);
    else if (!index->valid)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            rebuild(run, demand, index->name), "the index \"%s\" is not valid, nothing can use it",
                            index->name);
}

static bool judge_definition(keel_check_run *run, const keel_index_list *list, const keel_demand *demand,
                             const keel_suite_index *wanted, keel_error *err)
{
    const keel_index_facts *usable = NULL;
    const keel_index_facts *unusable = NULL;
    const char *refusal = NULL;
    const keel_pg_index *named = by_name(demand->table, wanted->name);
    const char *words = keel_index_demand_words(run, wanted);

    if (!keel_index_demand_find(run, list, demand, wanted, &usable, &unusable, &refusal, err))
        return false;
    if (refusal != NULL)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, demand->name, NULL, "Correct the index in the suite.",
                            "the suite's index %s cannot be read: %s", words, refusal);
    else if (usable != NULL)
        return true;
    else if (unusable != NULL)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            rebuild(run, demand, unusable->name), "the index \"%s\" is not valid, nothing can use it",
                            unusable->name);
    else if (named != NULL)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            keel_index_demand_sql(run, demand, wanted), "the index \"%s\" is %s%s, not %s",
                            named->name, named->unique ? "unique " : "", short_definition(named), words);
    else
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            keel_index_demand_sql(run, demand, wanted), "no index is %s", words);
    return true;
}

static bool judge(keel_check_run *run, const keel_index_list *list, const keel_demand *demand,
                  const keel_suite_index *wanted, keel_error *err)
{
    keel_check_looked(run, 1, "indexes");
    if (demand->table->kind != 'r' && demand->table->kind != 'p') {
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, demand->name, NULL,
                            "Demand the index of the table behind it.",
                            "an index is demanded of what is no table but a %s",
                            demand->table->kind == 'f'   ? "foreign table"
                            : demand->table->kind == 'm' ? "materialized view"
                                                         : "view");
        return true;
    }
    if (!keel_demand_columns_exist(run, demand, &wanted->include, KEEL_ERROR, &wanted->place, "an index"))
        return true;
    if (wanted->keys.count > 0)
        return judge_definition(run, list, demand, wanted, err);
    judge_name(run, demand, wanted);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};
    keel_index_list list = {0};
    int64_t demanded = 0;

    if (!keel_demands_present(run, &demands, err))
        return false;
    for (size_t i = 0; i < demands.count; i++)
        demanded += (int64_t)demands.items[i].wanted->indexes.count;
    keel_check_looked(run, 0, "indexes");
    if (demanded > 0 && !keel_indexes_load(run, &list, err))
        return false;
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->indexes.count; j++)
            if (!judge(run, &list, &demands.items[i], &demands.items[i].wanted->indexes.items[j], err))
                return false;
    return true;
}

const keel_check keel_check_schema_index_missing = {
    .id = "schema.index_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_WARNING,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every index of the suite is there and valid",
    .help =
        "Looks for the indexes that the suite names, or for a valid one of the same definition, whatever its name: "
        "keys in their order, direction, access method, predicate, uniqueness, INCLUDE. An index of that name with "
        "another definition is shown with both. Without it the query that relied on it reads the whole table; jsonb "
        "under a btree instead of GIN is such a case.",
    .triggers = "CREATE TABLE resources (id int PRIMARY KEY, protocol text, metadata jsonb);"
                "CREATE INDEX ix_meta ON resources (metadata); CREATE INDEX by_protocol ON resources (protocol);",
    .passes =
        "CREATE TABLE resources (id int PRIMARY KEY, protocol text, metadata jsonb);"
        "CREATE INDEX meta_gin ON resources USING gin (metadata); CREATE INDEX by_protocol ON resources (protocol);",
    .suite = "tables:\n  resources:\n    indexes:\n      - {name: ix_meta, keys: metadata, method: gin}\n"
             "      - keys: protocol\n",
    .run = run,
};
