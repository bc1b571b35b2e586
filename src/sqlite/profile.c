/* One scan of a table that counts what its columns really hold. */
#include <stdlib.h>

#include "base/memory.h"
#include "sqlite/iso_time.h"
#include "sqlite/schema.h"

/* Which profile a column of the result fills: hidden columns are not selected. */
typedef struct selection {
    size_t *columns;
    size_t count;
} selection;

static void selection_free(selection *chosen)
{
    free(chosen->columns);
}

static bool select_columns(const keel_sqlite_table *table, selection *chosen, keel_str *sql)
{
    chosen->columns = keel_alloc_zero(table->columns.count, sizeof *chosen->columns);
    keel_str_add(sql, "SELECT ");
    for (size_t i = 0; i < table->columns.count; i++) {
        if (table->columns.items[i].hidden)
            continue;
        if (chosen->count > 0)
            keel_str_add(sql, ", ");
        keel_sqlite_add_identifier(sql, table->columns.items[i].name);
        chosen->columns[chosen->count++] = i;
    }
    keel_str_add(sql, " FROM main.");
    keel_sqlite_add_identifier(sql, table->name);
    return chosen->count > 0;
}

static int64_t count_chars(const unsigned char *text, size_t size)
{
    int64_t chars = 0;

    for (size_t i = 0; i < size; i++)
        chars += (text[i] & 0xc0) != 0x80;
    return chars;
}

static void count_integer(keel_sqlite_profile *profile, int64_t value)
{
    if (profile->class_counts[KEEL_CELL_INTEGER] == 1)
        profile->min_integer = profile->max_integer = value;
    profile->min_integer = KEEL_MIN(profile->min_integer, value);
    profile->max_integer = KEEL_MAX(profile->max_integer, value);
}

static void count_text(keel_sqlite_profile *profile, const keel_cell *cell)
{
    keel_iso_shape shape = keel_iso_look(cell->bytes, cell->size);

    if (cell->size > (size_t)profile->max_text_chars)
        profile->max_text_chars =
            KEEL_MAX(profile->max_text_chars, count_chars(cell->bytes, cell->size));
    profile->text_iso_times += shape != KEEL_ISO_NONE;
    profile->iso_dates += shape == KEEL_ISO_DATE;
    profile->naive_times += shape == KEEL_ISO_NAIVE;
    profile->zoned_times += shape == KEEL_ISO_ZONED;
}

static void count_cell(keel_sqlite_profile *profile, const keel_cell *cell)
{
    profile->rows++;
    profile->class_counts[cell->class]++;
    if (cell->class == KEEL_CELL_INTEGER)
        count_integer(profile, cell->integer);
    else if (cell->class == KEEL_CELL_TEXT)
        count_text(profile, cell);
}

static bool scan(keel_sqlite_rows *rows,
                 const selection *chosen,
                 keel_sqlite_profile *profiles,
                 keel_error *err)
{
    KEEL_CLEANUP(keel_free_p) keel_cell *cells = keel_alloc_zero(chosen->count, sizeof *cells);
    bool row = true; /* a failing step leaves it */

    while (keel_sqlite_next(rows, &row, err) && row) {
        keel_sqlite_cells(rows, cells);
        for (size_t i = 0; i < chosen->count; i++)
            count_cell(&profiles[chosen->columns[i]], &cells[i]);
    }
    return !row;
}

bool keel_sqlite_profile_table(keel_sqlite *db,
                               const keel_sqlite_table *table,
                               keel_sqlite_profile *ret_profiles,
                               keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    KEEL_CLEANUP(selection_free) selection chosen = {0};
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    KEEL_CLEANUP(keel_free_p)
    keel_sqlite_profile *profiles = keel_alloc_zero(table->columns.count, sizeof *profiles);

    if (!select_columns(table, &chosen, &sql))
        return keel_fail(err, KEEL_ERR_SOURCE, "the table \"%s\" has no columns that can be read",
                         table->name);
    if (!keel_sqlite_query(db, keel_str_text(&sql), NULL, 0, &rows, err) ||
        !scan(rows, &chosen, profiles, err))
        return false;
    memcpy(ret_profiles, profiles, table->columns.count * sizeof *profiles);
    return true;
}
