/* Files of a folder, for the layouts: read whole, and judged as text. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "convert/utf8.h"
#include "migrate/layout.h"

enum { LARGEST_FILE = 256 * 1024 * 1024 };

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
}

static bool read_bytes(keel_arena *arena, const char *path, char **ret_text, size_t *ret_size, keel_error *err)
{
    struct stat facts;
    KEEL_CLEANUP(close_file) int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    size_t size = 0;

    if (file < 0 || fstat(file, &facts) != 0)
        return keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return keel_fail(err, KEEL_ERR_IO, "%s: not a file", path);
    if (facts.st_size > LARGEST_FILE)
        return keel_fail(err, KEEL_ERR_IO, "%s: larger than 256 MB", path);
    char *text = keel_arena_alloc(arena, (size_t)facts.st_size + 1);
    for (ssize_t got = 1; got > 0 && size < (size_t)facts.st_size; size += (size_t)got)
        if ((got = read(file, text + size, (size_t)facts.st_size - size)) < 0)
            return keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
    *ret_text = text;
    *ret_size = size;
    return true;
}

static int line_of(const char *text, size_t offset)
{
    int line = 1;

    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static bool judge_text(const char *path, const char *text, size_t size, keel_error *err)
{
    size_t offset = 0;
    keel_utf8_verdict verdict = keel_utf8_check(text, size, &offset);

    if (verdict == KEEL_UTF8_VALID)
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: %s", path, line_of(text, offset),
              verdict == KEEL_UTF8_NUL ? "a NUL byte" : "bytes that are not UTF-8");
    return keel_fail_hint(err, "Migrations are UTF-8 text; convert it, for instance with iconv -f LATIN1 -t UTF-8.");
}

static bool read_file(keel_folder_reader *reader, const char *name, keel_migration_sql *ret_sql, keel_error *err)
{
    const char *path = keel_arena_printf(reader->arena, "%s/%s", reader->path, name);
    char *text = NULL;
    size_t size = 0;

    if (!read_bytes(reader->arena, path, &text, &size, err) || !judge_text(path, text, size, err))
        return false;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    *ret_sql = (keel_migration_sql){.path = path, .text = text, .size = size, .line = 1};
    return true;
}

bool keel_layout_read_file(keel_folder_reader *reader, const char *name, keel_migration_sql *ret_sql, keel_error *err)
{
    keel_migration_sql *known = keel_map_get(reader->texts, name);

    if (known == NULL) {
        keel_migration_sql *fresh = keel_arena_alloc(reader->arena, sizeof *fresh);
        if (!read_file(reader, name, fresh, err))
            return false;
        keel_map_put(reader->texts, name, fresh);
        known = fresh;
    }
    *ret_sql = *known;
    return true;
}

bool keel_layout_has_file(const keel_folder_reader *reader, const char *directory, const char *file)
{
    struct stat facts;

    return stat(keel_arena_printf(reader->arena, "%s/%s/%s", reader->path, directory, file), &facts) == 0 &&
           S_ISREG(facts.st_mode);
}

bool keel_layout_refuse_go(const keel_folder_reader *reader, const char *name, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CONFIG, "%s/%s: a migration in Go", reader->path, name);
    return keel_fail_hint(err, "Only SQL can be run; write what it does as SQL, under the same version.");
}

bool keel_layout_read_marked(keel_folder_reader *reader, const keel_layout_marks *marks, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        const char *stem = keel_layout_stem(reader->arena, entry->name, ".sql");
        keel_migration_sql file;
        if (entry->directory || stem == NULL || !keel_layout_split_name(reader->arena, stem, &version, &name))
            continue;
        keel_migration *migration = keel_layout_migration(reader, version, name, entry->name);
        if (!keel_layout_read_file(reader, entry->name, &file, err) ||
            !keel_layout_cut(reader, marks, &file, &migration->up, &migration->down, err))
            return false;
    }
    return true;
}
