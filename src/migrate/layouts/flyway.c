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

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    const char *version = NULL, *name = NULL;

    return take_apart(reader->arena, entry, &version, &name) != 0;
}

/* V1__name.sql.conf beside V1__name.sql: executeInTransaction=false. */
static bool outside_transaction(keel_folder_reader *reader, const char *name, bool *ret_outside, keel_error *err)
{
    const char *conf = keel_arena_printf(reader->arena, "%s.conf", name);
    keel_migration_sql text;

    *ret_outside = false;
    if (!keel_layout_has_file(reader, ".", conf))
        return true;
    if (!keel_layout_read_file(reader, conf, &text, err))
        return false;
    *ret_outside = keel_layout_has_mark(reader, conf, "executeInTransaction=false");
    return true;
}

static keel_migration *find(const keel_migration_folder *folder, const char *version)
{
    for (size_t i = 0; i < folder->migrations.count; i++)
        if (keel_streq(folder->migrations.items[i].version, version))
            return &folder->migrations.items[i];
    return NULL;
}

/* A U belongs to the V of its version, whatever they are called. */
static bool read_entry(keel_folder_reader *reader, const char *entry, char kind, const char *version, const char *name,
                       keel_error *err)
{
    keel_migration *migration = kind == 'U' ? find(reader->folder, version) : NULL;
    bool outside = false;

    if (migration == NULL)
        migration = keel_layout_migration(reader, version, name, entry);
    keel_migration_sql *side = kind == 'U' ? &migration->down : &migration->up;
    migration->repeatable = kind == 'R';
    if (!keel_layout_read_file(reader, entry, side, err) || !outside_transaction(reader, entry, &outside, err))
        return false;
    side->no_transaction = outside;
    return true;
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (int downs = 0; downs < 2; downs++)
        for (size_t i = 0; i < reader->count; i++) {
            char kind = take_apart(reader->arena, &reader->entries[i], &version, &name);
            if (kind != 0 && (kind == 'U') == downs &&
                !read_entry(reader, reader->entries[i].name, kind, version, name, err))
                return false;
        }
    return true;
}

const keel_layout keel_layout_flyway = {
    .id = "flyway",
    .title = "files V1__name.sql, U1__name.sql and R__name.sql",
    .help = "As Flyway writes them: V is applied once, U is its way down, R is applied again whenever it changes, behind "
            "all others, and after a way down. executeInTransaction=false of NAME.sql.conf is honoured. Placeholders are not "
            "replaced unless named with --var or --env.",
    .sign = "files V1__name.sql, U1__name.sql or R__name.sql",
    .claims = claims,
    .read = read,
};
