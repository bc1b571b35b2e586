#include <string.h>

#include "verify/demand.h"
#include "verify/expression.h"

/* The CHECKs of a table, those that were validated first; only the one whose text is equal, if there is one. */
typedef struct checks {
    const keel_pg_constraint **items;
    const char **expressions;
    bool *same;
    size_t count;
} checks;

static checks checks_of(keel_check_run *run, const keel_pg_table *table, const char *wanted)
{
    const size_t most = table->constraints.count + 1;
    checks c = {.items = keel_arena_alloc(run->arena, most * sizeof *c.items),
                .expressions = keel_arena_alloc(run->arena, most * sizeof *c.expressions),
                .same = keel_arena_alloc(run->arena, most * sizeof *c.same)};

    for (int validated = 1; validated >= 0; validated--)
        for (size_t i = 0; i < table->constraints.count; i++) {
            const keel_pg_constraint *constraint = &table->constraints.items[i];
            if (constraint->type != 'c' || constraint->validated != (validated == 1))
                continue;
            bool exact = wanted != NULL && strcmp(constraint->check_sql, wanted) == 0;
            c.count = exact ? 0 : c.count;
            c.expressions[c.count] = constraint->check_sql;
            c.items[c.count++] = constraint;
            if (exact)
                return c;
        }
    return c;
}

static const keel_pg_constraint *by_name(const keel_pg_table *table, const char *name)
{
    for (size_t i = 0; name != NULL && i < table->constraints.count; i++)
        if (strcmp(table->constraints.items[i].name, name) == 0)
            return &table->constraints.items[i];
    return NULL;
}

static const char *add_constraint(keel_check_run *run, const keel_demand *demand, const keel_suite_constraint *wanted)
{
    KEEL_CLEANUP(keel_str_free) keel_str name = {0};
    const char *table = keel_word_sql_table(run, demand->table);

    if (wanted->check == NULL)
        return "Apply the migration that adds it.";
    keel_pg_add_identifier(
        &name, wanted->name != NULL ? wanted->name : keel_arena_printf(run->arena, "%s_check", demand->table->name));
    return keel_arena_printf(run->arena,
                             "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID; "
                             "ALTER TABLE %s VALIDATE CONSTRAINT %s;",
                             table, name.data, wanted->check, table, name.data);
}

/* The one that serves, or NULL with the finding made. */
static bool find(keel_check_run *run, const keel_demand *demand, const keel_suite_constraint *wanted,
                 const keel_pg_constraint **ret_constraint, keel_error *err)
{
    const checks all = checks_of(run, demand->table, wanted->check);
    const keel_pg_constraint *named = by_name(demand->table, wanted->name);
    const char *refusal = NULL;

    *ret_constraint = NULL;
    if (wanted->check != NULL && !keel_expression_compare(run, demand->table, NULL, wanted->check, all.expressions,
                                                          all.count, all.same, &refusal, err))
        return false;
    size_t match = 0;
    while (match < all.count && !all.same[match])
        match++;
    if (refusal != NULL)
        keel_check_found_at(run, KEEL_ERROR, &wanted->place, demand->name, NULL,
                            "Correct the expression in the suite.", "the suite's check cannot be read: %s (%s)",
                            refusal, wanted->check);
    else if (match < all.count)
        *ret_constraint = all.items[match];
    else if (wanted->check == NULL && named != NULL)
        *ret_constraint = named;
    else if (named != NULL)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            "Decide which of the two is right, and correct the table or the suite.",
                            "the constraint \"%s\" is %s, not CHECK (%s)", named->name, named->definition,
                            wanted->check);
    else if (wanted->check != NULL)
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            add_constraint(run, demand, wanted), "no constraint says CHECK (%s)", wanted->check);
    else
        keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL,
                            add_constraint(run, demand, wanted), "the constraint \"%s\" does not exist",
                            wanted->name);
    return true;
}

static bool judge(keel_check_run *run, const keel_demand *demand, const keel_suite_constraint *wanted,
                  keel_error *err)
{
    const keel_pg_constraint *constraint = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};

    if (!find(run, demand, wanted, &constraint, err))
        return false;
    if (constraint == NULL || constraint->validated)
        return true;
    keel_str_addf(&remedy, "ALTER TABLE %s VALIDATE CONSTRAINT ", keel_word_sql_table(run, demand->table));
    keel_pg_add_identifier(&remedy, constraint->name);
    keel_str_addc(&remedy, ';');
    keel_check_found_at(run, wanted->severity, &wanted->place, demand->name, NULL, remedy.data,
                        "the constraint \"%s\" is NOT VALID: older rows may break it", constraint->name);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    keel_demands demands = {0};

    if (!keel_demands_present(run, &demands, err))
        return false;
    keel_check_looked(run, 0, "constraints");
    for (size_t i = 0; i < demands.count; i++) {
        const keel_suite_table *wanted = demands.items[i].wanted;
        keel_check_looked(run, (int64_t)wanted->constraints.count, "constraints");
        for (size_t j = 0; j < wanted->constraints.count; j++)
            if (!judge(run, &demands.items[i], &wanted->constraints.items[j], err))
                return false;
    }
    return true;
}

const keel_check keel_check_schema_constraint_missing = {
    .id = "schema.constraint_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every constraint of the suite is there and validated",
    .help =
        "Looks for the constraints that the suite names, or for a CHECK that means the same to the server, whatever "
        "its name. Names differ between an ORM, a migration tool and hand-written SQL; rules should not. A "
        "constraint of that name with another expression is shown with both, and NOT VALID is said.",
    .triggers = "CREATE TABLE runs (id int PRIMARY KEY, seconds int, CONSTRAINT chk_seconds CHECK (seconds > 0));",
    .passes = "CREATE TABLE runs (id int PRIMARY KEY, seconds int, CONSTRAINT ck_runs_seconds CHECK (seconds >= 0));",
    .suite = "tables:\n  runs:\n    constraints:\n      - {name: chk_seconds, check: \"seconds >= 0\"}\n",
    .run = run,
};
