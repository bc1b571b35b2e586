/* pgkeel migrate new: an empty file in the layout of the folder. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/migrate_options.h"
#include "migrate/layout.h"

/* Letters and digits; all else is one "_". */
static const char *file_name(keel_cli *cli, const char *words)
{
    char *name = keel_arena_strdup(cli->arena, words);
    size_t size = 0;

    for (const char *c = words; *c != '\0'; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        bool upper = *c >= 'A' && *c <= 'Z';
        if (plain || upper)
            name[size++] = (char)(upper ? *c | 0x20 : *c);
        else if (size > 0 && name[size - 1] != '_')
            name[size++] = '_';
    }
    while (size > 0 && name[size - 1] == '_')
        size--;
    name[size] = '\0';
    return name;
}

/* One more than the newest, in as many digits; a folder of timestamps gets the time. */
static const char *next_version(keel_cli *cli, const keel_migration_folder *folder)
{
    enum { TIMESTAMP_DIGITS = 14, SHORTEST = 4 };
    const char *newest = "0";

    for (size_t i = 0; i < folder->migrations.count; i++)
        if (!folder->migrations.items[i].repeatable)
            newest = folder->migrations.items[i].version;
    if (strlen(newest) >= TIMESTAMP_DIGITS) {
        char utc[KEEL_UTC_SIZE], digits[KEEL_UTC_SIZE];
        size_t size = 0;
        keel_format_utc(keel_now(), utc, sizeof utc);
        for (const char *c = utc; *c != '\0' && size < TIMESTAMP_DIGITS; c++)
            if (*c >= '0' && *c <= '9')
                digits[size++] = *c;
        return keel_arena_strndup(cli->arena, digits, size);
    }
    int width = strlen(newest) > 1 ? (int)strlen(newest) : folder->migrations.count > 0 ? 1 : SHORTEST;
    return keel_arena_printf(cli->arena, "%0*lld", width, strtoll(newest, NULL, 10) + 1);
}

static const struct {
    const char *layout, *path, *down_path; /* with version and name */
    const char *text;
} shapes[] = {
    {"pgkeel", "%s_%s.sql", NULL, "-- pgkeel:up\n\n-- pgkeel:down\n\n"},
    {"goose", "%s_%s.sql", NULL, "-- +goose Up\n\n-- +goose Down\n\n"},
    {"dbmate", "%s_%s.sql", NULL, "-- migrate:up\n\n-- migrate:down\n\n"},
    {"up-down", "%s_%s.up.sql", "%s_%s.down.sql", ""},
    {"plain", "%s_%s.sql", NULL, ""},
    {"flyway", "V%s__%s.sql", "U%s__%s.sql", ""},
    {"diesel", "%s_%s/up.sql", "%s_%s/down.sql", ""},
    {"prisma", "%s_%s/migration.sql", NULL, ""},
};

static bool write_file(keel_cli *cli, keel_json *json, const char *dir, const char *path, const char *text, keel_error *err)
{
    const char *full = keel_arena_printf(cli->arena, "%s/%s", dir, path);
    const char *slash = strchr(path, '/');

    if (slash != NULL && mkdir(keel_arena_printf(cli->arena, "%s/%.*s", dir, (int)(slash - path), path), 0777) != 0 &&
        errno != EEXIST)
        return keel_fail(err, KEEL_ERR_IO, "%s: %s", full, strerror(errno));
    int file = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return keel_fail(err, KEEL_ERR_IO, "%s: %s", full, strerror(errno));
    bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (close(file) != 0 || !written)
        return keel_fail(err, KEEL_ERR_IO, "%s: cannot be written", full);
    keel_cli_print(cli, "%s\n", full);
    keel_json_text(json, full);
    return true;
}

static const char *filled(keel_cli *cli, const char *pattern, const char *version, const char *name)
{
    const char *first = strstr(pattern, "%s"), *second = strstr(first + 2, "%s");

    return keel_arena_printf(cli->arena, "%.*s%s%.*s%s%s", (int)(first - pattern), pattern, version,
                             (int)(second - first - 2), first + 2, name, second + 2);
}

static bool write_files(keel_cli *cli, keel_json *json, const keel_migration_folder *folder, const char *words,
                        keel_error *err)
{
    const char *version = next_version(cli, folder), *name = file_name(cli, words);

    if (*name == '\0')
        return keel_fail(err, KEEL_ERR_USAGE, "\"%s\" has no letter or digit for a file's name", words);
    for (size_t i = 0; i < KEEL_COUNT_OF(shapes); i++)
        if (strcmp(shapes[i].layout, folder->layout->id) == 0)
            return write_file(cli, json, folder->path, filled(cli, shapes[i].path, version, name), shapes[i].text, err) &&
                   (shapes[i].down_path == NULL ||
                    write_file(cli, json, folder->path, filled(cli, shapes[i].down_path, version, name), "", err));
    keel_fail(err, KEEL_ERR_USAGE, "files of the layout \"%s\" are made by their own tool", folder->layout->id);
    return keel_fail_hint(err, "Make the file there; pgkeel reads it as it is.");
}

static int run(keel_cli *cli, int argc, char **argv)
{
    const keel_cli_migrate *given = cli->options;
    keel_migration_folder *folder = NULL;
    keel_error err = {0};
    keel_json json;

    (void)argc;
    if (mkdir(given->dir, 0777) != 0 && errno != EEXIST) {
        keel_fail(&err, KEEL_ERR_IO, "the folder \"%s\": %s", given->dir, strerror(errno));
        return keel_cli_fail(cli, &err);
    }
    if (!keel_migration_folder_read(cli->arena, given->dir, given->layout, &folder, &err))
        return keel_cli_fail(cli, &err);
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_key(&json, "files");
    keel_json_array(&json);
    if (!write_files(cli, &json, folder, argv[0], &err)) {
        keel_str_clear(&cli->result); /* half a document */
        return keel_cli_fail(cli, &err);
    }
    keel_json_end_array(&json);
    keel_json_end_object(&json);
    return 0;
}

static const keel_option options[] = {KEEL_CLI_MIGRATE_FOLDER};
static const keel_cli_migrate defaults = KEEL_CLI_MIGRATE_DEFAULTS;

static const keel_example examples[] = {
    {"pgkeel migrate new \"add orders.paid_at\"", "migrations/0042_add_orders_paid_at.sql, with both sections"},
    {NULL, NULL},
};

const keel_command keel_command_migrate_new = {
    .name = "migrate new",
    .summary = "make an empty migration file under the next version",
    .usage = "NAME [--dir FOLDER] [--layout NAME]",
    .help = "The file has the layout of the folder and the version behind its newest: the next number, or the time where versions are times.",
    .examples = examples,
    .options = options,
    .option_count = KEEL_COUNT_OF(options),
    .options_size = sizeof(keel_cli_migrate),
    .defaults = &defaults,
    .min_words = 1,
    .max_words = 1,
    .run = run,
};
