#include "cli/check_options.h"

#include <glob.h>

#include "cli/transfer_options.h"

static keel_usec statement_timeout(const keel_cli_check *given)
{
    enum { FULL_SECONDS = 3600, QUICK_SECONDS = 30 };

    if (given->statement_timeout >= 0)
        return given->statement_timeout * KEEL_SECOND;
    return (given->quick ? QUICK_SECONDS : FULL_SECONDS) * KEEL_SECOND;
}

/* checks/NAME.yaml, by name; NULL if there is none. */
static const char *const *usual_suites(keel_cli *cli)
{
    glob_t found = {0};
    const char **paths = NULL;

    if (glob("checks/*.yaml", 0, NULL, &found) == 0) {
        paths = keel_arena_alloc(cli->arena, (found.gl_pathc + 1) * sizeof *paths);
        for (size_t i = 0; i < found.gl_pathc; i++)
            paths[i] = keel_arena_strdup(cli->arena, found.gl_pathv[i]);
    }
    globfree(&found);
    return paths;
}

static bool
read_suites(keel_cli *cli, const char *given, const keel_suite **ret_suite, keel_error *err)
{
    const char *const *paths = given != NULL ? keel_cli_list(cli, given) : usual_suites(cli);
    size_t count = 0;

    while (paths != NULL && paths[count] != NULL)
        count++;
    if (count > 0)
        return keel_suite_read(cli->arena, paths, count, ret_suite, err);
    return given == NULL || keel_fail(err, KEEL_ERR_USAGE, "--suite names no file");
}

bool keel_cli_check_prepare(keel_cli *cli,
                            const keel_cli_check *given,
                            keel_check_options *ret_options,
                            keel_error *err)
{
    keel_check_options options = {
        .groups = {given->schema, given->data, given->relationships, given->business,
                   given->save || given->against},
        .only = keel_cli_list(cli, given->only),
        .skip = keel_cli_list(cli, given->skip),
        .tables = keel_cli_list(cli, given->table),
        .quick = given->quick,
        .strict = given->strict,
        .jobs = (int)given->jobs,
        .snapshot = keel_streq(given->snapshot, "table") ? KEEL_SNAPSHOT_TABLE : KEEL_SNAPSHOT_ONE,
        .statement_timeout = statement_timeout(given),
        .cancel = keel_cli_cancel_flag(),
    };

    /* A baseline is asked for by its own option: beside groups it is one more, without groups it
     * keeps none out. */
    if (!given->schema && !given->data && !given->relationships && !given->business)
        options.groups[KEEL_GROUP_BASELINE] = false;
    if (given->quick && given->full)
        return keel_fail(err, KEEL_ERR_USAGE, "--quick and --full do not go together");
    if (!read_suites(cli, given->suite, &options.suite, err) ||
        !keel_cli_transfer_database(cli, NULL, &options.conninfo, err))
        return false;
    cli->strict = given->strict;
    *ret_options = options;
    return true;
}
