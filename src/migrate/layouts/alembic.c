#include <string.h>

#include "base/map.h"
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

/* A way up as it was found. */
typedef struct revision {
    const char *name, *entry;
    const char *parents; /* "1a2b, 5e6f"; "" of the first */
    keel_migration_sql section;
    bool placed;
} revision;

typedef struct revisions {
    revision *items;
    size_t count, capacity;
} revisions;

/* What stands between the mark and the last arrow. */
static const char *parents_of(keel_arena *arena, const char *line)
{
    const char *begin = line + strlen(up_mark), *end = begin;

    for (const char *at = begin; at[0] != '\0' && at[0] != '\n' && at[0] != '\r'; at++)
        if (strncmp(at, "-> ", 3) == 0)
            end = at;
    return keel_arena_strndup(arena, begin, (size_t)(end - begin));
}

/* All that it follows upon and that the folder has stand before it. */
static bool is_ready(keel_arena *arena, const keel_map *found, const revision *r)
{
    static const char separators[] = ", \t";

    for (const char *at = r->parents + strspn(r->parents, separators); *at != '\0'; at += strspn(at, separators)) {
        size_t size = strcspn(at, separators);
        const revision *parent = keel_map_get(found, keel_arena_strndup(arena, at, size));
        if (parent != NULL && !parent->placed)
            return false;
        at += size;
    }
    return true;
}

static void place(keel_folder_reader *reader, revision *r)
{
    const char *version = keel_arena_printf(reader->arena, "%04zu_%s", reader->folder->migrations.count + 1, r->name);

    keel_layout_migration(reader, version, r->name, r->entry)->up = r->section;
    r->placed = true;
}

static bool fail_at(const revision *r, const char *what, const char *hint, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: revision \"%s\" %s", r->section.path, r->section.line, r->name, what);
    return keel_fail_hint(err, "%s", hint);
}

/* In the order of the chain, whatever the files are called: names of revisions do not sort. */
static bool place_all(keel_folder_reader *reader, revisions *all, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *found = keel_map_create();
    size_t left = all->count;

    for (size_t i = 0; i < all->count; i++) {
        if (keel_map_get(found, all->items[i].name) != NULL)
            return fail_at(&all->items[i], "is there twice", "Leave one of them.", err);
        keel_map_put(found, all->items[i].name, &all->items[i]);
    }
    while (left > 0) {
        size_t before = left;
        for (size_t i = 0; i < all->count; i++)
            if (!all->items[i].placed && is_ready(reader->arena, found, &all->items[i])) {
                place(reader, &all->items[i]);
                left--;
            }
        for (size_t i = 0; left == before && i < all->count; i++)
            if (!all->items[i].placed)
                return fail_at(&all->items[i], "follows upon itself", "A chain of revisions has a first one.", err);
    }
    return true;
}

static keel_migration *find(const keel_migration_folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->migrations.count; i++)
        if (keel_streq(folder->migrations.items[i].name, name))
            return &folder->migrations.items[i];
    return NULL;
}

static bool add_down(keel_folder_reader *reader, const revision *r, keel_error *err)
{
    keel_migration *migration = find(reader->folder, r->name);

    if (migration == NULL) {
        keel_fail(err, KEEL_ERR_CONFIG, "%s:%d: the way down of revision \"%s\", which no file brings up", r->section.path,
                  r->section.line, r->name);
        return keel_fail_hint(err, "Put what \"alembic upgrade --sql\" writes beside it.");
    }
    migration->down = r->section;
    return true;
}

/* Ways up are added to *ups; ways down go to the migrations, which are there by then. */
static bool read_entry(keel_folder_reader *reader, const char *entry, revisions *ups, keel_error *err)
{
    const char *mark = ups != NULL ? up_mark : down_mark;
    keel_migration_sql file;
    bool open = false;

    if (!keel_layout_read_file(reader, entry, &file, err))
        return false;
    const char *start = file.text;
    for (const char *at = next_mark(file.text, mark); at != NULL;) {
        const char *next = next_mark(at + 1, mark), *end = next != NULL ? next : file.text + file.size;
        revision r = {.name = revision_of(reader->arena, at, mark), .entry = entry,
                      .section = section_of(reader->arena, &file, start, end, &open)};
        if (ups != NULL) {
            r.parents = parents_of(reader->arena, at);
            keel_arena_push(reader->arena, ups, r);
        } else if (!add_down(reader, &r, err)) {
            return false;
        }
        at = start = next;
    }
    return true;
}

static bool read_entries(keel_folder_reader *reader, revisions *ups, keel_error *err)
{
    for (size_t i = 0; i < reader->count; i++)
        if (claims(reader, &reader->entries[i]) && !read_entry(reader, reader->entries[i].name, ups, err))
            return false;
    return true;
}

/* The ways up first: a way down belongs to one of them. */
static bool read(keel_folder_reader *reader, keel_error *err)
{
    revisions ups = {0};

    return read_entries(reader, &ups, err) && place_all(reader, &ups, err) && read_entries(reader, NULL, err);
}

const keel_layout keel_layout_alembic = {
    .id = "alembic",
    .title = "the SQL that \"alembic upgrade --sql\" writes",
    .help = "Each revision behind a line \"-- Running upgrade A -> B\" is a version, in the order of the chain; what stands "
            "before the first belongs to it. \"alembic downgrade --sql\" in a file beside gives the ways down. A "
            "transaction around all becomes one around each; alembic_version is kept like everything else.",
    .sign = "files of \"alembic upgrade --sql\"",
    .claims = claims,
    .read = read,
};
