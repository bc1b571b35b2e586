#include "tests/lib/hostile.h"

#include "base/str.h"
#include "convert/encode.h"
#include "sqlite_scratch.h"
#include "tap.h"

static bool is_misfit_id(const char *id)
{
    static const char *const ids[] = {
#define X(name, id_text, text) id_text,
        KEEL_MISFIT_CODES(X)
#undef X
    };

    for (size_t i = 0; i < KEEL_COUNT_OF(ids); i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

static void test_row(sqlite3 *db, const keel_hostile_row *row)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "SELECT count(*) FROM \"%s\" WHERE %s", row->table, row->where);
    int64_t found = scratch_count(db, keel_str_text(&sql));
    ok(found == 1 || (found == 2 && strcmp(row->table, "no_key") == 0), "%s: %s is there",
       row->table, row->where);
    if (row->outcome == KEEL_HOSTILE_REJECT)
        ok(row->want != NULL && is_misfit_id(row->want), "%s: %s has a known reason", row->table,
           row->where);
    if (row->column == NULL)
        return;
    keel_str_clear(&sql);
    keel_str_addf(&sql, "SELECT count(*) FROM pragma_table_xinfo('%s') WHERE name = '%s'",
                  row->table, row->column);
    is_int(scratch_count(db, keel_str_text(&sql)), 1, "%s.%s exists", row->table, row->column);
}

/* No row without an expectation, and the other way round. */
static void test_totals(sqlite3 *db, int64_t expectations)
{
    sqlite3_stmt *tables = NULL;
    int64_t rows = 0;

    sqlite3_prepare_v2(db,
                       "SELECT format('SELECT count(*) FROM \"%w\"', name) FROM sqlite_schema"
                       " WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                       -1, &tables, NULL);
    while (sqlite3_step(tables) == SQLITE_ROW)
        rows += scratch_count(db, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    is_int(rows, expectations, "every row has its expectation");
    ok(rows >= 150, "%d rows", (int)rows);
}

static void test_oddities(sqlite3 *db)
{
    is_int(scratch_count(db, "SELECT seq FROM sqlite_sequence WHERE name = 'counted'"), 1000,
           "sequence beyond max");
    is_int(scratch_count(db, "SELECT count(*) FROM no_rows"), 0, "an empty table");
    is_int(scratch_count(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'view'"), 1,
           "a view");
    is_int(scratch_count(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), 1,
           "a trigger");
    is_int(scratch_count(db, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%WITHOUT ROWID%'"),
           1, "WITHOUT ROWID");
    is_int(scratch_count(db, "SELECT typeof(v) = 'real' FROM loose_reals WHERE id = 3"), 1,
           "minus zero stays real");
}

int main(void)
{
    char folder[] = "/tmp/keel-hostile-XXXXXX", path[128];
    keel_error err = {0};
    sqlite3 *db = NULL;
    size_t count = 0;

    if (!ok(scratch_open(folder, path, sizeof path, "hostile.db"), "scratch folder"))
        return done_testing();
    if (ok(keel_hostile_create(path, &err), "made %s", err.message) &&
        ok(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK, "opened")) {
        for (; keel_hostile_row_at(count) != NULL; count++)
            test_row(db, keel_hostile_row_at(count));
        test_totals(db, (int64_t)count);
        test_oddities(db);
    }
    sqlite3_close(db);
    unlink(path);
    rmdir(folder);
    return done_testing();
}
