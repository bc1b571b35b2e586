#include "migrate/session.h"

#include "journal/migration.h"

bool keel_session_begin(const char *conninfo, keel_progress *progress, const volatile sig_atomic_t *cancel,
                        keel_session *session, keel_error *err)
{
    *session = (keel_session){.progress = progress, .cancel = cancel, .space = ""};
    return keel_pg_open_begin(conninfo, "migrate", &session->work, err);
}

bool keel_session_open(const char *conninfo, keel_progress *progress, const volatile sig_atomic_t *cancel,
                       keel_session *session, keel_error *err)
{
    return keel_session_begin(conninfo, progress, cancel, session, err) && keel_pg_open_end(session->work, err);
}

void keel_session_close(keel_session *session)
{
    if (session->work != NULL)
        keel_pg_close(session->work);
    if (session->side != NULL)
        keel_pg_close(session->side);
    session->work = session->side = NULL;
}

static bool real_pid(keel_pg *pg, int *ret_pid, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str pid = {0};

    if (!keel_pg_query_value(pg, &pid, NULL, err, "SELECT pg_catalog.pg_backend_pid()", 0, NULL))
        return false;
    *ret_pid = (int)strtol(keel_str_text(&pid), NULL, 10);
    return true;
}

/* The side's transaction holds a backend while we look who serves `work`; which is not asked if that is the one held: in a
 * pool of one it would wait for ever. */
static bool shares_backends(keel_session *session, bool *ret_shares, keel_error *err)
{
    int side = 0, again = session->work_pid;

    if (!keel_pg_exec(session->side, err, "BEGIN") || !real_pid(session->side, &side, err) ||
        (side != session->work_pid && !real_pid(session->work, &again, err)) || !keel_pg_exec(session->side, err, "COMMIT"))
        return false;
    *ret_shares = side == session->work_pid || again != session->work_pid;
    return true;
}

/* Our settings would stay with a backend that serves others next. */
static void give_back(keel_pg *pg)
{
    keel_error ignored = {0};

    keel_pg_exec(pg, &ignored, "RESET ALL");
}

/* A pooler answers for the server when we connect, and gives a process id of its own making. One that pools by
 * transaction gives two connections of ours the same backend in turn, or one connection several. */
static bool refuse_pooler(keel_session *session, keel_error *err)
{
    enum { TRIES = 3 };
    bool pooled = false;

    if (!real_pid(session->work, &session->work_pid, err))
        return false;
    if (session->work_pid == keel_pg_backend_pid(session->work))
        return true;
    for (int i = 0; i < TRIES && !pooled; i++)
        if (!shares_backends(session, &pooled, err))
            return false;
    if (!pooled)
        return true; /* it pools by session: as good as none */
    give_back(session->side);
    give_back(session->work);
    keel_fail(err, KEEL_ERR_CONNECT, "a pooler that pools by transaction stands between pgkeel and the server");
    return keel_fail_hint(err, "Locks and settings of a session get lost there; give the server's own address, or a port "
                               "of the pooler with pool_mode = session.");
}

static bool try_lock(keel_session *session, const char *space, bool *ret_taken, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str taken = {0};
    const char *params[] = {space};

    if (!keel_pg_query_value(session->side, &taken, NULL, err,
                             "SELECT pg_catalog.pg_try_advisory_lock(1801807213, pg_catalog.hashtext($1))", 1, params))
        return false;
    *ret_taken = keel_streq(keel_str_text(&taken), "t");
    return true;
}

static const char holder_sql[] =
    "SELECT l.pid, coalesce(a.application_name, ''), coalesce(a.usename, ''), coalesce(a.client_addr::text, 'this host'),"
    " coalesce(extract(epoch FROM now() - a.backend_start)::bigint, 0)"
    " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.classid = 1801807213 AND l.granted"
    " AND l.objid = pg_catalog.hashtext($1)::oid AND l.database ="
    " (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

static void describe_holder(keel_session *session, const char *space, keel_str *out)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *r = NULL;
    const char *params[] = {space};
    keel_error ignored = {0};

    keel_str_clear(out);
    if (!keel_pg_query(session->side, &r, &ignored, holder_sql, 1, params) || keel_pg_rows(r) == 0) {
        keel_str_add(out, "another runner");
        return;
    }
    keel_str_addf(out, "%s of role %s at %s (backend %s, connected for %s s)", keel_pg_text(r, 0, 1),
                  keel_pg_text(r, 0, 2), keel_pg_text(r, 0, 3), keel_pg_text(r, 0, 0), keel_pg_text(r, 0, 4));
}

static bool wait_for_lock(keel_session *session, const char *space, keel_usec patience, keel_error *err)
{
    enum { POLL = 100000, SAY_EVERY = 5000000 };
    KEEL_CLEANUP(keel_str_free) keel_str holder = {0};
    keel_usec start = keel_monotonic(), said = start - SAY_EVERY;
    bool taken = false;

    for (;;) {
        if (!try_lock(session, space, &taken, err))
            return false;
        if (taken)
            return true;
        keel_usec now = keel_monotonic();
        if (now - said >= SAY_EVERY) {
            describe_holder(session, space, &holder);
            keel_progress_note(session->progress, "waiting for %s", keel_str_text(&holder));
            said = now;
        }
        if (session->cancel != NULL && *session->cancel)
            return keel_fail(err, KEEL_ERR_CANCELLED, "stopped while waiting for another runner");
        if (now - start >= patience) {
            keel_fail(err, KEEL_ERR_LOCKED, "migrations of this database are being run by %s", keel_str_text(&holder));
            return keel_fail_hint(err, "Wait for it, or give more time with --wait.");
        }
        keel_sleep(POLL);
    }
}

bool keel_session_lock(keel_session *session, const char *conninfo, const char *space, keel_usec patience,
                       keel_error *err)
{
    if (!keel_pg_open(conninfo, "migrate lock", &session->side, err))
        return false;
    return refuse_pooler(session, err) && wait_for_lock(session, space, patience, err);
}

bool keel_session_holds(keel_session *session, keel_error *err)
{
    if (keel_pg_still_alive(session->side))
        return true;
    keel_fail(err, KEEL_ERR_CONNECT, "lost the connection that held the runner lock");
    return keel_fail_hint(err, "Another runner may have begun; what is committed is kept. Run the same command again.");
}

bool keel_session_use(keel_session *session, const char *space, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    session->space = space;
    if (space[0] == '\0')
        return true;
    keel_str_add(&sql, "SET search_path = ");
    keel_pg_add_identifier(&sql, space);
    return keel_pg_exec(session->work, err, keel_str_text(&sql));
}

bool keel_session_prepare(keel_session *session, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    if (session->prepared)
        return true;
    keel_str_add(&sql, "DEALLOCATE ALL;\n");
    keel_journal_add_prepare(&sql);
    return session->prepared = keel_pg_exec(session->work, err, keel_str_text(&sql));
}

bool keel_session_reset(keel_session *session, keel_error *err)
{
    if (!session->dirty)
        return true;
    session->dirty = session->prepared = false;
    return keel_pg_reset(session->work, err) && keel_session_use(session, session->space, err);
}
