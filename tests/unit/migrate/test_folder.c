/* Folders of every layout, read as they are. */
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "migrate/folder.h"
#include "migrate/layout.h"
#include "tap.h"

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *level)
{
    (void)facts, (void)type, (void)level;
    return remove(path);
}

/* A folder of these files: name, text, name, text, NULL. */
static const char *folder_of(keel_arena *arena, const char *const *files)
{
    char *path = keel_arena_printf(arena, "%s/pgkeel-folder-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");

    if (mkdtemp(path) == NULL)
        exit(2);
    for (; files != NULL && files[0] != NULL; files += 2) {
        const char *slash = strchr(files[0], '/');
        if (slash != NULL)
            mkdir(keel_arena_printf(arena, "%s/%.*s", path, (int)(slash - files[0]), files[0]), 0700);
        FILE *file = fopen(keel_arena_printf(arena, "%s/%s", path, files[0]), "w");
        if (file == NULL || fputs(files[1], file) < 0 || fclose(file) != 0)
            exit(2);
    }
    return path;
}

/* "VERSION name up[ down]" of each migration; "!" for a side outside of transactions. */
static const char *told(keel_arena *arena, const keel_migration_folder *folder)
{
    const char *text = folder->layout->id;

    for (size_t i = 0; i < folder->migrations.count; i++) {
        const keel_migration *m = &folder->migrations.items[i];
        text = keel_arena_printf(arena, "%s | %s %s%s [%s]%s", text, m->version, m->name, m->repeatable ? " again" : "",
                                 m->up.text, m->up.no_transaction ? "!" : "");
        if (m->down.text != NULL)
            text = keel_arena_printf(arena, "%s [%s]%s", text, m->down.text, m->down.no_transaction ? "!" : "");
    }
    return text;
}

typedef struct row {
    const char *what, *layout;
    const char *files[24];
    const char *want;  /* as told, or the error's message behind the folder's path */
} row;

static const row rows[] = {
    {"own", NULL, {"2_b.sql", "-- pgkeel:up\nb\n-- pgkeel:down\nnot b", "10_c.sql", "c", "1_a.sql", "-- pgkeel:up\na"},
     "pgkeel | 1 a [a] | 2 b [b\n] [not b] | 10 c [c]"},
    {"goose", NULL, {"00001_a.sql", "-- +goose Up\na\n-- +goose Down\nb\n", "00002_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nc\n"},
     "goose | 00001 a [a\n] [b\n] | 00002 b [c\n]!"},
    {"dbmate", NULL, {"1_a.sql", "-- migrate:up transaction:false\na\n-- migrate:down\nb\n"}, "dbmate | 1 a [a\n]! [b\n]"},
    {"pairs for several servers", NULL,
     {"20_b.postgres.up.sql", "pg", "20_b.up.sql", "all", "20_b.mysql.up.sql", "my", "20_b.down.sql", "down",
      "3_a.autocommit.up.sql", "x", "V0004.c.up.sql", "y"},
     "up-down | 3 a [x]! | 0004 c [y] | 20 b [pg] [down]"},
    {"pairs of sqlx", NULL, {"1_a.up.sql", "-- no-transaction\na", "1_a.down.sql", "b"}, "up-down | 1 a [-- no-transaction\na]! [b]"},
    {"diesel in two styles", NULL,
     {"2017-09-18-000000_a/up.sql", "a", "2017-09-18-000000_a/down.sql", "b", "20170918000001_c/up.sql", "c",
      "20170918000001_c/metadata.toml", "run_in_transaction = false\n"},
     "diesel | 20170918000000 a [a] [b] | 20170918000001 c [c]!"},
    {"prisma", NULL, {"20200101_a/migration.sql", "a", "migration_lock.toml", "x"}, "prisma | 20200101_a a [a]"},
    {"a migration of Prisma is its whole name", NULL,
     {"20250625_z/migration.sql", "z", "20250625130000_a/migration.sql", "a", "20250625130000_b/migration.sql", "b"},
     "prisma | 20250625130000_a a [a] | 20250625130000_b b [b] | 20250625_z z [z]"},
    {"diesel's metadata with a remark", NULL,
     {"1_a/up.sql", "a", "1_a/metadata.toml", "# run_in_transaction = false\nrun_in_transaction = true\n"}, "diesel | 1 a [a]"},
    {"flyway's ways down go by version", NULL,
     {"U1.2__other.sql", "not a", "V1_2__a.sql", "a", "V1_2__a.sql.conf", "# slow\nexecuteInTransaction=false\n"},
     "flyway | 1.2 a [a]! [not a]"},
    {"flyway", NULL, {"V1_2__b.sql", "b", "V1__a.sql", "a", "U1__a.sql", "not a", "R__views.sql", "r", "V1.10__c.sql", "c"},
     "flyway | 1 a [a] [not a] | 1.2 b [b] | 1.10 c [c] | R__views views again [r]"},
    {"plain", NULL, {"1_a.sql", "a", "2_b.sql", "-- no-transaction\nb"}, "plain | 1 a [a] | 2 b [-- no-transaction\nb]!"},
    {"alembic", NULL, {"all.sql", "BEGIN;\n-- Running upgrade  -> 1a\na\n-- Running upgrade 1a -> 2b, 3c\nb\n"},
     "alembic | 0001_1a 1a [BEGIN;\n-- Running upgrade  -> 1a\na\nCOMMIT;\n]"
     " | 0002_2b 2b [BEGIN; -- Running upgrade 1a -> 2b, 3c\nb\nCOMMIT;\n]"},
    {"alembic with a way down, a transaction each", NULL,
     {"a_down.sql", "BEGIN;\n-- Running downgrade 1a -> \nnot a;\nCOMMIT;\n",
      "b_up.sql", "BEGIN;\n-- Running upgrade  -> 1a\na;\nCOMMIT;\nBEGIN;\n-- Running upgrade 1a -> 2b\nb;\nCOMMIT;\n"},
     "alembic | 0001_1a 1a [BEGIN;\n-- Running upgrade  -> 1a\na;\nCOMMIT;\nBEGIN;\nCOMMIT;\n]"
     " [BEGIN;\n-- Running downgrade 1a -> \nnot a;\nCOMMIT;\n]"
     " | 0002_2b 2b [BEGIN; -- Running upgrade 1a -> 2b\nb;\nCOMMIT;\n]"},
    {"alembic's way down of nothing", NULL, {"a.sql", "BEGIN;\n-- Running downgrade 1a -> \na;\n"},
     "/a.sql:1: the way down of revision \"1a\", which no file brings up"},
    {"a byte order mark", NULL, {"1_a.sql", "\xef\xbb\xbf" "a"}, "plain | 1 a [a]"},
    {"empty", NULL, {NULL}, "pgkeel"},
    {"given", "plain", {"1_a.sql", "-- pgkeel:up\na"}, "plain | 1 a [-- pgkeel:up\na]"},
    {"a version twice", NULL, {"1_a.sql", "a", "01_b.sql", "b"}, "version 1 twice: \"01_b.sql\" and \"1_a.sql\""},
    {"down alone", NULL, {"1_a.down.sql", "a"}, "/1_a.down.sql: a way down without a way up"},
    {"not UTF-8", NULL, {"1_a.sql", "a\nb\xff"}, "/1_a.sql:2: bytes that are not UTF-8"},
    {"down before up", NULL, {"1_a.sql", "-- migrate:down\n-- migrate:up\n"},
     "/1_a.sql:1: the way down stands before the way up"},
    {"CRLF", NULL, {"1_a.sql", "-- pgkeel:up\r\na\r\n-- pgkeel:down\r\nb\r\n"}, "pgkeel | 1 a [a\r\n] [b\r\n]"},
    {"an empty file", NULL, {"1_a.sql", "", "2_b.sql", "-- only a comment\n"}, "plain | 1 a [] | 2 b [-- only a comment\n]"},
    {"SQL before the first mark", NULL, {"1_a.sql", "-- fine\n\ncreate table a ();\n-- +goose Up\nb\n"},
     "/1_a.sql:3: SQL before the line \"-- +goose Up\""},
    {"a mark misspelt", NULL, {"1_a.sql", "-- +goose Up\na\n--  +goose Donw\nb\n"}, "/1_a.sql:3: unknown mark \"+goose Donw\""},
    {"dbmate's mark misspelt", NULL, {"1_a.sql", "-- migrate:up\na\n-- migrate:dwon\nb\n"},
     "/1_a.sql:3: unknown mark \"migrate:dwon\""},
    {"our mark misspelt is found when the file is cut", NULL, {"1_a.sql", "-- pgkeel:up\na\n-- pgkeel:dwon\nb\n"},
     "pgkeel | 1 a [a\n-- pgkeel:dwon\nb\n]"},
    {"a mark twice", NULL, {"1_a.sql", "-- migrate:up\na\n-- migrate:up\nb\n"},
     "/1_a.sql: a mark \"-- migrate:up\" or \"-- migrate:down\" twice"},
    {"a file without its mark", NULL, {"1_a.sql", "-- +goose Up\na\n", "2_b.sql", "b\n"}, "/2_b.sql: no line \"-- +goose Up\""},
    {"two marked layouts", NULL, {"1_a.sql", "-- +goose Up\na\n", "2_b.sql", "-- migrate:up\nb\n"},
     "\"\" holds two layouts: \"1_a.sql\" looks like goose, \"2_b.sql\" like dbmate"},
    {"one marked file among plain ones", NULL, {"1_a.sql", "a", "2_b.sql", "b", "3_c.sql", "-- +goose Up\na\n-- +goose Down\nb\n"},
     "/1_a.sql: no line \"-- +goose Up\""},
    {"folders and plain files", NULL, {"1_a/up.sql", "a", "2_b/up.sql", "b", "3_c.sql", "c"},
     "\"\" holds two layouts: \"1_a\" looks like diesel, \"3_c.sql\" like plain"},
    {"pairs and versions", NULL, {"1_a.up.sql", "a", "2_b.up.sql", "b", "V3__c.sql", "c"},
     "\"\" holds two layouts: \"1_a.up.sql\" looks like up-down, \"V3__c.sql\" like flyway"},
    {"two layouts, one of them named", "up-down", {"1_a.up.sql", "a", "V3__c.sql", "c"}, "up-down | 1 a [a]"},
    {"a Go step of pairs", NULL, {"1_a.up.sql", "a", "2_b.up.go", "x"}, "/2_b.up.go: a migration in Go"},
    {"nothing of ours", NULL, {"readme.txt", "a"}, "nothing in \"\" looks like a migration"},
    {"a Go step", NULL, {"1_a.sql", "-- +goose Up\n", "2_b.go", "x"}, "/2_b.go: a migration in Go"},
    {"no such layout", "gooose", {NULL}, "no layout is called \"gooose\""},
};

/* The message without the folder's path. */
static const char *without(keel_arena *arena, const char *message, const char *path)
{
    const char *at = strstr(message, path);

    return at == NULL ? message
                      : keel_arena_printf(arena, "%.*s%s", (int)(at - message), message, at + strlen(path));
}

/* What C strings cannot hold, and what is no file. */
static void test_odd_files(void)
{
    keel_arena *arena = keel_arena_create();
    const char *path = folder_of(arena, NULL);
    keel_migration_folder *folder = NULL;
    keel_error err = {0};

    FILE *file = fopen(keel_arena_printf(arena, "%s/1_a.sql", path), "w");
    if (file == NULL || fwrite("a;\nb\0c", 1, 6, file) != 6 || fclose(file) != 0)
        exit(2);
    ok(!keel_migration_folder_read(arena, path, NULL, &folder, &err), "a NUL byte is refused");
    is_str(without(arena, err.message, path), "/1_a.sql:2: a NUL byte", "with its place");
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    err = (keel_error){0};
    ok(!keel_migration_folder_read(arena, path, NULL, &folder, &err), "no folder");
    is_str(without(arena, err.message, path), "the folder of migrations \"\": No such file or directory", "by its name");
    ok(strstr(err.hint, "migrate new") != NULL, "and what to do: %s", err.hint);
    path = folder_of(arena, NULL);
    if (symlink("nowhere", keel_arena_printf(arena, "%s/1_a.sql", path)) != 0)
        exit(2);
    err = (keel_error){0};
    ok(!keel_migration_folder_read(arena, path, NULL, &folder, &err), "a file that cannot be read");
    is_str(without(arena, err.message, path), "/1_a.sql: No such file or directory", "by its name");
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    keel_arena_free(arena);
}

int main(void)
{
    test_odd_files();
    for (size_t i = 0; i < KEEL_COUNT_OF(rows); i++) {
        keel_arena *arena = keel_arena_create();
        const char *path = folder_of(arena, rows[i].files);
        keel_migration_folder *folder = NULL;
        keel_error err = {0};
        bool read = keel_migration_folder_read(arena, path, rows[i].layout, &folder, &err);

        is_str(read ? told(arena, folder) : without(arena, err.message, path), rows[i].want, "%s", rows[i].what);
        nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        keel_arena_free(arena);
    }
    return done_testing();
}
