/* What the side connection sees of the one at work. */
#include "migrate/session.h"

static const char blockers_sql[] =
    "SELECT a.pid, coalesce(nullif(a.application_name, ''), a.backend_type), coalesce(a.usename, ''),"
    " coalesce(extract(epoch FROM now() - a.xact_start)::bigint, 0), a.state,"
    " left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80)"
    " FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids($1::int)) b(pid)"
    " JOIN pg_catalog.pg_stat_activity a USING (pid) ORDER BY a.xact_start LIMIT 3";

static bool ask(keel_session *session, const char *sql, keel_pg_result **ret_result)
{
    char pid[16];
    const char *params[] = {pid};
    keel_error ignored = {0};

    snprintf(pid, sizeof pid, "%d", session->work_pid);
    return session->side != NULL && keel_pg_query(session->side, ret_result, &ignored, sql, 1, params);
}

void keel_session_blockers(keel_session *session, keel_str *out)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    keel_str_clear(out);
    if (!ask(session, blockers_sql, &r))
        return;
    for (int row = 0; row < keel_pg_rows(r); row++)
        keel_str_addf(out, "%spid %s (%s, role %s, %s for %s s): %s", row > 0 ? "; " : "", keel_pg_text(r, row, 0),
                      keel_pg_text(r, row, 1), keel_pg_text(r, row, 2),
                      keel_pg_is_null(r, row, 4) ? "at work" : keel_pg_text(r, row, 4), keel_pg_text(r, row, 3),
                      keel_pg_is_null(r, row, 5) ? "" : keel_pg_text(r, row, 5));
}

static const char build_sql[] =
    "SELECT phase, CASE WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total"
    " WHEN tuples_total > 0 THEN 100 * tuples_done / tuples_total"
    " WHEN lockers_total > 0 THEN 100 * lockers_done / lockers_total END, current_locker_pid"
    " FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1::int";

void keel_session_build(keel_session *session, keel_str *out)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;

    keel_str_clear(out);
    if (!ask(session, build_sql, &r) || keel_pg_rows(r) == 0)
        return;
    keel_str_add(out, keel_pg_text(r, 0, 0));
    if (!keel_pg_is_null(r, 0, 1))
        keel_str_addf(out, " %s %%", keel_pg_text(r, 0, 1));
    if (keel_pg_int(r, 0, 2) != 0)
        keel_str_addf(out, " (waits for backend %s)", keel_pg_text(r, 0, 2));
}
