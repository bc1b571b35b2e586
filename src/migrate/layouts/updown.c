#include <string.h>

#include "base/str.h"
#include "migrate/layout.h"

/* Other servers' files of the same folder, by their suffix. */
static const char *const others[] = {".mysql", ".sqlite", ".sqlite3", ".cockroach", ".mssql", ".mariadb", ".oracle"};
static const char *const ours[] = {".postgres", ".postgresql", ".pg"};

typedef struct parts {
    const char *version, *name;
    bool up, autocommit, particular; /* particular: says that it is PostgreSQL's */
} parts;

static bool take_ending(keel_arena *arena, const char **stem, const char *ending)
{
    const char *rest = keel_layout_stem(arena, *stem, ending);

    if (rest != NULL)
        *stem = rest;
    return rest != NULL;
}

/* False for what is no migration of this layout, or another server's. */
static bool take_apart(keel_arena *arena, const keel_folder_entry *entry, parts *ret_parts)
{
    const char *stem = entry->name;
    parts found = {0};

    found.up = take_ending(arena, &stem, ".up.sql");
    if (entry->directory || (!found.up && !take_ending(arena, &stem, ".down.sql")))
        return false;
    found.autocommit = take_ending(arena, &stem, ".autocommit");
    for (size_t i = 0; i < KEEL_COUNT_OF(others); i++)
        if (take_ending(arena, &stem, others[i]))
            return false;
    for (size_t i = 0; i < KEEL_COUNT_OF(ours); i++)
        found.particular = found.particular || take_ending(arena, &stem, ours[i]);
    if (*stem == 'V' || *stem == 'v')
        stem++;
    if (!keel_layout_split_name(arena, stem, &found.version, &found.name))
        return false;
    *ret_parts = found;
    return true;
}

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    parts p;

    return take_apart(reader->arena, entry, &p);
}

static bool read_entry(keel_folder_reader *reader, const keel_folder_entry *entry, const parts *p, keel_error *err)
{
    keel_migration *migration = keel_layout_migration(reader, p->version, p->name, entry->name);
    keel_migration_sql *side = p->up ? &migration->up : &migration->down;

    if (side->text != NULL && !p->particular)
        return true; /* a file for PostgreSQL alone has been there */
    if (!keel_layout_read_file(reader, entry->name, side, err))
        return false;
    if (p->up)
        migration->file = entry->name;
    side->no_transaction = p->autocommit || keel_layout_has_mark(reader, entry->name, "-- no-transaction");
    return true;
}

static bool is_go(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    const char *version = NULL, *name = NULL;

    return !entry->directory &&
           (keel_layout_stem(reader->arena, entry->name, ".up.go") != NULL ||
            keel_layout_stem(reader->arena, entry->name, ".down.go") != NULL) &&
           keel_layout_split_name(reader->arena, entry->name, &version, &name);
}

/* In the order of names, "x.postgres.up.sql" comes before "x.up.sql". */
static bool read(keel_folder_reader *reader, keel_error *err)
{
    parts p;

    for (size_t i = 0; i < reader->count; i++)
        if (is_go(reader, &reader->entries[i]))
            return keel_layout_refuse_go(reader, reader->entries[i].name, err);
    for (size_t i = 0; i < reader->count; i++)
        if (take_apart(reader->arena, &reader->entries[i], &p) && !read_entry(reader, &reader->entries[i], &p, err))
            return false;
    return true;
}

const keel_layout keel_layout_updown = {
    .id = "up-down",
    .title = "pairs of files NNN_name.up.sql and NNN_name.down.sql",
    .help = "As golang-migrate, sqlx and others write them; a V before the number is taken away. Of a folder for several "
            "servers (NAME.postgres.up.sql, NAME.mysql.up.sql) PostgreSQL's file is taken, else the one for all. "
            "\".autocommit\" before \".up.sql\", or a line \"-- no-transaction\", keeps the file outside of transactions.",
    .sign = "files NAME.up.sql or NAME.down.sql",
    .claims = claims,
    .read = read,
};
