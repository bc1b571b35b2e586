#include <stdlib.h>

#include "base/memory.h"
#include "sqlite/connection.h"

struct keel_sqlite_rows {
    keel_sqlite *db;
    sqlite3_stmt *statement;
    int columns;
    bool at_end;
};

static bool bind(keel_sqlite_rows *rows, const int64_t *params, size_t count, keel_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (sqlite3_bind_int64(rows->statement, (int)i + 1, params[i]) != SQLITE_OK)
            return keel_fail(err, KEEL_ERR_INTERNAL, "parameter %zu does not fit the query: %s",
                             i + 1, sqlite3_sql(rows->statement));
    return true;
}

static bool prepare(keel_sqlite_rows *rows, const char *sql, keel_error *err)
{
    sqlite3 *handle = rows->db->handle;
    int code =
        sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &rows->statement, NULL);

    if (code == SQLITE_ERROR)
        return keel_fail(err, KEEL_ERR_SOURCE, "\"%s\" refuses the query: %s: %s", rows->db->path,
                         sqlite3_errmsg(handle), sql);
    if (code != SQLITE_OK)
        return keel_sqlite_fail(rows->db, code, err);
    if (rows->statement == NULL || sqlite3_column_count(rows->statement) == 0)
        return keel_fail(err, KEEL_ERR_INTERNAL, "not a query: %s", sql);
    rows->columns = sqlite3_column_count(rows->statement);
    return true;
}

bool keel_sqlite_query(keel_sqlite *db,
                       const char *sql,
                       const int64_t *params,
                       size_t param_count,
                       keel_sqlite_rows **ret_rows,
                       keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = keel_alloc_zero(1, sizeof *rows);

    rows->db = db;
    if (!prepare(rows, sql, err) || !bind(rows, params, param_count, err))
        return false;
    *ret_rows = rows;
    rows = NULL;
    return true;
}

bool keel_sqlite_rewind(keel_sqlite_rows *rows,
                        const int64_t *params,
                        size_t param_count,
                        keel_error *err)
{
    sqlite3_reset(
        rows->statement); /* its code repeats an error that keel_sqlite_next has told already */
    rows->at_end = false;
    return bind(rows, params, param_count, err);
}

void keel_sqlite_rows_free(keel_sqlite_rows *rows)
{
    if (rows == NULL)
        return;
    sqlite3_finalize(rows->statement);
    free(rows);
}

int keel_sqlite_columns(const keel_sqlite_rows *rows)
{
    return rows->columns;
}

bool keel_sqlite_next(keel_sqlite_rows *rows, bool *ret_row, keel_error *err)
{
    if (rows->at_end) {
        *ret_row = false;
        return true;
    }
    int code = sqlite3_step(rows->statement);
    if (code == SQLITE_ROW) {
        *ret_row = true;
        return true;
    }
    rows->at_end = true; /* stepping on would start the query anew */
    if (code != SQLITE_DONE)
        return keel_sqlite_fail(rows->db, code, err);
    sqlite3_reset(rows->statement);
    *ret_row = false;
    return true;
}

/* sqlite3_value_* skip the lookups and the mutex of sqlite3_column_*: allowed, because a connection
 * belongs to one thread at a time. The text is asked for before its size: a UTF-16 file is
 * converted by that call. */
void keel_sqlite_cells(keel_sqlite_rows *rows, keel_cell *cells)
{
    sqlite3_stmt *statement = rows->statement;
    int columns = rows->columns;

    for (int column = 0; column < columns; column++) {
        sqlite3_value *value = sqlite3_column_value(statement, column);
        keel_cell *cell = &cells[column];
        switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER:
            cell->class = KEEL_CELL_INTEGER;
            cell->integer = sqlite3_value_int64(value);
            break;
        case SQLITE_FLOAT:
            cell->class = KEEL_CELL_REAL;
            cell->real = sqlite3_value_double(value);
            break;
        case SQLITE_TEXT:
            cell->class = KEEL_CELL_TEXT;
            cell->bytes = sqlite3_value_text(value);
            cell->size = (size_t)sqlite3_value_bytes(value);
            break;
        case SQLITE_BLOB:
            cell->class = KEEL_CELL_BLOB;
            cell->bytes = sqlite3_value_blob(value);
            cell->size = (size_t)sqlite3_value_bytes(value);
            break;
        default:
            cell->class = KEEL_CELL_NULL;
            break;
        }
    }
}

bool keel_sqlite_int(
    keel_sqlite *db, const char *sql, int64_t *ret_value, bool *ret_null, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    bool row = false;

    if (!keel_sqlite_query(db, sql, NULL, 0, &rows, err) || !keel_sqlite_next(rows, &row, err))
        return false;
    bool is_null = !row || sqlite3_column_type(rows->statement, 0) == SQLITE_NULL;
    *ret_value = is_null ? 0 : sqlite3_column_int64(rows->statement, 0);
    if (ret_null != NULL)
        *ret_null = is_null;
    return true;
}

void keel_sqlite_add_identifier(keel_str *out, const char *name)
{
    keel_str_addc(out, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"')
            keel_str_addc(out, '"');
        keel_str_addc(out, *c);
    }
    keel_str_addc(out, '"');
}
