#include "verify/demand.h"

static bool exists(keel_check_run *run, const char *role, bool *ret_exists, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    if (!keel_pg_query(run->pg, &result, err, "SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $1", 1, &role))
        return false;
    *ret_exists = keel_pg_rows(result) > 0;
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    const keel_suite_names *roles = &run->suite->roles;

    keel_check_looked(run, (int64_t)roles->count, "roles");
    for (size_t i = 0; i < roles->count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};
        bool found = false;
        if (!exists(run, roles->items[i], &found, err))
            return false;
        if (found)
            continue;
        keel_str_add(&remedy, "CREATE ROLE ");
        keel_pg_add_identifier(&remedy, roles->items[i]);
        keel_str_add(&remedy, "; -- and what was granted to it");
        keel_check_found_at(run, KEEL_ERROR, &roles->place, roles->items[i], NULL, remedy.data,
                            "the role does not exist");
    }
    return true;
}

const keel_check keel_check_schema_role_missing = {
    .id = "schema.role_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every role of the suite exists",
    .help =
        "Looks for the roles that the suite names. Roles belong to the server, not to the database: they are "
        "not in a dump, and a script that grants to a missing role goes on after the error.",
    .triggers = "SELECT 1;",
    .passes = "DO $$BEGIN CREATE ROLE pgkeel_example; EXCEPTION WHEN duplicate_object THEN NULL; END$$;",
    .suite = "roles: pgkeel_example\n",
    .run = run,
};
