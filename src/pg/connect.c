/* A connection's life: open with a known session state, cancel, close. */
#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/memory.h"
#include "pg/internal.h"

/* The role's or the database's own settings would change how values look or cut a long chunk. */
static const char session_sql[] = "SET extra_float_digits = 3;"
                                  "SET bytea_output = 'hex';"
                                  "SET statement_timeout = 0;"
                                  "SET default_transaction_isolation = 'read committed';"
                                  "SET idle_in_transaction_session_timeout = 0;";
/* The server tells these at the start of a session: mostly they are right already. */
static const struct {
    const char *name, *value;
} told_settings[] = {{"client_encoding", "UTF8"},
                     {"TimeZone", "UTC"},
                     {"DateStyle", "ISO"},
                     {"IntervalStyle", "postgres"},
                     {"standard_conforming_strings", "on"}};
/* The interval: a backend whose client was killed gives up its locks within a second, even in a long statement. */
static const char session_sql_14[] = "SET idle_session_timeout = 0;"
                                     "SET client_connection_check_interval = '1s';";

static const char default_timeout_seconds[] = "10";

static void ignore_notice(void *context KEEL_UNUSED, const char *message KEEL_UNUSED)
{
}

/* connect_timeout as libpq has resolved it; 0 waits for ever. */
static keel_usec connect_timeout(PGconn *conn)
{
    enum { LONGEST_SECONDS = 1000000 }; /* poll counts milliseconds in int */
    PQconninfoOption *options = PQconninfo(conn);
    int64_t seconds = 0;

    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        if (strcmp(option->keyword, "connect_timeout") == 0 && option->val != NULL)
            seconds = strtoll(option->val, NULL, 10);
    PQconninfoFree(options);
    return KEEL_MIN(KEEL_MAX(seconds, 0), LONGEST_SECONDS) * KEEL_SECOND;
}

/* Drives the handshake: to its end if `wait`, else as far as it goes without waiting. False: it took too long. A failure is
 * in the connection's own state. */
static bool drive_handshake(keel_pg *pg, bool wait)
{
    while (pg->wanted == PGRES_POLLING_READING || pg->wanted == PGRES_POLLING_WRITING) {
        struct pollfd socket = {.fd = PQsocket(pg->conn),
                                .events = pg->wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        keel_usec left = KEEL_MAX(pg->deadline - keel_monotonic(), 0);
        int patience = pg->deadline > 0 ? (int)(left / 1000) : -1;
        int ready = poll(&socket, 1, wait ? patience : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            return !wait;
        pg->wanted = PQconnectPoll(pg->conn);
    }
    return true;
}

/* One host: the handshake is ours, so that the server's refusal carries its SQLSTATE. Several: libpq's blocking
 * form, because only that moves on to the next host at a timeout. */
static void connect_params(keel_pg *pg, const char *const *keywords, const char *const *values, bool several_hosts)
{
    pg->wanted = PGRES_POLLING_OK;
    pg->conn = several_hosts ? PQconnectdbParams(keywords, values, 1) : PQconnectStartParams(keywords, values, 1);
    if (several_hosts || pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD)
        return;
    PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
    PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
    keel_usec timeout = connect_timeout(pg->conn);
    pg->deadline = timeout > 0 ? keel_monotonic() + timeout : 0;
    pg->wanted = PGRES_POLLING_WRITING;
    drive_handshake(pg, false);
}

/* What stands before dbname is a default, what stands behind it overrides the caller's string. */
static void connect_to(keel_pg *pg, const char *conninfo, const char *purpose, bool several_hosts)
{
    char application_name[64]; /* the server cuts at 63 bytes */
    bool from_environment = getenv("PGCONNECT_TIMEOUT") != NULL;

    snprintf(application_name, sizeof application_name, "pgkeel%s%s", purpose != NULL ? " " : "",
             purpose != NULL ? purpose : "");
    const char *keywords[] = {"connect_timeout", "dbname", "application_name", NULL};
    const char *values[] = {default_timeout_seconds, conninfo, application_name, NULL};
    size_t skip = from_environment ? 1 : 0;
    connect_params(pg, keywords + skip, values + skip, several_hosts);
}

static bool prepare_session(keel_pg *pg, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    for (size_t i = 0; i < KEEL_COUNT_OF(told_settings); i++) {
        const char *told = PQparameterStatus(pg->conn, told_settings[i].name);
        size_t size = strlen(told_settings[i].value);
        /* "ISO, DMY" is as good as ISO */
        if (told == NULL || strncmp(told, told_settings[i].value, size) != 0 || (told[size] != '\0' && told[size] != ','))
            keel_str_addf(&sql, "SET %s = '%s';", told_settings[i].name, told_settings[i].value);
    }
    keel_str_add(&sql, session_sql);
    if (keel_pg_server_version(pg) >= 140000)
        keel_str_add(&sql, session_sql_14);
    if (!keel_pg_exec(pg, err, sql.data))
        return keel_fail_context(err, "prepare the session");
    return true;
}

bool keel_pg_reset(keel_pg *pg, keel_error *err)
{
    return keel_pg_exec(pg, err, "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL") && prepare_session(pg, err);
}

bool keel_pg_open_begin(const char *conninfo, const char *purpose, keel_pg **ret_pg, keel_error *err)
{
    bool several_hosts;

    if (!keel_pg_conninfo_check(conninfo, &several_hosts, err))
        return false;
    keel_pg *pg = keel_alloc_zero(1, sizeof *pg);
    connect_to(pg, conninfo, purpose, several_hosts);
    *ret_pg = pg;
    return true;
}

bool keel_pg_open_end(keel_pg *pg, keel_error *err)
{
    bool timed_out = !drive_handshake(pg, true);

    if (timed_out || PQstatus(pg->conn) != CONNECTION_OK)
        return keel_pg_fail_connect(pg->conn, timed_out, err);
    PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
    PQsetNoticeReceiver(pg->conn, keel_pg_take_notice, pg);
    pg->cancel = PQgetCancel(pg->conn);
    return prepare_session(pg, err);
}

bool keel_pg_open(const char *conninfo, const char *purpose, keel_pg **ret_pg, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_close_p) keel_pg *pg = NULL;

    if (!keel_pg_open_begin(conninfo, purpose, &pg, err) || !keel_pg_open_end(pg, err))
        return false;
    *ret_pg = pg;
    pg = NULL;
    return true;
}

void keel_pg_close(keel_pg *pg)
{
    if (pg == NULL)
        return;
    PQfreemem(pg->copy_message);
    PQfreeCancel(pg->cancel);
    PQfinish(pg->conn);
    free(pg);
}

int keel_pg_server_version(const keel_pg *pg)
{
    return PQserverVersion(pg->conn);
}

int keel_pg_backend_pid(const keel_pg *pg)
{
    return PQbackendPID(pg->conn);
}

const char *keel_pg_server_encoding(const keel_pg *pg)
{
    const char *encoding = PQparameterStatus(pg->conn, "server_encoding");

    return encoding != NULL ? encoding : "";
}

bool keel_pg_is_local(const keel_pg *pg)
{
    const char *host = PQhost(pg->conn);
    const char *address = PQhostaddr(pg->conn);

    if (host == NULL || host[0] == '\0' || host[0] == '/' || host[0] == '@')
        return true;
    return address != NULL && (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0);
}

bool keel_pg_alive(const keel_pg *pg)
{
    return PQstatus(pg->conn) == CONNECTION_OK;
}

bool keel_pg_still_alive(keel_pg *pg)
{
    enum { LOOKS = 2 }; /* the server's last words, and the end behind them */

    for (int i = 0; i < LOOKS && keel_pg_alive(pg); i++)
        (void)PQconsumeInput(pg->conn);
    return keel_pg_alive(pg);
}

bool keel_pg_in_transaction(const keel_pg *pg)
{
    PGTransactionStatusType status = PQtransactionStatus(pg->conn);

    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

void keel_pg_cancel(keel_pg *pg)
{
    char message[256];

    if (pg->cancel != NULL)
        PQcancel(pg->cancel, message, sizeof message);
}
