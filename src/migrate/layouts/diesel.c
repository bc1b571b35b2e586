#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"

/* diesel orders by the digits of the version alone: "2017-09-18-000000" and "20170918000001" are two styles of one. */
static const char *digits_only(keel_arena *arena, const char *version)
{
    char *digits = keel_arena_strdup(arena, version);
    size_t count = 0;

    for (const char *c = version; *c != '\0'; c++)
        if (*c >= '0' && *c <= '9')
            digits[count++] = *c;
    digits[count] = '\0';
    return digits;
}

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return entry->directory && entry->name[0] >= '0' && entry->name[0] <= '9' &&
           keel_layout_has_file(reader, entry->name, "up.sql");
}

/* metadata.toml knows one key: run_in_transaction = false. */
static bool says_outside(const char *toml)
{
    static const char key[] = "run_in_transaction";

    for (const char *line = toml; *line != '\0'; line += *line == '\n') {
        line += strspn(line, " \t");
        if (strncmp(line, key, strlen(key)) == 0) {
            line += strlen(key);
            line += strspn(line, " \t=");
            return strncmp(line, "false", 5) == 0;
        }
        line += strcspn(line, "\n");
    }
    return false;
}

static bool outside_transaction(keel_folder_reader *reader, const char *directory, bool *ret_outside, keel_error *err)
{
    keel_migration_sql toml;

    *ret_outside = false;
    if (!keel_layout_has_file(reader, directory, "metadata.toml"))
        return true;
    if (!keel_layout_read_file(reader, keel_arena_printf(reader->arena, "%s/metadata.toml", directory), &toml, err))
        return false;
    *ret_outside = says_outside(toml.text);
    return true;
}

static bool read_directory(keel_folder_reader *reader, const char *directory, keel_error *err)
{
    size_t version_size = strspn(directory, "0123456789-");
    const char *name = directory + version_size + (directory[version_size] == '_');
    const char *version = digits_only(reader->arena, keel_arena_strndup(reader->arena, directory, version_size));
    keel_migration *migration = keel_layout_migration(reader, version, name, directory);
    bool outside = false;

    if (!keel_layout_read_file(reader, keel_arena_printf(reader->arena, "%s/up.sql", directory), &migration->up, err) ||
        !outside_transaction(reader, directory, &outside, err))
        return false;
    if (keel_layout_has_file(reader, directory, "down.sql") &&
        !keel_layout_read_file(reader, keel_arena_printf(reader->arena, "%s/down.sql", directory), &migration->down, err))
        return false;
    migration->up.no_transaction = migration->down.no_transaction = outside;
    return true;
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    for (size_t i = 0; i < reader->count; i++)
        if (claims(reader, &reader->entries[i]) && !read_directory(reader, reader->entries[i].name, err))
            return false;
    return true;
}

const keel_layout keel_layout_diesel = {
    .id = "diesel",
    .title = "folders VERSION_name with up.sql and down.sql",
    .help = "As diesel writes them. Versions are ordered by their digits alone; \"run_in_transaction = false\" of "
            "metadata.toml is honoured.",
    .sign = "folders with up.sql",
    .claims = claims,
    .read = read,
};
