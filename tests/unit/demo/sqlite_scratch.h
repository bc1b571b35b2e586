/* A scratch folder and one-value queries, for tests that look into a SQLite file. */
#ifndef KEEL_TESTS_SQLITE_SCRATCH_H
#define KEEL_TESTS_SQLITE_SCRATCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The integer that `sql` gives, or -1 after saying why it gave none. */
static inline int64_t scratch_count(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else
        printf("# %s: %s\n", sqlite3_errmsg(db), sql);
    sqlite3_finalize(statement);
    return value;
}

/* `folder` ends in XXXXXX. */
static inline bool scratch_open(char *folder, char *path, size_t path_size, const char *name)
{
    if (mkdtemp(folder) == NULL)
        return false;
    snprintf(path, path_size, "%s/%s", folder, name);
    return true;
}

#endif
