/* Real files: what refuses to open and why, snapshots beside a writer, slices, cells, the model. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sqlite/schema.h"
#include "tap.h"

enum { NOBODY = 65534 };

typedef struct scratch {
    char folder[64];
    char path[128];
} scratch;

static const char *file(scratch *at, const char *name)
{
    snprintf(at->path, sizeof at->path, "%s/%s", at->folder, name);
    return at->path;
}

static sqlite3 *writer(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK)
        printf("# cannot open %s: %s\n", path, sqlite3_errmsg(db));
    sqlite3_busy_timeout(db, 10000);
    return db;
}

static bool run(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    bool done = sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK;

    if (!done)
        printf("# %s: %s\n", message, sql);
    sqlite3_free(message);
    return done;
}

static void make(const char *path, const char *sql)
{
    sqlite3 *db = writer(path);

    run(db, sql);
    sqlite3_close(db);
}

static void make_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *to = fopen(path, "w");

    if (to == NULL)
        return;
    fwrite(bytes, 1, size, to);
    fclose(to);
}

static keel_sqlite *opened(const char *path)
{
    keel_sqlite *db = NULL;
    keel_error err = {0};

    if (!keel_sqlite_open(path, &db, &err))
        printf("# %s (%s)\n", err.message, err.hint);
    return db;
}

static int64_t count(keel_sqlite *db, const char *sql)
{
    int64_t value = -1;
    keel_error err = {0};

    if (!keel_sqlite_int(db, sql, &value, NULL, &err))
        printf("# %s\n", err.message);
    return value;
}

/* Opening fails with these words in message and hint. */
static void refuses(const char *path, const char *message, const char *hint, const char *what)
{
    keel_sqlite *db = NULL;
    keel_error err = {0};

    bool refused = !keel_sqlite_open(path, &db, &err);
    keel_sqlite_close(db);
    ok(refused && err.kind == KEEL_ERR_SOURCE, "%s is refused", what);
    if (!ok(strstr(err.message, message) != NULL && strstr(err.hint, hint) != NULL,
            "%s: the cause is told", what))
        printf("# message: %s\n# hint: %s\n", err.message, err.hint);
}

static void files_that_are_none(scratch *at)
{
    char noise[8192];
    unsigned state = 7;

    refuses(file(at, "missing.db"), "No such file", "There is no such file", "a missing file");
    ok(access(file(at, "missing.db"), F_OK) != 0, "and is not created");
    refuses(at->folder, "is a directory", "Name the SQLite file", "a directory");
    make_bytes(file(at, "text.db"), "id,name\n1,a\n", 12);
    refuses(file(at, "text.db"), "is not a SQLite database", "encrypted or is not",
            "a short text file");
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)((state = state * 1103515245 + 12345) >> 16);
    make_bytes(file(at, "noise.db"), noise, sizeof noise);
    refuses(file(at, "noise.db"), "is not a SQLite database", "encrypted or is not",
            "a file of random bytes");
}

static const char filled_sql[] = "CREATE TABLE t(a, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                                 "SELECT i + 1 FROM n WHERE i < 5000) "
                                 "INSERT INTO t SELECT i, printf('%0100d', i) FROM n";

static bool reads_all(keel_sqlite *db, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    bool row = true;

    if (!keel_sqlite_query(db, "SELECT a, b FROM t", NULL, 0, &rows, err))
        return false;
    while (keel_sqlite_next(rows, &row, err) && row)
        continue;
    return !row;
}

static void damaged_files(scratch *at)
{
    keel_error err = {0};
    struct stat size;

    make(file(at, "cut.db"), filled_sql);
    ok(stat(at->path, &size) == 0 && truncate(at->path, size.st_size / 2) == 0,
       "a file is cut in half");
    refuses(at->path, "is corrupt", "PRAGMA integrity_check", "a truncated file");
    make(file(at, "hole.db"), filled_sql);
    FILE *damaged = fopen(at->path, "r+");
    for (long page = 20; damaged != NULL && page < 60; page++) {
        fseek(damaged, page * 4096, SEEK_SET);
        fputs("damage damage damage damage", damaged);
    }
    if (damaged != NULL)
        fclose(damaged);
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    ok(db != NULL && !reads_all(db, &err), "damaged pages are found by reading");
    ok(strstr(err.message, "is corrupt") != NULL && strstr(err.hint, ".recover") != NULL,
       "and called corrupt");
}

/* A child that does something to the file, says so, and waits to be killed. */
static pid_t child_that(void (*does)(const char *), const char *path)
{
    int ready[2];
    char byte;

    if (pipe(ready) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        does(path);
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    close(ready[1]);
    (void)!read(ready[0], &byte, 1);
    close(ready[0]);
    return child;
}

static void end_child(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void lock_exclusively(const char *path)
{
    run(writer(path), "BEGIN EXCLUSIVE");
}

static void spill_a_transaction(const char *path)
{
    run(writer(path), "PRAGMA cache_size = 1; BEGIN; UPDATE t SET b = b || 'x'");
}

static void files_of_writers(scratch *at)
{
    char holder[32];

    make(file(at, "locked.db"), filled_sql);
    pid_t child = child_that(lock_exclusively, at->path);
    snprintf(holder, sizeof holder, "process %d", (int)child);
    keel_sqlite *db = NULL;
    keel_error err = {0};
    ok(!keel_sqlite_open(at->path, &db, &err),
       "a file under an EXCLUSIVE lock is refused after 5 s");
    ok(strstr(err.message, "is locked by a writer") != NULL &&
           strstr(err.hint, "run again") != NULL,
       "and called locked");
    if (strstr(err.message, "process") != NULL)
        ok(strstr(err.message, holder) != NULL, "and its holder is named");
    end_child(child);
    keel_sqlite_close(opened(at->path));
    make(file(at, "hot.db"), filled_sql);
    end_child(child_that(spill_a_transaction, at->path));
    refuses(at->path, "has a hot journal", "rolls the half-written transaction back",
            "a hot journal");
}

static int open_as_nobody(const char *path)
{
    keel_sqlite *db = NULL;
    keel_error err = {0};

    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return 2;
    if (access(path, R_OK) != 0)
        return 2;
    bool told = !keel_sqlite_open(path, &db, &err) && strstr(err.hint, "-shm beside it") != NULL;
    if (!told)
        printf("# message: %s\n# hint: %s\n", err.message, err.hint);
    fflush(stdout);
    return told ? 0 : 1;
}

static void wal_in_a_read_only_directory(scratch *at)
{
    char folder[96];
    int status = 0;

    snprintf(folder, sizeof folder, "%s/read-only", at->folder);
    mkdir(folder, 0755);
    make(file(at, "read-only/wal.db"), "PRAGMA journal_mode = wal; CREATE TABLE t(a)");
    chmod(at->path, 0444);
    chmod(folder, 0555);
    chmod(at->folder, 0755);
    pid_t child = fork();
    if (child == 0)
        _exit(open_as_nobody(at->path));
    waitpid(child, &status, 0);
    chmod(folder, 0755);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
        ok(true, "WAL in a read-only directory # SKIP another user cannot reach the folder");
    else
        ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "WAL in a read-only directory names the -shm file");
}

static void names_are_paths(scratch *at)
{
    char here[512];

    if (getcwd(here, sizeof here) == NULL || chdir(at->folder) != 0)
        return;
    make("plain.db", "CREATE TABLE t(a)");
    rename("plain.db", ":memory:");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(":memory:");
    ok(db != NULL && count(db, "SELECT count(*) FROM sqlite_schema") == 1,
       "a file named :memory: is a file");
    refuses("file::memory:?mode=memory", "No such file", "no such file", "a URI");
    (void)!chdir(here);
}

static void cells_have_classes(scratch *at)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_error err = {0};
    keel_cell cells[6];
    bool row = false;

    make(file(at, "cells.db"),
         "CREATE TABLE t(a, b, c, d, e); "
         "INSERT INTO t VALUES(NULL, -9223372036854775808, 0.1, CAST(x'4100ff42' AS TEXT), x'00'), "
         "(1, 2.0, '', x'', 'x')");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    const char *sql =
        "SELECT a, b, c, d, e, rowid FROM t WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid";
    ok(keel_sqlite_query(db, sql, (int64_t[]){1, 1}, 2, &rows, &err),
       "a range of rowids is queried");
    is_int(keel_sqlite_columns(rows), 6, "it has six columns");
    ok(keel_sqlite_next(rows, &row, &err) && row, "it has a row");
    keel_sqlite_cells(rows, cells);
    is_str(keel_cell_class_name(cells[0].class), "null", "NULL");
    ok(cells[1].class == KEEL_CELL_INTEGER && cells[1].integer == INT64_MIN,
       "the smallest integer");
    ok(cells[2].class == KEEL_CELL_REAL &&
           memcmp(&cells[2].real, &(double){0.1}, sizeof(double)) == 0,
       "a real");
    ok(cells[3].class == KEEL_CELL_TEXT && cells[3].size == 4 &&
           memcmp(cells[3].bytes,
                  "A\0\xff"
                  "B",
                  4) == 0,
       "text that is not UTF-8 comes as its bytes, NUL included");
    ok(cells[4].class == KEEL_CELL_BLOB && cells[4].size == 1 && cells[4].bytes[0] == 0, "a blob");
    ok(keel_sqlite_next(rows, &row, &err) && !row, "it ends");
    ok(keel_sqlite_next(rows, &row, &err) && !row, "and stays at its end");
    ok(keel_sqlite_rewind(rows, (int64_t[]){2, 9}, 2, &err) && keel_sqlite_next(rows, &row, &err) &&
           row,
       "another range by the same statement");
    keel_sqlite_cells(rows, cells);
    ok(cells[2].class == KEEL_CELL_TEXT && cells[2].size == 0, "empty text");
    ok(cells[3].class == KEEL_CELL_BLOB && cells[3].size == 0, "empty blob");
    is_int(cells[5].integer, 2, "its rowid");
}

static void utf16_arrives_as_utf8(scratch *at)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_sqlite_facts facts;
    keel_error err = {0};
    keel_cell cell = {0};
    bool row;

    make(file(at, "utf16.db"),
         "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES('h\xc3\xa9')");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    if (keel_sqlite_query(db, "SELECT a FROM t", NULL, 0, &rows, &err) &&
        keel_sqlite_next(rows, &row, &err) && row)
        keel_sqlite_cells(rows, &cell);
    ok(cell.size == 3 && memcmp(cell.bytes, "h\xc3\xa9", 3) == 0, "UTF-16 arrives as UTF-8");
    ok(keel_sqlite_read_facts(db, &facts, &err), "facts of it");
    is_str(facts.encoding, "UTF-16le", "its encoding");
}

static void queries_that_fail(scratch *at)
{
    keel_sqlite_rows *rows = NULL;
    keel_error err = {0};
    int64_t value = 7;
    bool is_null = false;

    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(file(at, "cells.db"));
    ok(!keel_sqlite_query(db, "SELECT missing FROM t", NULL, 0, &rows, &err),
       "an unknown column is refused");
    ok(strstr(err.message, "no such column") != NULL, "and named");
    ok(!keel_sqlite_query(db, "SELECT a FROM t", &value, 1, &rows, &err),
       "a parameter too many is refused");
    ok(!keel_sqlite_query(db, "DELETE FROM t", NULL, 0, &rows, &err),
       "a statement without rows is refused");
    ok(keel_sqlite_int(db, "SELECT max(a) FROM t WHERE a > 5", &value, &is_null, &err) && is_null,
       "NULL is told");
    ok(keel_sqlite_int(db, "SELECT 5", &value, &is_null, &err) && !is_null && value == 5,
       "a number is read");
}

static void commit_for_ever(const char *path)
{
    sqlite3 *db = writer(path);

    if (fork() != 0) {
        sqlite3_close(db);
        return;
    }
    for (pid_t parent = getppid(); getppid() == parent;)
        run(db, "BEGIN IMMEDIATE; UPDATE a SET n = n + 1; UPDATE b SET n = n + 1; COMMIT");
    _exit(0);
}

static bool all_agree(keel_sqlite *const *connections, size_t size)
{
    int64_t first = count(connections[0], "SELECT n FROM a");

    for (size_t i = 0; i < size; i++)
        if (count(connections[i], "SELECT n FROM b") != first ||
            count(connections[i], "SELECT n FROM a") != first)
            return false;
    return true;
}

static void together_beside_a_writer(scratch *at)
{
    enum { CONNECTIONS = 4, ROUNDS = 200 };
    keel_sqlite *connections[CONNECTIONS];
    keel_error err = {0};
    int agreed = 0, refused = 0;

    make(file(at, "busy.db"), "PRAGMA journal_mode = wal; CREATE TABLE a(n); CREATE TABLE b(n); "
                              "INSERT INTO a VALUES(0); INSERT INTO b VALUES(0)");
    for (size_t i = 0; i < CONNECTIONS; i++)
        connections[i] = opened(at->path);
    pid_t child = child_that(commit_for_ever, at->path);
    int64_t before = count(connections[0], "SELECT n FROM a");
    for (int tries = 0; tries < 10000 && count(connections[0], "SELECT n FROM a") == before; tries++)
        usleep(1000); /* until the writer is at work */
    for (int round = 0; round < ROUNDS; round++) {
        if (!keel_sqlite_begin_together(connections, CONNECTIONS, &err)) {
            refused++;
            continue;
        }
        agreed += all_agree(connections, CONNECTIONS);
        for (size_t i = 0; i < CONNECTIONS; i++)
            keel_sqlite_end(connections[i]);
    }
    end_child(child);
    ok(agreed > 0, "connections begin together beside a writer");
    is_int(agreed, ROUNDS - refused, "and always on one version of the file");
    ok(count(connections[0], "SELECT n FROM a") > before, "while the writer committed");
    for (size_t i = 0; i < CONNECTIONS; i++)
        keel_sqlite_close(connections[i]);
}

static int try_exclusive(const char *path)
{
    sqlite3 *db = NULL;

    sqlite3_open(path, &db);
    return sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_BUSY ? 0 : 1;
}

/* Closing any descriptor of a file drops the process's POSIX locks: facts and failed opens must
 * not. */
static void looking_keeps_the_lock(scratch *at)
{
    keel_sqlite_facts facts;
    keel_error err = {0};
    int status = 0;

    make(file(at, "kept.db"), filled_sql);
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *other = opened(at->path);
    ok(keel_sqlite_begin_together(&db, 1, &err) && keel_sqlite_read_facts(db, &facts, &err),
       "a snapshot and facts");
    keel_sqlite_close(other);
    other = NULL;
    pid_t child = fork();
    if (child == 0)
        _exit(try_exclusive(at->path));
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a writer stays out until the snapshot ends");
    keel_sqlite_end(db);
    ok(!facts.wal_mode && facts.page_size == 4096 && facts.bytes > 0 && facts.wal_bytes == 0,
       "facts of the file");
}

static void facts_tell_versions_apart(scratch *at)
{
    keel_sqlite_facts before, after;
    keel_error err = {0};

    make(file(at, "facts.db"), "CREATE TABLE t(a)");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    ok(keel_sqlite_read_facts(db, &before, &err), "facts of one version");
    make(at->path, "INSERT INTO t VALUES(1); CREATE TABLE u(a)");
    ok(keel_sqlite_read_facts(db, &after, &err), "facts of the next");
    ok(after.change_counter > before.change_counter, "the change counter moves");
    ok(after.schema_cookie > before.schema_cookie, "the schema cookie moves");
    ok(after.modified_ns >= before.modified_ns && after.bytes > before.bytes, "time and size move");
    sqlite3 *wal = writer(at->path);
    run(wal, "PRAGMA journal_mode = wal; INSERT INTO t VALUES(2)");
    ok(keel_sqlite_read_facts(db, &after, &err) && after.wal_mode && after.wal_bytes > 0,
       "a WAL is told");
    sqlite3_close(wal);
}

static void backups(scratch *at)
{
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(file(at, "kept.db"));
    keel_error err = {0};

    ok(keel_sqlite_backup(db, file(at, "copy.db"), &err), "a copy is made");
    ok(!keel_sqlite_backup(db, at->path, &err), "an existing file is not overwritten");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *copy = opened(at->path);
    is_int(count(copy, "SELECT count(*) FROM t"), 5000, "the copy has every row");
    keel_sqlite_close(db);
    db = NULL;
}

/* The ranges are ascending and touch, reach from end to end, and none holds more than `most` rows.
 */
static void
check_slices(keel_sqlite *db, const char *table, size_t want, int64_t most, const char *what)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_sqlite_range *ranges = NULL;
    size_t slices = 0;
    keel_error err = {0};
    int64_t sum = 0, largest = 0;

    if (!ok(keel_sqlite_slices(db, table, want, arena, &ranges, &slices, &err), "%s: slices", what))
        printf("# %s\n", err.message);
    bool touch = slices > 0 && ranges[0].low == INT64_MIN && ranges[slices - 1].high == INT64_MAX;
    for (size_t i = 0; i < slices; i++) {
        touch = touch && ranges[i].low <= ranges[i].high &&
                (i == 0 || ranges[i].low == ranges[i - 1].high + 1);
        keel_str_clear(&sql);
        keel_str_add(&sql, "SELECT count(*) FROM ");
        keel_sqlite_add_identifier(&sql, table);
        keel_str_addf(&sql, " WHERE rowid BETWEEN %lld AND %lld", (long long)ranges[i].low,
                      (long long)ranges[i].high);
        int64_t rows = count(db, keel_str_text(&sql));
        sum += rows;
        largest = KEEL_MAX(largest, rows);
    }
    keel_str_clear(&sql);
    keel_str_add(&sql, "SELECT count(*) FROM ");
    keel_sqlite_add_identifier(&sql, table);
    ok(touch, "%s: they touch and cover every rowid", what);
    is_int(sum, count(db, keel_str_text(&sql)), "%s: they hold every row once", what);
    ok(slices >= want && slices <= 4 * want, "%s: %zu slices for %zu wanted", what, slices, want);
    ok(largest <= most, "%s: the largest of %lld rows", what, (long long)largest);
}

static const char series[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) ";

static void fill(sqlite3 *db, const char *table, const char *rowid)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};

    keel_str_add(&sql, "CREATE TABLE ");
    keel_sqlite_add_identifier(&sql, table);
    keel_str_addf(&sql, "(a); %s INSERT INTO ", series);
    keel_sqlite_add_identifier(&sql, table);
    keel_str_addf(&sql, "(rowid) SELECT %s FROM n", rowid);
    run(db, keel_str_text(&sql));
}

static void slices_of_many_shapes(scratch *at)
{
    sqlite3 *to = writer(file(at, "slices.db"));

    fill(to, "dense", "i");
    fill(to, "an \"odd\" name", "i * 1000");
    fill(to, "outlier", "CASE WHEN i = 20000 THEN 1099511627776 ELSE i END");
    fill(to, "negative", "i - 10000");
    fill(to, "ends",
         "CASE i WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 9223372036854775807 ELSE i END");
    fill(to, "clumps", "(i / 1000) * 1000000000 + i");
    fill(to, "random", "(i * 2654435761 % 4294967291) * 2147483648 + i");
    fill(to, "mixed", "CASE WHEN i <= 10000 THEN i ELSE i * 1000000 END");
    run(to,
        "CREATE TABLE few(a); INSERT INTO few(rowid) VALUES(-5), (7), (1099511627776); CREATE "
        "TABLE none(a); "
        "CREATE TABLE flat(a PRIMARY KEY) WITHOUT ROWID; "
        "CREATE TABLE hidden(rowid TEXT, oid TEXT, _rowid_ TEXT, \"the id\" INTEGER PRIMARY KEY); "
        "INSERT INTO hidden VALUES('x', 'y', 'z', 5), ('x', 'y', 'z', 9)");
    sqlite3_close(to);
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    check_slices(db, "dense", 8, 4000, "dense rowids");
    check_slices(db, "an \"odd\" name", 8, 4000, "even gaps");
    check_slices(db, "outlier", 8, 4000, "one outlier at 2^40");
    check_slices(db, "negative", 8, 4000, "negative rowids");
    check_slices(db, "ends", 8, 4000, "the smallest and the largest rowid");
    check_slices(db, "clumps", 8, 5000, "clumps");
    check_slices(db, "random", 8, 5000, "random rowids");
    check_slices(db, "mixed", 8, 6000, "half dense, half sparse");
    check_slices(db, "dense", 1, 20000, "one wanted");
    check_slices(db, "few", 3, 1, "as many slices as rows");
}

static void slices_at_the_edge(scratch *at)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(file(at, "slices.db"));
    keel_sqlite_range *ranges = NULL;
    size_t slices = 9;
    keel_error err = {0};

    ok(keel_sqlite_slices(db, "none", 4, arena, &ranges, &slices, &err) && slices == 0,
       "no rows, no slices");
    ok(keel_sqlite_slices(db, "few", 100, arena, &ranges, &slices, &err) && slices == 3,
       "never more than rows");
    ok(keel_sqlite_slices(db, "hidden", 2, arena, &ranges, &slices, &err) && slices == 2,
       "an INTEGER PRIMARY KEY stands in where every name of the rowid is hidden");
    ok(!keel_sqlite_slices(db, "flat", 2, arena, &ranges, &slices, &err),
       "WITHOUT ROWID has no slices");
    ok(!keel_sqlite_slices(db, "nowhere", 2, arena, &ranges, &slices, &err),
       "nor has a missing table");
}

static const char model_sql[] =
    "CREATE TABLE Users(Id INTEGER CONSTRAINT users_key PRIMARY KEY AUTOINCREMENT, Mail "
    "VARCHAR(40) NOT NULL COLLATE "
    "NOCASE UNIQUE, born DEFAULT (date('now')), up AS (upper(Mail)) STORED);"
    "CREATE TABLE pairs(a INT, b TEXT, PRIMARY KEY(b, a)) WITHOUT ROWID;"
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, user REFERENCES users ON DELETE CASCADE, pa INT, "
    "pb TEXT, lost "
    "REFERENCES gone, CONSTRAINT pair FOREIGN KEY(PB, pa) REFERENCES PAIRS DEFERRABLE INITIALLY "
    "DEFERRED);"
    "CREATE UNIQUE INDEX open_posts ON posts(lower(pb) DESC, user) WHERE pa IS NOT NULL;"
    "ALTER TABLE posts ADD COLUMN later TEXT DEFAULT 'x' CHECK (later <> ')');"
    "CREATE VIRTUAL TABLE words USING fts5(body);"
    "CREATE VIEW v AS SELECT 1; CREATE TRIGGER g AFTER INSERT ON posts BEGIN SELECT 1; END;"
    "INSERT INTO Users(Mail) VALUES('a'), ('b');"
    "PRAGMA writable_schema = 1; INSERT INTO sqlite_schema VALUES('table', 'ghost', 'ghost', 0, "
    "'CREATE VIRTUAL TABLE ghost USING no_such_module(a)');";

static void the_model_of_a_file(scratch *at)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_sqlite_schema *schema = NULL;
    keel_error err = {0};

    make(file(at, "model.db"), model_sql);
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    if (!ok(keel_sqlite_schema_load(db, arena, &schema, &err), "the schema is loaded")) {
        printf("# %s\n", err.message);
        return;
    }
    keel_sqlite_table *users = keel_sqlite_find_table(schema, "USERS");
    keel_sqlite_table *posts = keel_sqlite_find_table(schema, "posts");
    is_str(users->parse_problem, NULL, "nothing was unreadable in users");
    is_str(posts->parse_problem, NULL, "nor in posts");
    is_str(users->rowid_alias, "Id", "the rowid alias");
    is_str(users->primary_key_name, "users_key", "the name of the primary key");
    ok(users->autoincrement && users->sequence == 2, "AUTOINCREMENT and its sequence");
    is_int((int64_t)users->indexes.count, 1, "one index for UNIQUE, none for the rowid");
    is_str(users->indexes.items[0].parts[0].collation, "NOCASE", "which compares by NOCASE");
    is_int(keel_sqlite_find_column(users, "up")->generated, KEEL_GENERATED_STORED,
           "a stored generated column");
    is_str(posts->foreign_keys.items[0].parent, "Users", "a parent is spelled as it is declared");
    is_str(posts->foreign_keys.items[0].parent_columns[0], "Id", "its primary key is filled in");
    ok(posts->foreign_keys.items[1].parent_columns == NULL, "a missing parent has no columns");
    const keel_sqlite_foreign_key *pair = &posts->foreign_keys.items[2];
    is_str(pair->parent_columns[0], "b", "a composite primary key in its own order");
    is_str(pair->columns[0], "pb", "and the child's columns as declared");
    ok(pair->deferrable_initially_deferred && keel_streq(pair->name, "pair"), "deferral and name");
    const keel_sqlite_index *index = &posts->indexes.items[0];
    ok(index->parts[0].column == NULL && index->parts[0].expr != NULL && index->parts[0].descending,
       "an expression in an index");
    is_str(index->where_sql, "pa IS NOT NULL", "a partial index");
    is_str(posts->checks.items[0].sql, "later <> ')'", "the CHECK of an added column");
    ok(keel_sqlite_find_table(schema, "pairs")->without_rowid, "WITHOUT ROWID");
    is_str(keel_sqlite_find_table(schema, "pairs")->rowid_name, NULL, "which has no rowid to name");
    ok(keel_sqlite_find_table(schema, "words")->is_virtual, "a virtual table");
    ok(keel_sqlite_find_table(schema, "words_data")->shadow, "and its shadow");
    ok(strstr(keel_sqlite_find_table(schema, "ghost")->parse_problem, "no_such_module") != NULL,
       "a virtual table of a module that is not here does not stop the others");
    ok(schema->views.count == 1 && schema->triggers.count == 1, "a view and a trigger");
    ok(keel_sqlite_find_table(schema, "sqlite_sequence") == NULL, "internal tables are left out");
}

static void profiles_count_what_is_there(scratch *at)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    keel_sqlite_profile profiles[2];
    keel_sqlite_schema *schema = NULL;
    keel_error err = {0};

    make(
        file(at, "profile.db"),
        "CREATE TABLE t(a, b); INSERT INTO t VALUES(5, '2026-11-20'), (-3, '2026-11-20 10:00:00'), "
        "(2.5, '2026-11-20T10:00:00.123Z'), ('x', '2026-11-20 10:00+01:00'), (NULL, "
        "'h\xc3\xa9llo'), "
        "(x'00', '2026-13-40')");
    KEEL_CLEANUP(keel_sqlite_close_p) keel_sqlite *db = opened(at->path);
    bool done = keel_sqlite_schema_load(db, arena, &schema, &err) &&
                keel_sqlite_profile_table(db, &schema->tables.items[0], profiles, &err);
    ok(done, "a table is profiled");
    is_int(profiles[0].rows, 6, "its rows");
    ok(profiles[0].class_counts[KEEL_CELL_INTEGER] == 2 &&
           profiles[0].class_counts[KEEL_CELL_NULL] == 1 &&
           profiles[0].class_counts[KEEL_CELL_REAL] == 1 &&
           profiles[0].class_counts[KEEL_CELL_BLOB] == 1,
       "its storage classes");
    ok(profiles[0].min_integer == -3 && profiles[0].max_integer == 5, "its integers' range");
    is_int(profiles[1].text_iso_times, 4, "its ISO dates and times");
    ok(profiles[1].iso_dates == 1 && profiles[1].naive_times == 1 && profiles[1].zoned_times == 2,
       "of each kind");
    is_int(profiles[1].max_text_chars, 24, "its longest text");
}

static void remove_folder(const char *folder)
{
    char command[128];
    pid_t child = fork();

    snprintf(command, sizeof command, "%s", folder);
    if (child == 0)
        execlp("rm", "rm", "-rf", command, (char *)NULL);
    waitpid(child, NULL, 0);
}

int main(void)
{
    scratch at = {.folder = "/tmp/pgkeel-sqlite-XXXXXX"};

    if (mkdtemp(at.folder) == NULL)
        return 1;
    files_that_are_none(&at);
    damaged_files(&at);
    files_of_writers(&at);
    wal_in_a_read_only_directory(&at);
    names_are_paths(&at);
    cells_have_classes(&at);
    utf16_arrives_as_utf8(&at);
    queries_that_fail(&at);
    together_beside_a_writer(&at);
    looking_keeps_the_lock(&at);
    facts_tell_versions_apart(&at);
    backups(&at);
    slices_of_many_shapes(&at);
    slices_at_the_edge(&at);
    the_model_of_a_file(&at);
    profiles_count_what_is_there(&at);
    remove_folder(at.folder);
    return done_testing();
}
