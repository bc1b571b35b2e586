/* Statements and their results. */
#include "base/memory.h"
#include "pg/internal.h"

static bool succeeded(const PGresult *raw)
{
    ExecStatusType status = PQresultStatus(raw);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static bool is_copy(const PGresult *raw)
{
    ExecStatusType status = PQresultStatus(raw);

    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* True if the statement succeeded; a COPY has no place here and is ended. */
static bool check(keel_pg *pg, const PGresult *raw, keel_error *err)
{
    if (succeeded(raw))
        return true;
    if (is_copy(raw)) {
        keel_pg_settle(pg, "not expected here");
        return keel_fail(err, KEEL_ERR_INTERNAL, "COPY was run as an ordinary statement");
    }
    return keel_pg_fail_result(pg, raw, err);
}

bool keel_pg_exec(keel_pg *pg, keel_error *err, const char *sql)
{
    KEEL_CLEANUP(keel_pg_raw_free) PGresult *raw = PQexec(pg->conn, sql);

    return check(pg, raw, err);
}

bool keel_pg_execf(keel_pg *pg, keel_error *err, const char *fmt, ...)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    va_list args;

    va_start(args, fmt);
    keel_str_addv(&sql, fmt, args);
    va_end(args);
    return keel_pg_exec(pg, err, keel_str_text(&sql));
}

void keel_pg_rollback(keel_pg *pg)
{
    if (PQtransactionStatus(pg->conn) == PQTRANS_ACTIVE)
        keel_pg_settle(pg, "rolled back");
    if (keel_pg_in_transaction(pg))
        PQclear(PQexec(pg->conn, "ROLLBACK"));
}

keel_pg_result *keel_pg_result_of(PGresult *raw)
{
    if (raw == NULL)
        return NULL;
    keel_pg_result *result = keel_alloc(sizeof *result);
    result->raw = raw;
    return result;
}

/* Takes raw over: becomes a result or an error. */
static bool take(keel_pg *pg, PGresult *raw, keel_pg_result **ret_result, keel_error *err)
{
    if (!check(pg, raw, err)) {
        PQclear(raw);
        return false;
    }
    *ret_result = keel_pg_result_of(raw);
    return true;
}

bool keel_pg_query(keel_pg *pg, keel_pg_result **ret_result, keel_error *err, const char *sql, int count,
                   const char *const *params)
{
    return take(pg, PQexecParams(pg->conn, sql, count, NULL, params, NULL, NULL, 0), ret_result, err);
}

bool keel_pg_query_params(keel_pg *pg, keel_pg_result **ret_result, keel_error *err, const char *sql, int count,
                          const keel_pg_param *params, bool binary_result)
{
    size_t size = (size_t)count;
    KEEL_CLEANUP(keel_free_p) Oid *types = keel_alloc_zero(size, sizeof *types);
    KEEL_CLEANUP(keel_free_p) const char **values = keel_alloc_zero(size, sizeof *values);
    KEEL_CLEANUP(keel_free_p) int *sizes = keel_alloc_zero(size, sizeof *sizes);
    KEEL_CLEANUP(keel_free_p) int *formats = keel_alloc_zero(size, sizeof *formats);

    for (size_t at = 0; at < size; at++) {
        types[at] = params[at].type;
        values[at] = params[at].value;
        sizes[at] = params[at].size;
        formats[at] = params[at].binary;
    }
    return take(pg, PQexecParams(pg->conn, sql, count, types, values, sizes, formats, binary_result),
                ret_result, err);
}

bool keel_pg_query_value(keel_pg *pg, keel_str *out, bool *ret_null, keel_error *err, const char *sql, int count,
                         const char *const *params)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *result = NULL;

    if (!keel_pg_query(pg, &result, err, sql, count, params))
        return false;
    if (PQntuples(result->raw) != 1 || PQnfields(result->raw) != 1)
        return keel_fail(err, KEEL_ERR_INTERNAL, "a query for one value returned %d rows of %d columns",
                         PQntuples(result->raw), PQnfields(result->raw));
    keel_str_clear(out);
    keel_str_addn(out, PQgetvalue(result->raw, 0, 0), (size_t)PQgetlength(result->raw, 0, 0));
    if (ret_null != NULL)
        *ret_null = PQgetisnull(result->raw, 0, 0);
    return true;
}

void keel_pg_result_free(keel_pg_result *result)
{
    if (result == NULL)
        return;
    PQclear(result->raw);
    free(result);
}

int keel_pg_rows(const keel_pg_result *result)
{
    return PQntuples(result->raw);
}

int keel_pg_columns(const keel_pg_result *result)
{
    return PQnfields(result->raw);
}

const char *keel_pg_column_name(const keel_pg_result *result, int column)
{
    return PQfname(result->raw, column);
}

uint32_t keel_pg_column_type(const keel_pg_result *result, int column, int *ret_typmod)
{
    *ret_typmod = PQfmod(result->raw, column);
    return PQftype(result->raw, column);
}

int64_t keel_pg_affected(const keel_pg_result *result)
{
    return strtoll(PQcmdTuples(result->raw), NULL, 10);
}

bool keel_pg_is_null(const keel_pg_result *result, int row, int column)
{
    return PQgetisnull(result->raw, row, column);
}

const char *keel_pg_text(const keel_pg_result *result, int row, int column)
{
    return PQgetisnull(result->raw, row, column) ? NULL : PQgetvalue(result->raw, row, column);
}

int64_t keel_pg_int(const keel_pg_result *result, int row, int column)
{
    return strtoll(PQgetvalue(result->raw, row, column), NULL, 10);
}

bool keel_pg_bool(const keel_pg_result *result, int row, int column)
{
    return PQgetvalue(result->raw, row, column)[0] == 't';
}

const void *keel_pg_bytes(const keel_pg_result *result, int row, int column, int *ret_size)
{
    *ret_size = PQgetlength(result->raw, row, column);
    return PQgetisnull(result->raw, row, column) ? NULL : PQgetvalue(result->raw, row, column);
}
