/* One connection to PostgreSQL through libpq: run statements, read results, stream COPY both ways. libpq-fe.h
 * stays inside src/pg. A keel_pg belongs to one thread at a time; keel_pg_cancel may be called from any.
 *
 * Every session starts with: client_encoding UTF8, session time zone UTC, DateStyle ISO, extra_float_digits 3,
 * bytea_output hex, statement_timeout 0 and idle_in_transaction_session_timeout 0 (the role's own would cut a
 * chunk), READ COMMITTED, a look every second whether the client still lives (from PostgreSQL 14), application_name
 * "pgkeel ...". search_path is left as the role has it. */
#ifndef KEEL_PG_PG_H
#define KEEL_PG_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/macros.h"
#include "base/str.h"

typedef struct keel_pg keel_pg;
typedef struct keel_pg_result keel_pg_result;

/* conninfo: a libpq URI or keyword string. purpose: shown in application_name, e.g. "transfer worker 1".
 * connect_timeout defaults to 10 s unless conninfo says otherwise. Errors: CONNECT with a hint per cause (refused, no such database,
 * password, no such host, no socket), never with a password in them. */
bool keel_pg_open(const char *conninfo, const char *purpose, keel_pg **ret_pg, keel_error *err);
/* The same in two parts: between them the server makes its process while the caller does something else. After `begin`
 * nothing but `end` and keel_pg_close may be called; failures to connect are told by `end`. */
bool keel_pg_open_begin(const char *conninfo, const char *purpose, keel_pg **ret_pg, keel_error *err);
bool keel_pg_open_end(keel_pg *pg, keel_error *err);
/* The session as it was opened: whatever SQL of others has SET, role included, is gone. Not inside a transaction. */
bool keel_pg_reset(keel_pg *pg, keel_error *err);
void keel_pg_close(keel_pg *pg);
KEEL_DEFINE_CLEANUP(keel_pg, keel_pg_close);

int keel_pg_server_version(const keel_pg *pg); /* 150018 */
int keel_pg_backend_pid(const keel_pg *pg);
const char *keel_pg_server_encoding(const keel_pg *pg); /* of the database: "UTF8", "SQL_ASCII" */
bool keel_pg_is_local(const keel_pg *pg); /* through a unix socket or a loopback address */
bool keel_pg_alive(const keel_pg *pg);          /* false once the connection is known to be lost */
/* The same, but looks whether the server has ended it meanwhile; never waits. Nothing may be under way on it. */
bool keel_pg_still_alive(keel_pg *pg);
bool keel_pg_in_transaction(const keel_pg *pg); /* in a block, failed or not */
/* "host:port/dbname" or "socketdir:port/dbname" for people; never a password. */
void keel_pg_target_name(const keel_pg *pg, keel_str *out);
/* The same of a conninfo, without connecting; fails on what libpq cannot read. */
bool keel_pg_conninfo_target(const char *conninfo, keel_str *out, keel_error *err);
/* The conninfo without its password, for journal and JSON. */
bool keel_pg_conninfo_redacted(const char *conninfo, keel_str *out, keel_error *err);
/* The same server, role and settings, but another database: password and all, so for connecting only. */
bool keel_pg_conninfo_database(const char *conninfo, const char *database, keel_str *out, keel_error *err);
/* Asks the server to cancel what runs on this connection (thread-safe, best effort). */
void keel_pg_cancel(keel_pg *pg);

/* Runs one or several statements without parameters or results (rows are thrown away). */
bool keel_pg_exec(keel_pg *pg, keel_error *err, const char *sql);
bool keel_pg_execf(keel_pg *pg, keel_error *err, const char *fmt, ...) KEEL_PRINTF(3, 4);
/* Several statements sent as one message, as psql -c does. The rows of the last one that has any go to *ret_rows (NULL if
 * none has; ret_rows NULL: they are thrown away). *ret_completed (set in any case) is how many succeeded before the end
 * or the failure, keel_pg_last_failure()->position where in `sql` the failure is. While the
 * server works, `idle` (may be NULL) is called every `interval` (first after one interval); if it returns false the
 * statement is cancelled, and fails as such. No COPY FROM STDIN in it. */
typedef bool keel_pg_idle(void *context);
bool keel_pg_script(keel_pg *pg, const char *sql, keel_usec interval, keel_pg_idle *idle, void *context,
                    int *ret_completed, keel_pg_result **ret_rows, keel_error *err);
/* ROLLBACK if a transaction is open; never fails (a lost connection has none). */
void keel_pg_rollback(keel_pg *pg);

/* One statement with parameters as text ($1..), NULL = SQL NULL; result in text form. */
bool keel_pg_query(keel_pg *pg, keel_pg_result **ret_result, keel_error *err, const char *sql, int count,
                   const char *const *params);
/* Parameters in binary or text form, each with its type; result in binary form if asked. */
typedef struct keel_pg_param {
    uint32_t type;     /* type oid, 0 = let the server infer */
    const void *value; /* NULL = SQL NULL */
    int size;          /* of a binary value */
    bool binary;
} keel_pg_param;
bool keel_pg_query_params(keel_pg *pg, keel_pg_result **ret_result, keel_error *err, const char *sql, int count,
                          const keel_pg_param *params, bool binary_result);
/* The one value of a one-row, one-column result, as text copied to out (empty if NULL; *ret_null may be NULL). */
bool keel_pg_query_value(keel_pg *pg, keel_str *out, bool *ret_null, keel_error *err, const char *sql, int count,
                         const char *const *params);

void keel_pg_result_free(keel_pg_result *result);
KEEL_DEFINE_CLEANUP(keel_pg_result, keel_pg_result_free);
int keel_pg_rows(const keel_pg_result *result);
/* What a query returns, rows or none. A domain's type is its base type. */
int keel_pg_columns(const keel_pg_result *result);
const char *keel_pg_column_name(const keel_pg_result *result, int column);
uint32_t keel_pg_column_type(const keel_pg_result *result, int column, int *ret_typmod);
int64_t keel_pg_affected(const keel_pg_result *result); /* rows touched by INSERT/UPDATE/DELETE/SELECT */
bool keel_pg_is_null(const keel_pg_result *result, int row, int column);
const char *keel_pg_text(const keel_pg_result *result, int row, int column); /* NULL if SQL NULL */
int64_t keel_pg_int(const keel_pg_result *result, int row, int column);      /* text results; 0 if SQL NULL */
bool keel_pg_bool(const keel_pg_result *result, int row, int column);        /* text results: 't' */
const void *keel_pg_bytes(const keel_pg_result *result, int row, int column, int *ret_size); /* binary results */

/* COPY ... FROM STDIN. copy_in_begin may be given several statements, the COPY last ("BEGIN; INSERT ...; COPY
 * ..."). copy_in_send may be called with any split of the data (128 KB to 1 MB is best). copy_in_ready says
 * whether a send would not have to wait: there is room on the way to the server, or an error. copy_in_end returns
 * the rows that the server counted. After any failure the COPY is over and the transaction failed. */
bool keel_pg_copy_in_begin(keel_pg *pg, keel_error *err, const char *sql);
bool keel_pg_copy_in_send(keel_pg *pg, keel_error *err, const void *bytes, size_t size);
bool keel_pg_copy_in_ready(keel_pg *pg);
bool keel_pg_copy_in_end(keel_pg *pg, int64_t *ret_rows, keel_error *err);
void keel_pg_copy_in_abort(keel_pg *pg, const char *why);
/* The 11-byte signature + flags + extension header of binary COPY (19 bytes), and the 2-byte trailer. */
extern const unsigned char KEEL_PG_COPY_HEADER[19];
extern const unsigned char KEEL_PG_COPY_TRAILER[2];

/* COPY ... TO STDOUT (FORMAT binary). copy_out_next gives the next tuple without header and trailer: 2 bytes
 * field count, then per field 4 bytes length (-1 = NULL) and the bytes. Borrowed until the next call. At the
 * end *ret_tuple is NULL. Stopping early: copy_out_abort. */
bool keel_pg_copy_out_begin(keel_pg *pg, keel_error *err, const char *sql);
bool keel_pg_copy_out_next(keel_pg *pg, const unsigned char **ret_tuple, size_t *ret_size, keel_error *err);
void keel_pg_copy_out_abort(keel_pg *pg);
/* Makes room for more than the 16 KB at a time that libpq takes from its socket: worth it for millions of rows. */
bool keel_pg_copy_out_widen(keel_pg *pg, keel_error *err);

/* What the server said about the last failure on this connection; fields are "" where it said nothing. */
typedef struct keel_pg_failure {
    char sqlstate[6];
    char message[512];
    char detail[1024];
    char hint[256];
    char context[1024];
    char schema[128], table[128], column[128], constraint[128], datatype[128];
    int64_t copy_line; /* from CONTEXT "COPY t, line N", else 0; counts from 1 */
    int64_t position;  /* characters into the SQL that was sent, from 1; 0 = not said */
} keel_pg_failure;
const keel_pg_failure *keel_pg_last_failure(const keel_pg *pg);

/* The text of the last WARNING that the server sent on this connection, "" if there was none. */
const char *keel_pg_last_warning(const keel_pg *pg);

/* Called with what the server says beside its results: "NOTICE", "WARNING" or "INFO", and the text; while a command of
 * this connection runs, by its thread. Until it is replaced; NULL: nobody. */
typedef void keel_pg_notice(void *context, const char *severity, const char *text);
void keel_pg_tell(keel_pg *pg, keel_pg_notice *notice, void *context);

/* "schema"."table": identifiers through this one function (always quotes). */
void keel_pg_add_identifier(keel_str *out, const char *name);
void keel_pg_add_qualified(keel_str *out, const char *schema, const char *name);
/* 'text' as an SQL literal, E'' form where it holds a backslash. */
void keel_pg_add_literal(keel_str *out, const char *text);

#endif
