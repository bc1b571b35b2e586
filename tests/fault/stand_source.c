/* The SQLite files of the fault tests. */
#include <sqlite3.h>

#include "stand.h"

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
    "CREATE TABLE account (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, opened TIMESTAMP NOT "
    "NULL,"
    " balance DECIMAL(12,2), note TEXT);"
    "CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER REFERENCES node (id), name TEXT NOT "
    "NULL UNIQUE,"
    " weight INTEGER NOT NULL);"
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account "
    "(id),"
    " node_id INTEGER REFERENCES node (id), label TEXT NOT NULL, amount DECIMAL(12,2), at "
    "TIMESTAMP);"
    "CREATE TABLE tag (account_id INTEGER NOT NULL REFERENCES account (id), word TEXT NOT NULL,"
    " PRIMARY KEY (account_id, word)) WITHOUT ROWID;"
    "CREATE TABLE line (body TEXT, n INTEGER);"
    "CREATE INDEX entry_label ON entry (label); CREATE INDEX entry_account ON entry (account_id)";

/* ?1 = number of rows, ?2 = prefix. A node's parent comes after it: half of a binary tree, counted
 * from the end. */
static const char *const fill[] = {
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 / 6) INSERT INTO "
    "account"
    " SELECT i, ?2 || 'A' || i, datetime(1500000000 + i * 61, 'unixepoch'),"
    " CASE WHEN i % 997 = 0 THEN 'N/A' ELSE i % 10000 / 4.0 END, substr('the quick brown fox jumps "
    "over the lazy dog', i % 20)"
    " FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 / 6) INSERT INTO "
    "node"
    " SELECT ?1 / 6 + 1 - i, CASE WHEN i > 1 THEN ?1 / 6 + 1 - i / 2 END, ?2 || 'N' || i,"
    " CASE WHEN i % 991 = 0 THEN 'heavy' ELSE i % 7 END FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 / 2) INSERT INTO "
    "entry"
    " SELECT i, 1 + i * 7919 % (?1 / 6), CASE WHEN i % 3 > 0 THEN 1 + i * 6007 % (?1 / 6) END, ?2 "
    "|| 'E' || i,"
    " i % 100000 / 4.0, datetime(1600000000 + i * 17, 'unixepoch') FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 / 12) INSERT INTO "
    "tag"
    " SELECT 1 + i % (?1 / 6), ?2 || 'T' || i FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 / 12) INSERT INTO "
    "line"
    " SELECT ?2 || 'line ' || (i % 1000), i % 5000 FROM n",
};

static void insert(sqlite3 *db, const char *sql, int64_t rows, const char *prefix)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        stand_bail_out("source", sqlite3_errmsg(db));
    sqlite3_bind_int64(statement, 1, rows);
    sqlite3_bind_text(statement, 2, prefix, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_DONE)
        stand_bail_out("source", sqlite3_errmsg(db));
    sqlite3_finalize(statement);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        stand_bail_out("source", sqlite3_errmsg(db));
}

static sqlite3 *create(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK)
        stand_bail_out("source", sqlite3_errmsg(db));
    return db;
}

const char *stand_source(const char *name, int64_t rows, const char *prefix)
{
    const char *path = stand_path(name);
    sqlite3 *db = create(path);

    run(db, schema);
    for (size_t i = 0; i < KEEL_COUNT_OF(fill); i++)
        insert(db, fill[i], rows, prefix);
    run(db, "COMMIT");
    sqlite3_close(db);
    return path;
}

const char *stand_sql_source(const char *name, const char *sql)
{
    const char *path = stand_path(name);
    sqlite3 *db = create(path);

    run(db, sql);
    sqlite3_close(db);
    return path;
}

const char *stand_other_source(const char *name)
{
    return stand_sql_source(name, "CREATE TABLE other (id INTEGER PRIMARY KEY, text TEXT);"
                                  "INSERT INTO other VALUES (1, 'one'), (2, 'two')");
}
