/* Files of a folder, for the layouts: whole, judged as text, and cut at marks. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "convert/utf8.h"
#include "migrate/layout.h"
#include "sql/token.h"

enum { LARGEST_FILE = 256 * 1024 * 1024 };

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
}

static bool read_bytes(keel_arena *arena, const char *path, char **ret_text, size_t *ret_size, keel_error *err)
{
    struct stat facts;
    KEEL_CLEANUP(close_file) int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;

    if (file < 0 || fstat(file, &facts) != 0)
        return keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return keel_fail(err, KEEL_ERR_IO, "%s: not a file", path);
    if (facts.st_size > LARGEST_FILE)
        return keel_fail(err, KEEL_ERR_IO, "%s: larger than 256 MB", path);
    char *text = keel_arena_alloc(arena, (size_t)facts.st_size + 1);
    for (ssize_t got; (got = read(file, text + size, (size_t)facts.st_size - size)) != 0; size += (size_t)got)
        if (got < 0)
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

/* The line at `at` starts with the mark: the same words, any blanks between them, ASCII case aside. Returns where the
 * mark ends, or NULL. */
static const char *marked(const char *at, const char *end, const char *mark)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    for (; *mark != '\0'; mark++) {
        if (*mark == ' ') {
            while (at < end && (*at == ' ' || *at == '\t'))
                at++;
            continue;
        }
        if (at >= end || (*at | 0x20) != (*mark | 0x20))
            return NULL;
        at++;
    }
    return at == end || *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n' ? at : NULL;
}

static const char *line_end(const char *at, const char *end)
{
    const char *found = at != NULL && at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

    return found != NULL ? found + 1 : end;
}

/* The first line with the mark at or behind `from`; NULL if there is none. */
static const char *find_mark(const char *from, const char *end, const char *mark)
{
    for (const char *line = from; line < end; line = line_end(line, end))
        if (marked(line, end, mark) != NULL)
            return line;
    return NULL;
}

bool keel_layout_has_mark(keel_folder_reader *reader, const char *name, const char *mark)
{
    keel_migration_sql sql;
    keel_error ignored = {0};

    return keel_layout_read_file(reader, name, &sql, &ignored) &&
           find_mark(sql.text, sql.text + sql.size, mark) != NULL;
}

bool keel_layout_is_marked(keel_folder_reader *reader, const keel_folder_entry *entry, const char *mark)
{
    return !entry->directory && keel_layout_stem(reader->arena, entry->name, ".sql") != NULL &&
           keel_layout_has_mark(reader, entry->name, mark);
}

/* The section behind the mark's line, up to `stop`. */
static void set_section(keel_arena *arena, const keel_migration_sql *file, const char *mark_line, const char *stop,
                        keel_migration_sql *ret_sql)
{
    const char *end = file->text + file->size;
    const char *start = line_end(mark_line, end);

    *ret_sql = *file;
    ret_sql->size = (size_t)(stop - start);
    ret_sql->text = keel_arena_strndup(arena, start, ret_sql->size);
    ret_sql->line = file->line + line_of(file->text, (size_t)(start - file->text)) - 1;
    const char *said = keel_arena_strndup(arena, mark_line, (size_t)(start - mark_line));
    ret_sql->no_transaction = strstr(said, "transaction:false") != NULL || strstr(said, "transaction: false") != NULL;
}

/* What stands before the marks would be run by nobody. */
static bool check_head(const keel_layout_marks *marks, const keel_migration_sql *file, size_t size, keel_error *err)
{
    for (size_t at = 0; at < size;) {
        keel_sql_token token = keel_sql_next(file->text, size, at);
        at = token.start + token.size;
        if (token.kind == KEEL_SQL_SPACE || token.kind == KEEL_SQL_COMMENT)
            continue;
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: SQL before the line \"%s\"", file->path, line_of(file->text, token.start),
                  marks->up);
        return keel_fail_hint(err, "Put it behind that line; here it would never be run.");
    }
    return true;
}

/* The word behind "-- PREFIX" if the line is such a comment, or NULL. */
static const char *mark_word(keel_arena *arena, const char *line, const char *end, const char *prefix)
{
    size_t size = strlen(prefix);

    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (end - line < 2 || line[0] != '-' || line[1] != '-')
        return NULL;
    for (line += 2; line < end && (*line == ' ' || *line == '\t');)
        line++;
    if ((size_t)(end - line) < size || strncasecmp(line, prefix, size) != 0)
        return NULL;
    line += size;
    line += strspn(line, " \t");
    return keel_arena_strndup(arena, line, strcspn(line, " \t\r\n"));
}

/* A mark with a slip of the finger would be a comment like any other, and a way down part of the way up. */
static bool check_words(keel_arena *arena, const keel_layout_marks *marks, const keel_migration_sql *file, keel_error *err)
{
    const char *end = file->text + file->size;
    size_t count = 0;

    while (marks->prefix != NULL && marks->words[count] != NULL)
        count++;
    for (const char *line = file->text; count > 0 && line < end; line = line_end(line, end)) {
        const char *word = mark_word(arena, line, end, marks->prefix);
        size_t i = 0;
        while (word != NULL && i < count && strcasecmp(word, marks->words[i]) != 0)
            i++;
        if (word == NULL || i < count)
            continue;
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: unknown mark \"%s%s%s\"", file->path,
                  line_of(file->text, (size_t)(line - file->text)), marks->prefix,
                  marks->prefix[strlen(marks->prefix) - 1] == ':' ? "" : " ", word);
        const char *near = keel_nearest_word(word, marks->words, count);
        return near != NULL ? keel_fail_hint(err, "Do you mean \"%s\"?", near)
                            : keel_fail_hint(err, "It is not known here; if it is a remark, write it in other words.");
    }
    return true;
}

bool keel_layout_cut(keel_folder_reader *reader, const keel_layout_marks *marks, const keel_migration_sql *file,
                     keel_migration_sql *ret_up, keel_migration_sql *ret_down, keel_error *err)
{
    const char *end = file->text + file->size;
    const char *up = find_mark(file->text, end, marks->up);
    const char *down = find_mark(file->text, end, marks->down);

    if (up == NULL && down == NULL && marks->plain) {
        *ret_up = *file;
        return true;
    }
    if (up == NULL) {
        keel_fail(err, KEEL_ERR_CONFIG, "%s: no line \"%s\"", file->path, marks->up);
        return keel_fail_hint(err, "What is to be applied stands behind such a line.");
    }
    if (down != NULL && down < up) {
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: the way down stands before the way up", file->path,
                  line_of(file->text, (size_t)(down - file->text)));
        return keel_fail_hint(err, "Put \"%s\" first.", marks->up);
    }
    if (!check_words(reader->arena, marks, file, err) || !check_head(marks, file, (size_t)(up - file->text), err))
        return false;
    if (find_mark(line_end(up, end), end, marks->up) != NULL ||
        (down != NULL && find_mark(line_end(down, end), end, marks->down) != NULL))
        return keel_fail(err, KEEL_ERR_CONFIG, "%s: a mark \"%s\" or \"%s\" twice", file->path, marks->up, marks->down);
    set_section(reader->arena, file, up, down != NULL ? down : end, ret_up);
    if (down != NULL)
        set_section(reader->arena, file, down, end, ret_down);
    return true;
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
