#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"

/* V1.2__name.sql, U1.2__name.sql, R__name.sql: the kind, or 0. */
static char take_apart(keel_arena *arena, const keel_folder_entry *entry, const char **ret_version, const char **ret_name)
{
    const char *stem = keel_layout_stem(arena, entry->name, ".sql");
    const char *separator = stem != NULL ? strstr(stem, "__") : NULL;

    if (entry->directory || separator == NULL || strchr("VUR", stem[0]) == NULL)
        return 0;
    char *version = keel_arena_strndup(arena, stem + 1, (size_t)(separator - stem) - 1);
    bool numbered = *version != '\0' && version[strspn(version, "0123456789._")] == '\0';
    if (stem[0] == 'R' ? *version != '\0' : !numbered)
        return 0;
    for (char *c = version; *c != '\0'; c++)
        if (*c == '_')
            *c = '.';
    *ret_name = keel_arena_strdup(arena, separator + 2);
    *ret_version = stem[0] == 'R' ? stem : version;
    return stem[0];
}

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    const char *version = NULL, *name = NULL;
    size_t found = 0;

    for (size_t i = 0; i < reader->count; i++)
        found += take_apart(reader->arena, &reader->entries[i], &version, &name) != 0;
    *ret_why = keel_arena_printf(reader->arena, "%zu files V1__name.sql, U1__name.sql or R__name.sql", found);
    return found;
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        char kind = take_apart(reader->arena, entry, &version, &name);
        if (kind == 0)
            continue;
        keel_migration *migration = keel_layout_migration(reader, version, name, entry->name);
        migration->repeatable = kind == 'R';
        if (!keel_layout_read_file(reader, entry->name, kind == 'U' ? &migration->down : &migration->up, err))
            return false;
    }
    return true;
}

const keel_layout keel_layout_flyway = {
    .id = "flyway",
    .title = "files V1__name.sql, U1__name.sql and R__name.sql",
    .help = "As Flyway writes them: V is applied once, U is its way down, R is applied again whenever it changes, behind "
            "all others. Placeholders are not replaced unless named with --var.",
    .recognise = recognise,
    .read = read,
};
