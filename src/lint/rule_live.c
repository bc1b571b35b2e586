/* What rules ask a live database. */
#include "base/str.h"
#include "lint/rule.h"

const char *keel_lint_ask_text(keel_lint *lint, const char *sql, const char *argument)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    keel_pg *pg = keel_world_pg(keel_lint_world(lint));
    const char *params[] = {argument};
    keel_error ignored = {0};

    if (pg == NULL || !keel_pg_query(pg, &r, &ignored, sql, 1, params) || keel_pg_rows(r) != 1 || keel_pg_is_null(r, 0, 0))
        return NULL;
    return keel_arena_strdup(keel_lint_arena(lint), keel_pg_text(r, 0, 0));
}

bool keel_lint_ask(keel_lint *lint, const char *sql, const char *argument)
{
    return keel_streq(keel_lint_ask_text(lint, sql, argument), "t");
}

bool keel_lint_is_old(const keel_lint *lint, const keel_world_session *session)
{
    enum { MINUTE = 60000000 };
    keel_usec limit = keel_lint_options_of(lint)->old_transaction;

    return session->seconds * 1e6 >= (double)(limit > 0 ? limit : MINUTE);
}

keel_pg_result *keel_lint_probe(keel_lint *lint, const char *sql, int count, const char *const *params, bool *ret_slow)
{
    keel_pg *pg = keel_world_pg(keel_lint_world(lint));
    keel_pg_result *result = NULL;
    keel_error ignored = {0};

    if (pg == NULL || keel_pg_in_transaction(pg))
        return NULL;
    bool good = keel_pg_exec(pg, &ignored, "BEGIN READ ONLY; SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '3s'") &&
                keel_pg_query(pg, &result, &ignored, sql, count, params);
    if (ret_slow != NULL)
        *ret_slow = !good && keel_streq(keel_pg_last_failure(pg)->sqlstate, "57014");
    keel_pg_rollback(pg);
    return good ? result : NULL;
}
