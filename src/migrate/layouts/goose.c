#include "base/str.h"
#include "migrate/layout.h"

static const char *const words[] = {"Up", "Down", "StatementBegin", "StatementEnd", "NO", "ENVSUB", NULL};
static const keel_layout_marks marks = {.up = "-- +goose Up", .down = "-- +goose Down", .prefix = "+goose", .words = words};

static bool claims(keel_folder_reader *reader, const keel_folder_entry *entry)
{
    return keel_layout_is_marked(reader, entry, marks.up);
}

static bool read_file(keel_folder_reader *reader, const char *entry, keel_migration *migration, keel_error *err)
{
    keel_migration_sql file;

    if (!keel_layout_read_file(reader, entry, &file, err) ||
        !keel_layout_cut(reader, &marks, &file, &migration->up, &migration->down, err))
        return false;
    bool outside = keel_layout_has_mark(reader, entry, "-- +goose NO TRANSACTION");
    migration->up.no_transaction = migration->down.no_transaction = outside;
    bool strict = keel_layout_has_mark(reader, entry, "-- +goose ENVSUB ON");
    migration->up.strict = migration->down.strict = strict;
    return true;
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        const char *stem = keel_layout_stem(reader->arena, entry->name, ".sql");
        bool numbered = !entry->directory && keel_layout_split_name(reader->arena, entry->name, &version, &name);
        if (numbered && keel_layout_stem(reader->arena, entry->name, ".go") != NULL)
            return keel_layout_refuse_go(reader, entry->name, err);
        if (!numbered || stem == NULL || !keel_layout_split_name(reader->arena, stem, &version, &name))
            continue;
        if (!read_file(reader, entry->name, keel_layout_migration(reader, version, name, entry->name), err))
            return false;
    }
    return true;
}

const keel_layout keel_layout_goose = {
    .id = "goose",
    .title = "files NNN_name.sql with \"-- +goose Up\" and \"-- +goose Down\"",
    .help = "As goose writes them. StatementBegin and StatementEnd are not needed (statements are cut by PostgreSQL's "
            "own rules) and do no harm; NO TRANSACTION means what it means there. ENVSUB ON makes every ${NAME} of the file "
            "one that must be named with --env or --var; $NAME and ${NAME:-default} are refused. Migrations in Go are refused by name.",
    .sign = "files with \"-- +goose Up\"",
    .reads_plain = true,
    .claims = claims,
    .read = read,
};
