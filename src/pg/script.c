/* Several statements in one message, with the caller looking in while the server works. */
#include <errno.h>
#include <poll.h>

#include "pg/internal.h"

typedef struct watch {
    keel_usec interval;
    keel_pg_idle *idle;
    void *context;
    bool cancelled;
} watch;

/* Waits until a result can be read without blocking. False if the connection is lost. */
static bool wait_result(keel_pg *pg, watch *w)
{
    keel_usec deadline = keel_monotonic() + w->interval;

    while (PQisBusy(pg->conn)) {
        struct pollfd ready = {.fd = PQsocket(pg->conn), .events = POLLIN};
        keel_usec left = deadline - keel_monotonic();
        int got = left > 0 ? poll(&ready, 1, (int)(left / 1000) + 1) : 0;
        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0 && !PQconsumeInput(pg->conn))
            return false;
        if (keel_monotonic() < deadline)
            continue;
        if (!w->cancelled && !w->idle(w->context)) {
            w->cancelled = true;
            keel_pg_cancel(pg);
        }
        deadline = keel_monotonic() + w->interval;
    }
    return true;
}

/* *ret_rows: the last rows that came, for PQclear by the caller; also on failure. */
static bool take_results(keel_pg *pg, watch *w, int *ret_completed, PGresult **ret_rows, keel_error *err)
{
    bool good = true;

    for (;;) {
        if (w->idle != NULL)
            wait_result(pg, w); /* a lost connection shows in the result */
        KEEL_CLEANUP(keel_pg_raw_free) PGresult *raw = PQgetResult(pg->conn);
        if (raw == NULL)
            return good;
        ExecStatusType status = PQresultStatus(raw);
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
            ++*ret_completed;
            if (status == PGRES_TUPLES_OK) {
                PQclear(*ret_rows);
                *ret_rows = raw;
                raw = NULL;
            }
        } else if (good) {
            bool copies = status == PGRES_COPY_IN || status == PGRES_COPY_OUT;
            good = copies ? keel_fail(err, KEEL_ERR_INTERNAL, "COPY was run as an ordinary statement")
                          : keel_pg_fail_result(pg, raw, err);
            if (copies)
                keel_pg_settle(pg, "not expected here");
        }
    }
}

bool keel_pg_script(keel_pg *pg, const char *sql, keel_usec interval, keel_pg_idle *idle, void *context,
                    int *ret_completed, keel_pg_result **ret_rows, keel_error *err)
{
    watch w = {.interval = interval, .idle = idle, .context = context};
    KEEL_CLEANUP(keel_pg_raw_free) PGresult *rows = NULL;

    *ret_completed = 0;
    if (!PQsendQuery(pg->conn, sql))
        return keel_pg_fail_result(pg, NULL, err);
    if (!take_results(pg, &w, ret_completed, &rows, err))
        return false;
    if (ret_rows != NULL) {
        *ret_rows = keel_pg_result_of(rows);
        rows = NULL;
    }
    return true;
}
