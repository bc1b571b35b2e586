/* What the files of this room share behind pg.h: the connection as it is and the one way from a libpq result
 * to a keel_error. Not for other rooms. */
#ifndef KEEL_PG_INTERNAL_H
#define KEEL_PG_INTERNAL_H

#include <libpq-fe.h>

#include "pg/pg.h"

struct keel_pg {
    PGconn *conn;
    PostgresPollingStatusType wanted; /* of the handshake: OK once it is over, or was libpq's own */
    keel_usec deadline;               /* of the handshake, 0 = none */
    PGcancel *cancel; /* made at open and never changed, so that any thread may use it */
    keel_pg_failure failure;
    char warning[512];            /* the last WARNING of the server, "" = none */
    keel_pg_notice *notice;       /* who is told what the server says; or NULL */
    void *notice_context;
    char *copy_message;           /* of COPY OUT: the message lent to the caller, libpq's memory */
    bool copy_out_header_pending; /* of COPY OUT: the signature has not come yet */
};

struct keel_pg_result {
    PGresult *raw;
};

static inline void keel_pg_raw_free(PGresult **raw)
{
    PQclear(*raw);
}

/* Takes raw over; NULL gives NULL. */
keel_pg_result *keel_pg_result_of(PGresult *raw);
/* Records what the server said in pg->failure and fills err: SERVER, or LOST if the connection is gone. */
bool keel_pg_fail_result(keel_pg *pg, const PGresult *raw, keel_error *err);
/* libpq's notice receiver of a keel_pg: keeps the text of a WARNING, and tells who wants to know. */
void keel_pg_take_notice(void *pg, const PGresult *raw);
/* Reads results until the connection is idle and ends any COPY under way; nothing is recorded. */
void keel_pg_settle(keel_pg *pg, const char *why);
/* Reads on to the end of the command; the first failure among the results fills err. *ret_rows gets the row
 * count of the first result that has one and may be NULL. */
bool keel_pg_finish_command(keel_pg *pg, int64_t *ret_rows, keel_error *err);
/* Fills err (CONNECT, with a hint per cause) from a connection that could not be made, or timed out. */
bool keel_pg_fail_connect(const PGconn *conn, bool timed_out, keel_error *err);
/* Refuses a connection string that libpq cannot read, without repeating any part of it. */
bool keel_pg_conninfo_check(const char *conninfo, bool *ret_several_hosts, keel_error *err);
/* A value of a keyword string, quoted where it must be. */
void keel_pg_add_conninfo_value(keel_str *out, const char *value);
/* "host:port/dbname" of a connection, made or not. */
void keel_pg_add_target(const PGconn *conn, keel_str *out);

#endif
