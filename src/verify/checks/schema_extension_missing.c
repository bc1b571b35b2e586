#include "verify/demand.h"

/* Installed, and can it be? */
static bool look(keel_check_run *run, const char *name, bool *ret_installed, bool *ret_available, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    if (!keel_pg_query(run->pg, &result, err,
                       "SELECT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname = $1),"
                       "       EXISTS (SELECT FROM pg_catalog.pg_available_extensions a WHERE a.name = $1)",
                       1, &name))
        return false;
    *ret_installed = keel_pg_bool(result, 0, 0);
    *ret_available = keel_pg_bool(result, 0, 1);
    return true;
}

static bool run(keel_check_run *run, keel_error *err)
{
    const keel_suite_names *names = &run->suite->extensions;

    keel_check_looked(run, (int64_t)names->count, "extensions");
    for (size_t i = 0; i < names->count; i++) {
        KEEL_CLEANUP(keel_str_free) keel_str remedy = {0};
        bool installed = false;
        bool available = false;
        if (!look(run, names->items[i], &installed, &available, err))
            return false;
        if (installed)
            continue;
        keel_str_add(&remedy, available ? "" : "Install its package on the server's host; then ");
        keel_str_add(&remedy, "CREATE EXTENSION ");
        keel_pg_add_identifier(&remedy, names->items[i]);
        keel_str_addc(&remedy, ';');
        keel_check_found_at(run, KEEL_ERROR, &names->place, names->items[i], NULL, remedy.data,
                            available ? "the extension is not installed in this database"
                                      : "the extension is not installed, and the server does not have it");
    }
    return true;
}

const keel_check keel_check_schema_extension_missing = {
    .id = "schema.extension_missing",
    .group = KEEL_GROUP_SCHEMA,
    .severity = KEEL_ERROR,
    .flags = KEEL_CHECK_NEEDS_SUITE,
    .title = "every extension of the suite is installed",
    .help =
        "Looks for the extensions that the suite names, in this database: an extension that is installed in another "
        "database of the same server does not help.",
    .triggers = "SELECT 1;",
    .passes = "CREATE EXTENSION pgcrypto;",
    .suite = "extensions: pgcrypto\n",
    .run = run,
};
