/* COPY both ways. libpq takes and gives COPY data by message; what is sent is copied once into its buffer, what
 * is received is lent on as it came. */
#include <poll.h>

#include "pg/internal.h"

const unsigned char KEEL_PG_COPY_HEADER[19] = "PGCOPY\n\377\r\n"; /* flags and extension length are zero */
const unsigned char KEEL_PG_COPY_TRAILER[2] = {0xff, 0xff};

enum { SIGNATURE_SIZE = 11, EXTENSION_LENGTH_AT = 15, HEADER_SIZE = 19 };

static void free_copy_message(keel_pg *pg)
{
    PQfreemem(pg->copy_message);
    pg->copy_message = NULL;
}

/* Ends the COPY that a result stands for. */
static void end_copy(keel_pg *pg, ExecStatusType status, const char *why)
{
    if (status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) {
        PQputCopyEnd(pg->conn, why);
        return;
    }
    keel_pg_cancel(pg);
    while (PQgetCopyData(pg->conn, &pg->copy_message, 0) > 0)
        free_copy_message(pg);
}

void keel_pg_settle(keel_pg *pg, const char *why)
{
    PGresult *raw;

    while ((raw = PQgetResult(pg->conn)) != NULL) {
        ExecStatusType status = PQresultStatus(raw);
        PQclear(raw);
        bool copying = status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
        if (copying && PQstatus(pg->conn) == CONNECTION_BAD)
            return;
        if (copying)
            end_copy(pg, status, why);
    }
}

bool keel_pg_finish_command(keel_pg *pg, int64_t *ret_rows, keel_error *err)
{
    bool good = true;
    bool counted = false;
    int64_t rows = 0;
    PGresult *raw;

    while ((raw = PQgetResult(pg->conn)) != NULL) {
        ExecStatusType status = PQresultStatus(raw);
        bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (done && !counted && PQcmdTuples(raw)[0] != '\0') {
            rows = strtoll(PQcmdTuples(raw), NULL, 10);
            counted = true;
        }
        if (!done && good)
            good = keel_pg_fail_result(pg, raw, err);
        PQclear(raw);
        if (!done && status != PGRES_FATAL_ERROR)
            keel_pg_settle(pg, "not expected here");
    }
    if (good && ret_rows != NULL)
        *ret_rows = rows;
    return good;
}

/* Sends the statements and reads up to the COPY, which must be the last of them. */
static bool begin(keel_pg *pg, keel_error *err, const char *sql, ExecStatusType wanted)
{
    if (!PQsendQuery(pg->conn, sql))
        return keel_pg_fail_result(pg, NULL, err);
    for (;;) {
        KEEL_CLEANUP(keel_pg_raw_free) PGresult *raw = PQgetResult(pg->conn);
        if (raw == NULL && !keel_pg_alive(pg))
            return keel_pg_fail_result(pg, NULL, err);
        if (raw == NULL)
            return keel_fail(err, KEEL_ERR_INTERNAL, "the last statement is not a COPY from or to the client");
        ExecStatusType status = PQresultStatus(raw);
        if (status == wanted)
            return true;
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
            continue;
        if (status == PGRES_FATAL_ERROR)
            keel_pg_fail_result(pg, raw, err);
        else
            keel_fail(err, KEEL_ERR_INTERNAL, "the COPY goes in the other direction");
        keel_pg_settle(pg, "not expected here");
        return false;
    }
}

bool keel_pg_copy_in_begin(keel_pg *pg, keel_error *err, const char *sql)
{
    return begin(pg, err, sql, PGRES_COPY_IN);
}

/* What the server said before it stopped listening, if it said anything, else what libpq says. */
static bool fail_sending(keel_pg *pg, keel_error *err)
{
    if (keel_pg_finish_command(pg, NULL, err))
        return keel_pg_fail_result(pg, NULL, err);
    return false;
}

bool keel_pg_copy_in_send(keel_pg *pg, keel_error *err, const void *bytes, size_t size)
{
    enum { LARGEST = 1 << 30 }; /* libpq counts in int */
    const char *from = bytes;

    while (size > 0) {
        size_t part = KEEL_MIN(size, (size_t)LARGEST);
        if (PQputCopyData(pg->conn, from, (int)part) != 1)
            return fail_sending(pg, err);
        from += part;
        size -= part;
    }
    return true;
}

bool keel_pg_copy_in_ready(keel_pg *pg)
{
    struct pollfd socket = {.fd = PQsocket(pg->conn), .events = POLLOUT};

    return poll(&socket, 1, 0) != 0;
}

bool keel_pg_copy_in_end(keel_pg *pg, int64_t *ret_rows, keel_error *err)
{
    if (PQputCopyEnd(pg->conn, NULL) != 1)
        return fail_sending(pg, err);
    return keel_pg_finish_command(pg, ret_rows, err);
}

void keel_pg_copy_in_abort(keel_pg *pg, const char *why)
{
    keel_pg_settle(pg, why);
}

/* libpq's buffer grows to its largest message, and stays so. A socket holds about 200 KB. */
bool keel_pg_copy_out_widen(keel_pg *pg, keel_error *err)
{
    return keel_pg_exec(pg, err, "SELECT pg_catalog.repeat(' ', 262144)");
}

bool keel_pg_copy_out_begin(keel_pg *pg, keel_error *err, const char *sql)
{
    if (!begin(pg, err, sql, PGRES_COPY_OUT))
        return false;
    pg->copy_out_header_pending = true;
    return true;
}

/* Moves past the header where it stands in front of the first tuple. */
static bool strip_header(keel_pg *pg, const unsigned char **tuple, size_t *size, keel_error *err)
{
    if (!pg->copy_out_header_pending)
        return true;
    pg->copy_out_header_pending = false;
    if (*size < HEADER_SIZE || memcmp(*tuple, KEEL_PG_COPY_HEADER, SIGNATURE_SIZE) != 0) {
        keel_pg_copy_out_abort(pg);
        return keel_fail(err, KEEL_ERR_INTERNAL, "COPY does not answer in the binary format");
    }
    size_t header = HEADER_SIZE + (size_t)(uint32_t)keel_get_i32(*tuple + EXTENSION_LENGTH_AT);
    header = KEEL_MIN(header, *size);
    *tuple += header;
    *size -= header;
    return true;
}

static bool is_trailer(const unsigned char *tuple, size_t size)
{
    return size >= 2 && tuple[0] == KEEL_PG_COPY_TRAILER[0] && tuple[1] == KEEL_PG_COPY_TRAILER[1];
}

bool keel_pg_copy_out_next(keel_pg *pg, const unsigned char **ret_tuple, size_t *ret_size, keel_error *err)
{
    for (;;) {
        free_copy_message(pg);
        int received = PQgetCopyData(pg->conn, &pg->copy_message, 0);
        if (received == -2)
            return fail_sending(pg, err);
        if (received < 0) {
            if (!keel_pg_finish_command(pg, NULL, err))
                return false;
            *ret_tuple = NULL;
            *ret_size = 0;
            return true;
        }
        const unsigned char *tuple = (const unsigned char *)pg->copy_message;
        size_t size = (size_t)received;
        if (!strip_header(pg, &tuple, &size, err))
            return false;
        if (size == 0 || is_trailer(tuple, size)) /* the header alone, or the end */
            continue;
        *ret_tuple = tuple;
        *ret_size = size;
        return true;
    }
}

void keel_pg_copy_out_abort(keel_pg *pg)
{
    free_copy_message(pg);
    keel_pg_settle(pg, "stopped");
}
