/* Why a connection could not be made, in words, with a hint per cause. The server's refusals are told apart by
 * SQLSTATE; for what fails before it answers libpq has nothing but English text. */
#include <ctype.h>

#include "pg/internal.h"

static const struct {
    const char *sqlstate; /* of a server's refusal, or NULL */
    const char *text;     /* else a part of libpq's message */
    const char *hint;
} causes[] = {
    {"3D000", NULL, "Create the database first (createdb), or name another with dbname."},
    {"28P01", NULL, "Check user and password; a password may come from the URI, PGPASSWORD or ~/.pgpass."},
    {"28000", NULL, "Check that the role exists and that pg_hba.conf lets it in from here."},
    {"42501", NULL, "Grant the role CONNECT on the database."},
    {"53300", NULL, "All connection slots are taken: close idle clients or raise max_connections."},
    {"57P03", NULL, "The server is starting up or shutting down: try again in a moment."},
    {NULL, "no password supplied",
     "The server asks for a password: put it into the URI, PGPASSWORD or ~/.pgpass."},
    {NULL, "Connection refused",
     "No server accepts connections on that host and port: is it running, and is the port right?"},
    {NULL, "No such file or directory",
     "There is no socket: is the server running, and is this its unix_socket_directories (host) and port?"},
    {NULL, "Permission denied", "The operating system denies the socket: try as another user or over TCP."},
    {NULL, "could not translate host name", "The name of the host is not known: check its spelling and the DNS."},
    {NULL, "timeout expired",
     "The host did not answer in time: check address, firewall and network, or raise connect_timeout."},
    {NULL, "Connection timed out", "The host did not answer: check address, firewall and network."},
    {NULL, "No route to host", "The host cannot be reached: check address, firewall and network."},
    {NULL, "Network is unreachable", "The host cannot be reached: check address, firewall and network."},
    {NULL, "definition of service", "Check the service's name and ~/.pg_service.conf."},
    {NULL, "SSL", "Check sslmode and the certificates of both sides."},
};

static const char *hint_of(const char *sqlstate, const char *text)
{
    for (size_t at = 0; at < KEEL_COUNT_OF(causes); at++) {
        if (causes[at].sqlstate != NULL && strcmp(causes[at].sqlstate, sqlstate) == 0)
            return causes[at].hint;
        if (causes[at].text != NULL && strstr(text, causes[at].text) != NULL)
            return causes[at].hint;
    }
    return "Check the connection string and the server's log.";
}

/* libpq tries several addresses and says a line for each; the last attempt stands at the end. */
static const char *last_attempt(const char *message)
{
    static const char mark[] = " failed: ";
    const char *reason = message;

    for (const char *at = strstr(message, mark); at != NULL; at = strstr(at + 1, mark))
        reason = at + strlen(mark);
    return reason;
}

/* In verbose form the server's line is "FATAL:  3D000: message": takes the state out, gives the message. */
static const char *split_sqlstate(const char *reason, char sqlstate[6])
{
    const char *state = strstr(reason, ":  ");

    sqlstate[0] = '\0';
    if (state == NULL || strcspn(reason, "\n") < (size_t)(state - reason))
        return reason;
    state += 3;
    size_t size = 0;
    while (isdigit((unsigned char)state[size]) || isupper((unsigned char)state[size]))
        size++;
    if (size != 5 || state[5] != ':')
        return state;
    memcpy(sqlstate, state, 5);
    sqlstate[5] = '\0';
    return state + strspn(state + 6, " ") + 6;
}

bool keel_pg_fail_connect(const PGconn *conn, bool timed_out, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str target = {0};
    const char *said = timed_out ? "timeout expired" : PQerrorMessage(conn);
    char sqlstate[6];
    const char *reason = split_sqlstate(last_attempt(said), sqlstate);

    keel_pg_add_target(conn, &target);
    keel_fail(err, KEEL_ERR_CONNECT, "cannot connect to \"%s\": %.*s", keel_str_text(&target),
              (int)strcspn(reason, "\n"), reason);
    keel_fail_hint(err, "%s", hint_of(sqlstate, said));
    memcpy(err->sqlstate, sqlstate, sizeof sqlstate);
    return false;
}
