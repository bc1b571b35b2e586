#include "verify/checks/counts.h"

#include <errno.h>
#include <stdlib.h>

#include "sqlite/sqlite.h"

/* --quick asks the statistics about tables of more rows. */
static const double most_quick_rows = 1000000;

static bool read_number(const keel_pg_result *rows, const char *what, int64_t *ret_number, keel_error *err)
{
    const char *text = keel_pg_rows(rows) == 1 ? keel_pg_text(rows, 0, 0) : NULL;
    char *end = NULL;

    if (keel_pg_rows(rows) != 1)
        return keel_fail(err, KEEL_ERR_DATA, "%s returned %d rows, not one number", what, keel_pg_rows(rows));
    if (text == NULL)
        return keel_fail(err, KEEL_ERR_DATA, "%s returned NULL, not a number", what);
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        return keel_fail(err, KEEL_ERR_DATA, "%s returned \"%s\", not a whole number", what, text);
    *ret_number = number;
    return true;
}

/* What fails here takes its own statement back: the other counts go on. */
static bool ask(keel_check_run *run, const char *what, const char *sql, int64_t *ret_number, keel_error *err)
{
    KEEL_CLEANUP(keel_pg_result_free_p) keel_pg_result *rows = NULL;
    keel_error ignored = {0};

    if (!keel_pg_exec(run->pg, err, "SAVEPOINT keel_count"))
        return false;
    bool done = keel_pg_query(run->pg, &rows, err, sql, 0, NULL) && read_number(rows, what, ret_number, err);
    if (done) /* and its locks stay, by which the engine knows what was read */
        return keel_pg_exec(run->pg, err, "RELEASE SAVEPOINT keel_count");
    keel_pg_exec(run->pg, &ignored, "ROLLBACK TO SAVEPOINT keel_count; RELEASE SAVEPOINT keel_count");
    return false;
}

bool keel_count_relation(keel_check_run *run, const char *schema, const char *name, const char *where,
                         keel_counted *ret_counted, keel_error *err)
{
    const keel_pg_table *table = keel_pg_catalog_find(run->db->catalog, schema, name);
    const char *in = schema != NULL ? schema : run->db->catalog->default_schema;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_counted counted = {
        .object = keel_arena_printf(run->arena, "%s%s%s", in != NULL ? in : "", in != NULL ? "." : "", name)};
    double estimate = table != NULL ? keel_row_estimate(run, table) : -1;

    if (run->quick && estimate > most_quick_rows) {
        counted.rows = (int64_t)estimate;
        counted.estimated = where == NULL;
        counted.left_out = where != NULL;
        *ret_counted = counted;
        return true;
    }
    keel_str_add(&sql, "SELECT pg_catalog.count(*) FROM ");
    keel_pg_add_qualified(&sql, in, name);
    if (where != NULL)
        keel_str_addf(&sql, " WHERE (%s\n)", where);
    if (!ask(run, counted.object, sql.data, &counted.rows, err))
        return false;
    *ret_counted = counted;
    return true;
}

static bool count_in_file(keel_check_run *run, const keel_suite_count *expected, keel_counted *ret_counted,
                          keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = NULL;
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_counted counted = {.object = keel_arena_printf(run->arena, "%s#%s", expected->path, expected->table)};
    bool none = false;

    keel_str_add(&sql, "SELECT count(*) FROM ");
    keel_sqlite_add_identifier(&sql, expected->table);
    if (!keel_sqlite_open(expected->path, &db, err) || !keel_sqlite_int(db, sql.data, &counted.rows, &none, err))
        return false;
    *ret_counted = counted;
    return true;
}

bool keel_count_other(keel_check_run *run, const char *schema, const keel_suite_count *expected,
                      keel_counted *ret_counted, keel_error *err)
{
    switch (expected->kind) {
    case KEEL_COUNT_NUMBER:
        *ret_counted = (keel_counted){.rows = expected->number, .given = true, .object = "the suite"};
        return true;
    case KEEL_COUNT_TABLE:
        return keel_count_relation(run, expected->schema != NULL ? expected->schema : schema, expected->table, NULL,
                                   ret_counted, err);
    case KEEL_COUNT_SQLITE:
        return count_in_file(run, expected, ret_counted, err);
    case KEEL_COUNT_QUERY:
        break;
    }
    keel_counted counted = {.object = "the query of the suite"};
    if (!ask(run, counted.object, expected->sql, &counted.rows, err))
        return false;
    *ret_counted = counted;
    return true;
}
