#include "migrate/layout.h"

static const keel_layout_marks marks = {.up = "-- pgkeel:up", .down = "-- pgkeel:down", .plain = true};

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return keel_layout_is_marked(reader, entry, marks.up);
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
    .sign = "files with \"-- pgkeel:up\"",
    .reads_plain = true,
    .claims = claims,
    .read = read,
};
