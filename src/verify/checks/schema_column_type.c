#include <string.h>

#include "base/map.h"
#include "verify/attempt.h"
#include "verify/demand.h"

/* What the server makes of one spelling. */
typedef struct spelling {
    const char *name; /* format_type; NULL if it is no type */
    uint32_t oid;
    const char *refusal;
} spelling;

static bool ask(keel_check_run *run, const char *type, spelling *ret_spelling, keel_error *err)
{
    const keel_pg_type *model = NULL;
    keel_error refusal = {0};

    if (!keel_attempt_begin(run->pg, err))
        return false;
    bool known = keel_pg_type_by_name(run->pg, run->arena, type, &model, &refusal);
    if (!known && !keel_attempt_refused(&refusal)) {
        *err = refusal;
        return false;
    }
    if (!keel_attempt_end(run->pg, err))
        return false;
    if (known)
        *ret_spelling = (spelling){.name = model->name, .oid = model->oid};
    else
        *ret_spelling = (spelling){.refusal = keel_arena_strdup(run->arena, refusal.message)};
    return true;
}

static bool resolve(keel_check_run *run, keel_map *known, const char *type, const spelling **ret_spelling,
                    keel_error *err)
{
    spelling *found = keel_map_get(known, type);

    if (found == NULL) {
        found = keel_arena_alloc(run->arena, sizeof *found);
        if (!ask(run, type, found, err))
            return false;
        keel_map_put(known, type, found);
    }
    *ret_spelling = found;
    return true;
}

static const char *change_type(keel_check_run *run, const keel_demand *demand, const keel_suite_column *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};

    keel_pg_add_identifier(&name, wanted->name);
    return keel_arena_printf(
        run->arena,
        "ALTER TABLE %s ALTER COLUMN %s TYPE %s USING %s::%s; -- may rewrite the table under a strong "
        "lock",
        keel_word_sql_table(run, demand->table), name.data, wanted->type, name.data, wanted->type);
}

static bool judge(keel_check_run *run, keel_map *known, const keel_demand *demand, const keel_suite_column *wanted,
                  keel_error *err)
{
    const keel_pg_column *column = keel_pg_table_column(demand->table, wanted->name);
    const spelling *type = NULL;

    if (column == NULL || wanted->type == NULL || wanted->absent)
        return true;
    keel_check_looked(run, 1, "columns");
    if (strcmp(column->type->name, wanted->type) == 0)
        return true;
    const char *object = keel_check_columns_name(run, demand->table, (const char *const[]){wanted->name}, 1);
    if (!resolve(run, known, wanted->type, &type, err))
        return false;
    if (type->name == NULL)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL,
                            "Correct the type in the suite, or create it.", "the suite's type cannot be read: %s",
                            type->refusal);
    else if (type->oid != column->type->oid || strcmp(type->name, column->type->name) != 0)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, object, NULL, change_type(run, demand, wanted),
                            "the type is %s, not %s", column->type->name, type->name);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *known = keel_map_create();
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "columns");
    for (size_t i = 0; i < demands.count; i++)
        for (size_t j = 0; j < demands.items[i].wanted->columns.count; j++)
            if (!judge(run, known, &demands.items[i], &demands.items[i].wanted->columns.items[j], err))
                return false;
    return true;
}

const keel_check keel_check_schema_column_type = {
    .id = "schema.column_type",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every column has the type that the suite says",
    .help =
        "Compares types as the server sees them: int4 and integer are one type, varchar(20) and varchar(50) are two, "
        "and a domain is not the type that it is made of. A type that differs rounds, cuts or refuses values, or "
        "keeps an index from being used.",
    .triggers = "CREATE TABLE payments (id int PRIMARY KEY, amount real);",
    .passes = "CREATE TABLE payments (id int PRIMARY KEY, amount numeric(12,2));",
    .suite = "tables:\n  payments:\n    columns:\n      id: int4\n      amount: decimal(12, 2)\n",
    .run = run,
};
