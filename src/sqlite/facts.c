#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sqlite/connection.h"

/* https://sqlite.org/fileformat2.html, section 1.3 */
enum { HEADER_SIZE = 100, READ_VERSION_AT = 19, CHANGE_COUNTER_AT = 24 };
enum { WAL_VERSION = 2 };

bool keel_sqlite_read_bytes(const keel_sqlite *db, int64_t offset, void *ret_bytes, int size)
{
    sqlite3_file *file = NULL;

    memset(ret_bytes, 0, (size_t)size);
    int code = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || file == NULL || file->pMethods == NULL)
        return false;
    code = file->pMethods->xRead(file, ret_bytes, size, offset);
    return code == SQLITE_OK || code == SQLITE_IOERR_SHORT_READ;
}

bool keel_sqlite_is_wal(const keel_sqlite *db)
{
    unsigned char version;

    return keel_sqlite_read_bytes(db, READ_VERSION_AT, &version, 1) && version == WAL_VERSION;
}

static int64_t modified_ns(const struct stat *file)
{
    return (int64_t)file->st_mtim.tv_sec * 1000000000 + file->st_mtim.tv_nsec;
}

/* A commit in WAL mode touches only the WAL file, so the younger of the two times counts. */
static bool file_facts(keel_sqlite *db, keel_sqlite_facts *ret_facts, keel_error *err)
{
    KEEL_CLEANUP(keel_str_free) keel_str wal_path = {0};
    struct stat file;

    if (stat(db->path, &file) != 0)
        return keel_fail(err, KEEL_ERR_SOURCE, "cannot look at \"%s\": %s", db->path,
                         strerror(errno));
    ret_facts->bytes = (int64_t)file.st_size;
    ret_facts->modified_ns = modified_ns(&file);
    keel_str_addf(&wal_path, "%s-wal", db->path);
    if (stat(keel_str_text(&wal_path), &file) != 0 || file.st_size == 0)
        return true;
    ret_facts->wal_bytes = (int64_t)file.st_size;
    ret_facts->modified_ns = KEEL_MAX(ret_facts->modified_ns, modified_ns(&file));
    return true;
}

static bool read_encoding(keel_sqlite *db, char *ret_encoding, size_t size, keel_error *err)
{
    KEEL_CLEANUP(keel_sqlite_rows_free_p) keel_sqlite_rows *rows = NULL;
    keel_cell cell;
    bool row;

    if (!keel_sqlite_query(db, "PRAGMA encoding", NULL, 0, &rows, err) ||
        !keel_sqlite_next(rows, &row, err))
        return false;
    if (!row)
        return keel_fail(err, KEEL_ERR_INTERNAL, "PRAGMA encoding gave no answer");
    keel_sqlite_cells(rows, &cell);
    snprintf(ret_encoding, size, "%.*s", (int)cell.size, (const char *)cell.bytes);
    return true;
}

bool keel_sqlite_read_facts(keel_sqlite *db, keel_sqlite_facts *ret_facts, keel_error *err)
{
    unsigned char header[HEADER_SIZE];
    keel_sqlite_facts facts = {0};
    int64_t cookie, page_size;

    if (!file_facts(db, &facts, err) ||
        !read_encoding(db, facts.encoding, sizeof facts.encoding, err))
        return false;
    if (!keel_sqlite_int(db, "PRAGMA schema_version", &cookie, NULL, err) ||
        !keel_sqlite_int(db, "PRAGMA page_size", &page_size, NULL, err))
        return false;
    if (!keel_sqlite_read_bytes(db, 0, header, sizeof header))
        return keel_fail(err, KEEL_ERR_SOURCE, "cannot read the header of \"%s\"", db->path);
    facts.change_counter = (uint32_t)keel_get_i32(header + CHANGE_COUNTER_AT);
    facts.schema_cookie = (uint32_t)cookie;
    facts.page_size = (uint32_t)page_size;
    facts.wal_mode = header[READ_VERSION_AT] == WAL_VERSION;
    *ret_facts = facts;
    return true;
}

/* Creates the file and nothing else: O_EXCL is what makes "must not exist" true. */
static bool create_empty(const char *path, keel_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return keel_fail(err, KEEL_ERR_IO, "cannot create \"%s\": %s", path, strerror(errno));
    close(fd);
    return true;
}

static int copy_pages(keel_sqlite *db, sqlite3 *copy)
{
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", db->handle, "main");

    if (backup == NULL)
        return sqlite3_extended_errcode(copy);
    sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup);
}

bool keel_sqlite_backup(keel_sqlite *db, const char *path, keel_error *err)
{
    sqlite3 *copy = NULL;

    if (!create_empty(path, err))
        return false;
    int code = keel_sqlite_open_plain(path, SQLITE_OPEN_READWRITE, &copy);
    if (code == SQLITE_OK)
        code = copy_pages(db, copy);
    sqlite3_close(copy);
    if (code == SQLITE_OK)
        return true;
    unlink(path);
    return keel_fail(err, KEEL_ERR_IO, "cannot copy \"%s\" to \"%s\": %s", db->path, path,
                     sqlite3_errstr(code));
}
