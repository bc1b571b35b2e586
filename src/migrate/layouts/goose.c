#include "base/str.h"
#include "migrate/layout.h"

static const keel_layout_marks marks = {.up = "-- +goose Up", .down = "-- +goose Down"};

static size_t recognise(keel_folder_reader *reader, const char **ret_why)
{
    size_t marked = 0;

    for (size_t i = 0; i < reader->count; i++)
        marked += !reader->entries[i].directory && keel_layout_stem(reader->arena, reader->entries[i].name, ".sql") &&
                  keel_layout_has_mark(reader, reader->entries[i].name, marks.up);
    *ret_why = keel_arena_printf(reader->arena, "%zu files with \"%s\"", marked, marks.up);
    return marked;
}

/* Steps in Go cannot be run here, and the files behind them may need what they do. */
static bool refuse_go(const keel_folder_reader *reader, const char *name, keel_error *err)
{
    keel_fail(err, KEEL_ERR_CONFIG, "%s/%s: a migration in Go", reader->path, name);
    return keel_fail_hint(err, "Only SQL can be run; write what it does as SQL, under the same version.");
}

static bool read(keel_folder_reader *reader, keel_error *err)
{
    const char *version = NULL, *name = NULL;

    for (size_t i = 0; i < reader->count; i++) {
        const keel_folder_entry *entry = &reader->entries[i];
        const char *stem = keel_layout_stem(reader->arena, entry->name, ".sql");
        keel_migration_sql file;
        if (!entry->directory && keel_layout_stem(reader->arena, entry->name, ".go") != NULL &&
            keel_layout_split_name(reader->arena, entry->name, &version, &name))
            return refuse_go(reader, entry->name, err);
        if (entry->directory || stem == NULL || !keel_layout_split_name(reader->arena, stem, &version, &name))
            continue;
        keel_migration *migration = keel_layout_migration(reader, version, name, entry->name);
        if (!keel_layout_read_file(reader, entry->name, &file, err) ||
            !keel_layout_cut(reader, &marks, &file, &migration->up, &migration->down, err))
            return false;
        if (keel_layout_has_mark(reader, entry->name, "-- +goose ENVSUB ON"))
            return keel_fail(err, KEEL_ERR_CONFIG, "%s: \"+goose ENVSUB\" is not supported", file.path);
        bool outside = keel_layout_has_mark(reader, entry->name, "-- +goose NO TRANSACTION");
        migration->up.no_transaction = migration->down.no_transaction = outside;
    }
    return true;
}

const keel_layout keel_layout_goose = {
    .id = "goose",
    .title = "files NNN_name.sql with \"-- +goose Up\" and \"-- +goose Down\"",
    .help = "As goose writes them. StatementBegin and StatementEnd are not needed (statements are cut by PostgreSQL's "
            "own rules) and do no harm; NO TRANSACTION means what it means there. ENVSUB and migrations in Go are "
            "refused by name.",
    .recognise = recognise,
    .read = read,
};
