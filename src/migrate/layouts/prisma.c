#include "base/str.h"
#include "migrate/layout.h"

static bool is_ours(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return entry->directory && entry->name[0] >= '0' && entry->name[0] <= '9' &&
           keel_layout_has_file(reader, entry->name, "migration.sql");
}

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    size_t found = 0;

    for (size_t i = 0; i < reader->count; i++)
        found += is_ours(reader, &reader->entries[i]);
    *ret_why = keel_arena_printf(reader->arena, "%zu folders with migration.sql", found);
    return found;
}

static bool read_directory(keel_folder_reader *reader, const char *directory, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    if (!keel_layout_split_name(reader->arena, directory, &version, &name))
        return true;
    keel_migration *migration = keel_layout_migration(reader, version, name, directory);
    if (!keel_layout_read_file(reader, keel_arena_printf(reader->arena, "%s/migration.sql", directory), &migration->up,
                               err))
        return false;
    return !keel_layout_has_file(reader, directory, "down.sql") ||
           keel_layout_read_file(reader, keel_arena_printf(reader->arena, "%s/down.sql", directory), &migration->down,
                                 err);
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    for (size_t i = 0; i < reader->count; i++)
        if (is_ours(reader, &reader->entries[i]) && !read_directory(reader, reader->entries[i].name, err))
            return false;
    return true;
}

const keel_layout keel_layout_prisma = {
    .id = "prisma",
    .title = "folders VERSION_name with migration.sql",
    .help = "As Prisma writes them. There is no way down unless the folder holds a down.sql too.",
    .recognise = recognise,
    .read = read,
};
