/* How the rowid of a table is called: a column named "rowid" hides that name, and all three can be
 * hidden. */
#include <strings.h>

#include "sqlite/connection.h"

bool keel_sqlite_pragma(keel_sqlite *db,
                        const char *name,
                        const char *table,
                        keel_sqlite_rows **ret_rows,
                        keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "PRAGMA main.%s(", name);
    keel_sqlite_add_identifier(&sql, table);
    keel_str_addc(&sql, ')');
    return keel_sqlite_query(db, keel_str_text(&sql), NULL, 0, ret_rows, err);
}

static bool cell_is(const keel_cell *cell, const char *word)
{
    return cell->class == KEEL_CELL_TEXT && strcasecmp((const char *)cell->bytes, word) == 0;
}

typedef struct columns_seen {
    bool hides[3];     /* of rowid_names */
    const char *alias; /* the only column of the primary key */
    int key_columns;
    int count;
} columns_seen;

static const char *const rowid_names[3] = {"rowid", "_rowid_", "oid"};

static bool look_at_columns(
    keel_sqlite *db, keel_arena *arena, const char *table, columns_seen *seen, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[7]; /* cid, name, type, notnull, dflt_value, pk, hidden */
    bool row = true;    /* a failing step leaves it */

    if (!keel_sqlite_pragma(db, "table_xinfo", table, &rows, err))
        return false;
    while (keel_sqlite_next(rows, &row, err) && row) {
        keel_sqlite_cells(rows, cells);
        for (size_t name = 0; name < KEEL_COUNT_OF(rowid_names); name++)
            seen->hides[name] |= cell_is(&cells[1], rowid_names[name]);
        if (cells[5].integer > 0 && seen->key_columns++ == 0)
            seen->alias = keel_arena_strndup(arena, (const char *)cells[1].bytes, cells[1].size);
        seen->count++;
    }
    return !row;
}

/* A key column is the rowid itself exactly if no index had to be made for it. */
static bool has_key_index(keel_sqlite *db, const char *table, bool *ret_has, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cells[5]; /* seq, name, unique, origin, partial */
    bool row = true;    /* a failing step leaves it */

    *ret_has = false;
    if (!keel_sqlite_pragma(db, "index_list", table, &rows, err))
        return false;
    while (keel_sqlite_next(rows, &row, err) && row) {
        keel_sqlite_cells(rows, cells);
        *ret_has |= cell_is(&cells[3], "pk");
    }
    return !row;
}

static bool can_select(keel_sqlite *db, const char *table, const char *column)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_error unwanted;

    keel_str_addf(&sql, "SELECT %s FROM main.", column);
    keel_sqlite_add_identifier(&sql, table);
    return keel_sqlite_query(db, keel_str_text(&sql), NULL, 0, &rows, &unwanted);
}

bool keel_sqlite_rowid_name(
    keel_sqlite *db, keel_arena *arena, const char *table, const char **ret_name, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str quoted = {0};
    columns_seen seen = {0};
    bool has_index;

    if (!look_at_columns(db, arena, table, &seen, err))
        return false;
    if (seen.count == 0)
        return keel_fail(err, KEEL_ERR_SOURCE, "there is no table \"%s\"", table);
    *ret_name = NULL;
    for (size_t name = 0; name < KEEL_COUNT_OF(rowid_names) && *ret_name == NULL; name++)
        if (!seen.hides[name] && can_select(db, table, rowid_names[name]))
            *ret_name = rowid_names[name];
    if (*ret_name != NULL || seen.key_columns != 1)
        return true;
    if (!has_key_index(db, table, &has_index, err) || has_index)
        return has_index;
    keel_sqlite_add_identifier(&quoted, seen.alias);
    *ret_name = keel_arena_strdup(arena, keel_str_text(&quoted));
    return true;
}
