#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"
#include "sql/split.h"

/* What "alembic upgrade --sql" writes: all revisions in one file, each behind a line that names it, mostly in one
 * transaction around them all. The table alembic_version is made in front of the first such line. */
static const char up_mark[] = "-- Running upgrade ";
static const char down_mark[] = "-- Running downgrade ";

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return keel_layout_is_marked(reader, entry, "-- Running upgrade") ||
           keel_layout_is_marked(reader, entry, "-- Running downgrade");
}

static const char *next_mark(const char *from, const char *mark)
{
    while (from != NULL && *from != '\0') {
        if (strncmp(from, mark, strlen(mark)) == 0)
            return from;
        from = strchr(from, '\n');
        from = from != NULL ? from + 1 : NULL;
    }
    return NULL;
}

/* "-- Running upgrade 1a2b -> 3c4d, 5e6f -> 7a8b" ends in what is reached; a downgrade begins with what is left. */
static const char *revision_of(keel_arena *arena, const char *line, const char *mark)
{
    const char *end = line + strcspn(line, "\r\n"), *found = line + strlen(mark);

    for (const char *at = line; mark == up_mark && at + 3 <= end; at++)
        if (strncmp(at, "-> ", 3) == 0)
            found = at + 3;
    return keel_arena_strndup(arena, found, strcspn(found, ", \t\r\n"));
}

static int lines_between(const char *from, const char *to)
{
    int lines = 0;

    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

/* Is a transaction open behind this piece of the file, if one was open in front of it or not? */
static bool is_open_behind(keel_arena *arena, const char *text, size_t size, bool open)
{
    keel_sql_statements statements;

    keel_sql_split(arena, text, size, &statements);
    for (size_t i = 0; i < statements.count; i++) {
        const keel_sql_statement *s = &statements.items[i];
        keel_sql_token word = keel_sql_next(text, size, s->start);
        if (word.size == s->size && keel_sql_is_word(text, word, "begin"))
            open = true;
        else if (word.size == s->size && keel_sql_is_word(text, word, "commit"))
            open = false;
    }
    return open;
}

/* The piece between two marks; a transaction around several of them becomes one around each. */
static keel_migration_sql section_of(keel_arena *arena, const keel_migration_sql *file, const char *start, const char *end,
                                     bool *open)
{
    keel_migration_sql section = *file;
    bool opens = *open;

    *open = is_open_behind(arena, start, (size_t)(end - start), opens);
    section.text = keel_arena_printf(arena, "%s%.*s%s", opens ? "BEGIN; " : "", (int)(end - start), start,
                                     *open ? "COMMIT;\n" : "");
    section.size = strlen(section.text);
    section.line = 1 + lines_between(file->text, start);
    return section;
}

static keel_migration *find(const keel_migration_folder *folder, const char *revision)
{
    for (size_t i = 0; i < folder->migrations.count; i++)
        if (keel_streq(folder->migrations.items[i].name, revision))
            return &folder->migrations.items[i];
    return NULL;
}

static bool add_section(keel_folder_reader *reader, const char *entry, const char *revision, bool up,
                        const keel_migration_sql *section, keel_error *err)
{
    keel_migration *migration = NULL;

    if (up) {
        const char *version =
            keel_arena_printf(reader->arena, "%04zu_%s", reader->folder->migrations.count + 1, revision);
        migration = keel_layout_migration(reader, version, revision, entry);
        migration->up = *section;
        return true;
    }
    migration = find(reader->folder, revision);
    if (migration == NULL) {
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: the way down of revision \"%s\", which no file brings up", section->path,
                  section->line, revision);
        return keel_fail_hint(err, "Put what \"alembic upgrade --sql\" writes beside it.");
    }
    migration->down = *section;
    return true;
}

static bool read_entry(keel_folder_reader *reader, const char *entry, bool up, keel_error *err)
{
    const char *mark = up ? up_mark : down_mark;
    keel_migration_sql file;
    bool open = false;

    if (!keel_layout_read_file(reader, entry, &file, err))
        return false;
    const char *start = file.text;
    for (const char *at = next_mark(file.text, mark); at != NULL;) {
        const char *next = next_mark(at + 1, mark), *end = next != NULL ? next : file.text + file.size;
        keel_migration_sql section = section_of(reader->arena, &file, start, end, &open);
        if (!add_section(reader, entry, revision_of(reader->arena, at, mark), up, &section, err))
            return false;
        at = start = next;
    }
    return true;
}

/* The ways up first: a way down belongs to one of them, whatever the files are called. */
static bool read(keel_folder_reader *reader, keel_error *err)
{
    for (int up = 1; up >= 0; up--)
        for (size_t i = 0; i < reader->count; i++)
            if (claims(reader, &reader->entries[i]) && !read_entry(reader, reader->entries[i].name, up, err))
                return false;
    return true;
}

const keel_layout keel_layout_alembic = {
    .id = "alembic",
    .title = "the SQL that \"alembic upgrade --sql\" writes",
    .help = "Each revision behind a line \"-- Running upgrade A -> B\" is a version, in the order of the file; what stands "
            "before the first belongs to it. \"alembic downgrade --sql\" in a file beside gives the ways down. A "
            "transaction around all becomes one around each; alembic_version is kept like everything else.",
    .sign = "files of \"alembic upgrade --sql\"",
    .claims = claims,
    .read = read,
};
