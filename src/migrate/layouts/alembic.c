#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"

/* What "alembic upgrade --sql" writes: all revisions in one file, each behind a line that names it. */
static const char mark[] = "-- Running upgrade ";

static const char *next_mark(const char *from)
{
    while (from != NULL && *from != '\0') {
        if (strncmp(from, mark, strlen(mark)) == 0)
            return from;
        from = strchr(from, '\n');
        from = from != NULL ? from + 1 : NULL;
    }
    return NULL;
}

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    size_t found = 0;

    for (size_t i = 0; i < reader->count; i++)
        found += !reader->entries[i].directory &&
                 keel_layout_stem(reader->arena, reader->entries[i].name, ".sql") != NULL &&
                 keel_layout_has_mark(reader, reader->entries[i].name, "-- Running upgrade");
    *ret_why = keel_arena_printf(reader->arena, "%zu files of \"alembic upgrade --sql\"", found);
    return found;
}

/* "-- Running upgrade  -> 1a2b" or "-- Running upgrade 1a2b -> 3c4d, 5e6f -> 7a8b": the revision behind the last arrow. */
static const char *revision_of(keel_arena *arena, const char *line)
{
    const char *end = line + strcspn(line, "\r\n"), *found = line + strlen(mark);

    for (const char *at = line; at + 3 <= end; at++)
        if (strncmp(at, "-> ", 3) == 0)
            found = at + 3;
    size_t size = strcspn(found, ", \t\r\n");
    return keel_arena_strndup(arena, found, size);
}

static int lines_between(const char *from, const char *to)
{
    int lines = 0;

    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

static void add_revision(keel_folder_reader *reader, const keel_migration_sql *file, const char *entry,
                         const char *start, const char *end)
{
    const char *revision = revision_of(reader->arena, start);
    const char *version =
        keel_arena_printf(reader->arena, "%04zu_%s", reader->folder->migrations.count + 1, revision);
    keel_migration *migration = keel_layout_migration(reader, version, revision, entry);

    migration->up = *file;
    migration->up.size = (size_t)(end - start);
    migration->up.text = keel_arena_strndup(reader->arena, start, migration->up.size);
    migration->up.line = 1 + lines_between(file->text, start);
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        keel_migration_sql file;
        if (entry->directory || keel_layout_stem(reader->arena, entry->name, ".sql") == NULL)
            continue;
        if (!keel_layout_read_file(reader, entry->name, &file, err))
            return false;
        for (const char *start = next_mark(file.text); start != NULL;) {
            const char *next = next_mark(start + 1);
            add_revision(reader, &file, entry->name, start, next != NULL ? next : file.text + file.size);
            start = next;
        }
    }
    return true;
}

const keel_layout keel_layout_alembic = {
    .id = "alembic",
    .title = "the SQL that \"alembic upgrade --sql\" writes",
    .help = "Each revision behind a line \"-- Running upgrade A -> B\" is a version, in the order of the file. BEGIN and "
            "COMMIT of that file bound its transactions; the updates of alembic_version are run like everything else.",
    .recognise = recognise,
    .read = read,
};
