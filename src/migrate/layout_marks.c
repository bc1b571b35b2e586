/* Lines that cut a file into its way up and its way down. */
#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"
#include "sql/token.h"

static int line_of(const keel_migration_sql *file, size_t offset)
{
    return keel_sql_place_of(file->text, file->size, offset).line;
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
    ret_sql->line = file->line + line_of(file, (size_t)(start - file->text)) - 1;
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
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: SQL before the line \"%s\"", file->path, line_of(file, token.start),
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
                  line_of(file, (size_t)(line - file->text)), marks->prefix,
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
                  line_of(file, (size_t)(down - file->text)));
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
