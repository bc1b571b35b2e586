#include "migrate/folder.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/map.h"
#include "base/str.h"
#include "migrate/layout.h"

static int by_name(const void *left, const void *right)
{
    return strcmp(((const keel_folder_entry *)left)->name, ((const keel_folder_entry *)right)->name);
}

static bool is_directory(const keel_folder_reader *reader, const struct dirent *found)
{
    struct stat facts;

    if (found->d_type == DT_REG || found->d_type == DT_DIR)
        return found->d_type == DT_DIR;
    const char *path = keel_arena_printf(reader->arena, "%s/%s", reader->path, found->d_name);
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static void close_directory(DIR **directory)
{
    if (*directory != NULL)
        closedir(*directory);
}

static bool list_entries(keel_folder_reader *reader, keel_error *err)
{
    struct { keel_folder_entry *items; size_t count, capacity; } entries = {0};
    KEEL_CLEANUP(close_directory) DIR *directory = opendir(reader->path);

    if (directory == NULL) {
        keel_fail(err, KEEL_ERR_CONFIG, "the folder of migrations \"%s\": %s", reader->path, strerror(errno));
        return keel_fail_hint(err, "Name another with --dir, or make it with \"pgkeel migrate new NAME\".");
    }
    for (struct dirent *found; (found = readdir(directory)) != NULL;) {
        if (found->d_name[0] == '.')
            continue;
        keel_folder_entry entry = {keel_arena_strdup(reader->arena, found->d_name),
                                   is_directory(reader, found)};
        keel_arena_push(reader->arena, &entries, entry);
    }
    if (entries.count > 0)
        qsort(entries.items, entries.count, sizeof *entries.items, by_name);
    reader->entries = entries.items;
    reader->count = entries.count;
    return true;
}

static const char *layout_names(keel_arena *arena)
{
    const char *names = keel_layouts[0]->id;

    for (size_t i = 1; keel_layouts[i] != NULL; i++)
        names = keel_arena_printf(arena, "%s, %s", names, keel_layouts[i]->id);
    return names;
}

static size_t count_claims(keel_folder_reader *reader, const keel_layout *layout)
{
    size_t count = 0;

    for (size_t i = 0; i < reader->count; i++)
        count += layout->claims(reader, &reader->entries[i]);
    return count;
}

static bool given_layout(keel_folder_reader *reader, const char *id, keel_error *err)
{
    reader->folder->layout = keel_layout_find(id);
    if (reader->folder->layout == NULL) {
        keel_fail(err, KEEL_ERR_USAGE, "no layout is called \"%s\"", id);
        return keel_fail_hint(err, "There are: %s.", layout_names(reader->arena));
    }
    reader->folder->recognised_by = "given";
    if (reader->count > 0 && count_claims(reader, reader->folder->layout) == 0) {
        keel_fail(err, KEEL_ERR_CONFIG, "nothing in \"%s\" looks like the layout \"%s\"", reader->path, id);
        return keel_fail_hint(err, "It wants %s.", reader->folder->layout->title);
    }
    return true;
}

static const char *first_claim(keel_folder_reader *reader, const keel_layout *layout)
{
    for (size_t i = 0; i < reader->count; i++)
        if (layout->claims(reader, &reader->entries[i]))
            return reader->entries[i].name;
    return "";
}

/* A file that another layout claims would be passed over, or read wrongly: nobody wants that unsaid. */
static bool check_unmixed(keel_folder_reader *reader, keel_error *err)
{
    const keel_layout *ours = reader->folder->layout;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        for (size_t k = 0; keel_layouts[k] != NULL && !ours->claims(reader, entry); k++) {
            bool plain = keel_layouts[k + 1] == NULL;
            if ((plain && ours->reads_plain) || !keel_layouts[k]->claims(reader, entry))
                continue;
            keel_fail(err, KEEL_ERR_CONFIG, "\"%s\" holds two layouts: \"%s\" looks like %s, \"%s\" like %s", reader->path,
                      first_claim(reader, ours), ours->id, entry->name, keel_layouts[k]->id);
            return keel_fail_hint(err, "Move one of them away; or say --layout %s, and what is not of it is left alone.",
                                  ours->id);
        }
    }
    return true;
}

/* The layout that claims most entries; of equal claims the first in the list, which is the more particular one. */
static bool recognise(keel_folder_reader *reader, keel_error *err)
{
    size_t most = 0;

    reader->folder->layout = keel_layouts[0];
    reader->folder->recognised_by = "the folder is empty";
    for (size_t i = 0; keel_layouts[i] != NULL; i++) {
        size_t claimed = count_claims(reader, keel_layouts[i]);
        bool plain = keel_layouts[i + 1] == NULL;
        if (claimed <= most || (plain && most > 0))
            continue;
        most = claimed;
        reader->folder->layout = keel_layouts[i];
        reader->folder->recognised_by = keel_arena_printf(reader->arena, "%zu %s", claimed, keel_layouts[i]->sign);
    }
    if (most > 0)
        return check_unmixed(reader, err);
    if (reader->count == 0)
        return true;
    keel_fail(err, KEEL_ERR_CONFIG, "nothing in \"%s\" looks like a migration", reader->path);
    return keel_fail_hint(err, "Layouts that are read: %s. A plain file is called 0001_name.sql.",
                          layout_names(reader->arena));
}

/* The order of qsort's comparison cannot carry a context; few folders hold more than some thousand files. */
static void sort(keel_migration_folder *folder)
{
    int (*compare)(const char *, const char *) =
        folder->layout->compare != NULL ? folder->layout->compare : keel_layout_compare;
    keel_migration *items = folder->migrations.items;

    for (size_t i = 1; i < folder->migrations.count; i++) {
        keel_migration moving = items[i];
        size_t at = i;
        for (; at > 0; at--) {
            const keel_migration *before = &items[at - 1];
            if (before->repeatable == moving.repeatable ? compare(before->version, moving.version) <= 0
                                                        : moving.repeatable)
                break;
            items[at] = items[at - 1];
        }
        items[at] = moving;
    }
}

static bool check(const keel_migration_folder *folder, keel_error *err)
{
    const keel_migration *items = folder->migrations.items;

    for (size_t i = 0; i < folder->migrations.count; i++) {
        if (items[i].up.text == NULL) {
            keel_fail(err, KEEL_ERR_CONFIG, "%s: a way down without a way up", items[i].down.path);
            return keel_fail_hint(err, "Version %s has no SQL to apply; add it, or remove the file.", items[i].version);
        }
        if (i > 0 && keel_layout_compare(items[i - 1].version, items[i].version) == 0) {
            keel_fail(err, KEEL_ERR_CONFIG, "version %s twice: \"%s\" and \"%s\"", items[i].version, items[i - 1].file,
                      items[i].file);
            return keel_fail_hint(err, "Give one of them a version of its own.");
        }
    }
    return true;
}

bool keel_migration_folder_read(keel_arena *arena, const char *path, const char *layout,
                                keel_migration_folder **ret_folder, keel_error *err)
{
    KEEL_CLEANUP(keel_map_free_p) keel_map *texts = keel_map_create();
    KEEL_CLEANUP(keel_map_free_p) keel_map *numbers = keel_map_create();
    keel_migration_folder *folder = keel_arena_alloc(arena, sizeof *folder);
    keel_folder_reader reader = {.arena = arena, .path = path, 
                                 .texts = texts, .numbers = numbers, .folder = folder};

    folder->path = keel_arena_strdup(arena, path);
    if (!list_entries(&reader, err) ||
        !(layout != NULL ? given_layout(&reader, layout, err) : recognise(&reader, err)) ||
        !folder->layout->read(&reader, err))
        return false;
    sort(folder);
    if (!check(folder, err))
        return false;
    *ret_folder = folder;
    return true;
}

void keel_migration_folder_set_variables(keel_migration_folder *folder, const struct keel_variables *variables)
{
    for (size_t i = 0; i < folder->migrations.count; i++)
        folder->migrations.items[i].up.variables = folder->migrations.items[i].down.variables = variables;
}

bool keel_migration_file_read(keel_arena *arena, const char *path, keel_migration *ret_migration, keel_error *err)
{
    static const keel_layout_marks known[] = {{"-- pgkeel:up", "-- pgkeel:down", false},
                                              {"-- +goose Up", "-- +goose Down", false},
                                              {"-- migrate:up", "-- migrate:down", false}};
    KEEL_CLEANUP(keel_map_free_p) keel_map *texts = keel_map_create();
    const char *slash = strrchr(path, '/');
    keel_folder_reader reader = {.arena = arena, .texts = texts,
                                 .path = slash != NULL ? keel_arena_strndup(arena, path, (size_t)(slash - path)) : "."};
    const char *name = slash != NULL ? slash + 1 : path;
    keel_migration migration = {.version = name, .name = name, .file = path};
    keel_migration_sql file;

    if (!keel_layout_read_file(&reader, name, &file, err))
        return false;
    file.path = keel_arena_strdup(arena, path);
    migration.up = file;
    for (size_t i = 0; i < KEEL_COUNT_OF(known); i++)
        if (keel_layout_has_mark(&reader, name, known[i].up) &&
            !keel_layout_cut(&reader, &known[i], &file, &migration.up, &migration.down, err))
            return false;
    *ret_migration = migration;
    return true;
}
