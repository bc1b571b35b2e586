#include "hostile.h"

#include <sqlite3.h>

#include "base/str.h"

static const keel_hostile_part *const parts[] = {&keel_hostile_numbers, &keel_hostile_texts,
                                                 &keel_hostile_times, &keel_hostile_shapes};

const keel_hostile_row *keel_hostile_row_at(size_t index)
{
    for (size_t part = 0; part < KEEL_COUNT_OF(parts); part++) {
        if (index < parts[part]->row_count)
            return &parts[part]->rows[index];
        index -= parts[part]->row_count;
    }
    return NULL;
}

static bool run(sqlite3 *db, const char *sql, keel_error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return keel_fail(err, KEEL_ERR_INTERNAL, "%s: %.800s", sqlite3_errmsg(db), sql);
}

static bool insert(sqlite3 *db, const keel_hostile_row *row, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_addf(&sql, "INSERT INTO \"%s\" %s VALUES (%s)", row->table, row->into, row->values);
    return run(db, keel_str_text(&sql), err);
}

static bool fill(sqlite3 *db, keel_error *err)
{
    if (!run(db, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; BEGIN", err))
        return false;
    for (size_t part = 0; part < KEEL_COUNT_OF(parts); part++) {
        for (size_t i = 0; i < parts[part]->schema_count; i++)
            if (!run(db, parts[part]->schema[i], err))
                return false;
        for (size_t i = 0; i < parts[part]->row_count; i++)
            if (!insert(db, &parts[part]->rows[i], err))
                return false;
    }
    /* the sequence is far beyond the largest key: those keys were used once and must not come back
     */
    return run(db, "UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'counted'; COMMIT", err);
}

static void database_close(sqlite3 **db)
{
    sqlite3_close(*db);
}

bool keel_hostile_create(const char *path, keel_error *err)
{
    KEEL_CLEANUP(database_close) sqlite3 *db = NULL;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        return keel_fail(err, KEEL_ERR_IO, "cannot create \"%s\": %s", path, sqlite3_errmsg(db));
    return fill(db, err);
}
