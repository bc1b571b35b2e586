#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return entry->directory && entry->name[0] >= '0' && entry->name[0] <= '9' &&
           keel_layout_has_file(reader, entry->name, "migration.sql");
}

/* Prisma knows a migration by its whole name: two with the same time are two. */
static bool read_directory(keel_folder_reader *reader, const char *directory, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    if (!keel_layout_split_name(reader->arena, directory, &version, &name))
        return true;
    keel_migration *migration = keel_layout_migration(reader, directory, name, directory);
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
        if (claims(reader, &reader->entries[i]) && !read_directory(reader, reader->entries[i].name, err))
            return false;
    return true;
}

const keel_layout keel_layout_prisma = {
    .id = "prisma",
    .title = "folders VERSION_name with migration.sql",
    .help = "As Prisma writes them; the folder's whole name is the version. There is no way down unless the folder holds a down.sql too.",
    .sign = "folders with migration.sql",
    .claims = claims,
    .read = read,
    .compare = strcmp, /* Prisma's own order: 20250625_a comes behind 20250625130000_b */
};
