#include "base/str.h"
#include "migrate/layout.h"

static const char *stem_of(keel_arena *arena, const keel_folder_entry *entry)
{
    if (entry->directory || keel_layout_stem(arena, entry->name, ".down.sql") != NULL ||
        keel_layout_stem(arena, entry->name, ".up.sql") != NULL)
        return NULL;
    return keel_layout_stem(arena, entry->name, ".sql");
}

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    const char *version = NULL, *name = NULL;
    const char *stem = stem_of(reader->arena, entry);

    return stem != NULL && keel_layout_split_name(reader->arena, stem, &version, &name);
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const char *stem = stem_of(reader->arena, &reader->entries[i]);
        if (stem == NULL || !keel_layout_split_name(reader->arena, stem, &version, &name))
            continue;
        keel_migration *migration = keel_layout_migration(reader, version, name, reader->entries[i].name);
        if (!keel_layout_read_file(reader, reader->entries[i].name, &migration->up, err))
            return false;
        migration->up.no_transaction = keel_layout_has_mark(reader, reader->entries[i].name, "-- no-transaction");
    }
    return true;
}

const keel_layout keel_layout_plain = {
    .id = "plain",
    .title = "plain files NNN_name.sql",
    .help = "One file per version, all of it up, as sqlx and many scripts have it; \"-- no-transaction\" as a line of its "
            "own keeps the file outside of transactions. Pairs NNN_name.up.sql and .down.sql are the layout \"up-down\".",
    .sign = "plain files NNN_name.sql",
    .reads_plain = true,
    .claims = claims,
    .read = read,
};
