#include "migrate/layout.h"

static const keel_layout_marks marks = {.up = "-- pgkeel:up", .down = "-- pgkeel:down", .plain = true};

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    size_t plain = 0, marked = 0;
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        const char *stem = keel_layout_stem(reader->arena, entry->name, ".sql");
        if (entry->directory || stem == NULL || !keel_layout_split_name(reader->arena, stem, &version, &name))
            continue;
        plain++;
        marked += keel_layout_has_mark(reader, entry->name, marks.up);
    }
    *ret_why = keel_arena_printf(reader->arena, "%zu files with \"%s\"", marked, marks.up);
    return marked > 0 ? plain : 0;
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    return keel_layout_read_marked(reader, &marks, err);
}

const keel_layout keel_layout_own = {
    .id = "pgkeel",
    .title = "files NNN_name.sql with \"-- pgkeel:up\" and \"-- pgkeel:down\"",
    .help = "One file per version; what is applied stands behind \"-- pgkeel:up\", the way back behind "
            "\"-- pgkeel:down\". A file without marks is all up.",
    .recognise = recognise,
    .read = read,
};
