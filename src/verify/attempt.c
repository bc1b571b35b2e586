#include "verify/attempt.h"

#include <string.h>

bool keel_attempt_begin(keel_pg *pg, keel_error *err)
{
    return keel_pg_exec(pg, err, "SAVEPOINT pgkeel_attempt");
}

bool keel_attempt_end(keel_pg *pg, keel_error *err)
{
    return keel_pg_exec(pg, err, "ROLLBACK TO SAVEPOINT pgkeel_attempt; RELEASE SAVEPOINT pgkeel_attempt");
}

bool keel_attempt_refused(const keel_error *err)
{
    static const char *const unknown[] = {"08", "40", "53", "54", "55", "57", "58", "72", "XX"};

    if (err->kind != KEEL_ERR_SERVER && err->kind != KEEL_ERR_CONFIG)
        return false;
    if (strcmp(err->sqlstate, "42501") == 0) /* insufficient_privilege */
        return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(unknown); i++)
        if (strncmp(err->sqlstate, unknown[i], 2) == 0)
            return false;
    return true;
}

bool keel_attempt(keel_check_run *run, const char *sql, keel_pg_result **ret_result,
                  const keel_pg_failure **ret_refusal, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    if (!keel_attempt_begin(run->pg, err))
        return false;
    bool done = keel_pg_query(run->pg, &result, err, sql, 0, NULL);
    if (!done && !keel_attempt_refused(err))
        return false;
    keel_pg_failure *refusal = NULL;
    if (!done) {
        refusal = keel_arena_alloc(run->arena, sizeof *refusal);
        *refusal = *keel_pg_last_failure(run->pg);
    }
    if (done ? !keel_pg_exec(run->pg, err, "RELEASE SAVEPOINT pgkeel_attempt") : !keel_attempt_end(run->pg, err))
        return false;
    *ret_refusal = refusal;
    if (done) {
        *ret_result = result;
        result = NULL;
    }
    return true;
}
