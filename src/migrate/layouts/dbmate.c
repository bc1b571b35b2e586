#include "migrate/layout.h"

static const char *const words[] = {"up", "down", NULL};
static const keel_layout_marks marks = {.up = "-- migrate:up", .down = "-- migrate:down", .prefix = "migrate:", .words = words};

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return keel_layout_is_marked(reader, entry, marks.up);
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    return keel_layout_read_marked(reader, &marks, err);
}

const keel_layout keel_layout_dbmate = {
    .id = "dbmate",
    .title = "files NNN_name.sql with \"-- migrate:up\" and \"-- migrate:down\"",
    .help = "As dbmate writes them. \"transaction:false\" behind a mark means what it means there; files with one "
            "statement that no transaction takes need it no longer.",
    .sign = "files with \"-- migrate:up\"",
    .reads_plain = true,
    .claims = claims,
    .read = read,
};
