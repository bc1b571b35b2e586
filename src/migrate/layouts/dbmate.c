#include "migrate/layout.h"

static const keel_layout_marks marks = {.up = "-- migrate:up", .down = "-- migrate:down"};

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    size_t marked = 0;

    for (size_t i = 0; i < reader->count; i++)
        marked += !reader->entries[i].directory && keel_layout_stem(reader->arena, reader->entries[i].name, ".sql") &&
                  keel_layout_has_mark(reader, reader->entries[i].name, marks.up);
    *ret_why = keel_arena_printf(reader->arena, "%zu files with \"%s\"", marked, marks.up);
    return marked;
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
    .recognise = recognise,
    .read = read,
};
