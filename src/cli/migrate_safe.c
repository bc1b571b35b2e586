#include "cli/migrate_safe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/lint_script.h"
#include "lint/rewrite.h"

/* A pending file, and which statements of the script are its. */
typedef struct pending_file {
    const keel_migration *migration;
    size_t from, to;
} pending_file;

typedef struct planning {
    keel_cli *cli;
    const char *dir;
    keel_lint_script script;
    keel_rewrites rewrites;
    struct { pending_file *items; size_t count, capacity; } files;
} planning;

static void add_file(planning *p, const keel_migration *migration, const keel_steps *steps, size_t done)
{
    pending_file file = {.migration = migration, .from = p->script.count};
    keel_steps *left = keel_arena_alloc(p->cli->arena, sizeof *left); /* the script points into it */

    *left = *steps;
    left->items += done;
    left->count -= done;
    keel_cli_lint_steps(p->cli, left, &p->script);
    file.to = p->script.count;
    keel_arena_push(p->cli->arena, &p->files, file);
}

/* What is pending in this database, but for the steps that are done. */
static bool add_pending(planning *p, const keel_migrate_options *options, keel_error *err)
{
    const keel_work *work = NULL;

    if (!keel_migrate_look(p->cli->arena, options, p->cli->report, &work, err))
        return false;
    for (size_t i = 0; i < work->lines.count; i++) {
        const keel_work_line *line = &work->lines.items[i];
        bool begun = line->state == KEEL_LINE_APPLYING;
        if (begun || line->state == KEEL_LINE_PENDING || line->state == KEEL_LINE_CHANGED)
            add_file(p, line->migration, &line->up, begun ? KEEL_MIN((size_t)line->steps_done, line->up.count) : 0);
    }
    return true;
}

static bool add_folder(planning *p, const keel_migrate_options *options, keel_error *err)
{
    keel_migration_folder *folder = NULL;

    if (!keel_migration_folder_read(p->cli->arena, options->dir, options->layout, &folder, err))
        return false;
    keel_migration_folder_set_variables(folder, options->variables);
    for (size_t i = 0; i < folder->migrations.count; i++) {
        const keel_migration *migration = &folder->migrations.items[i];
        keel_steps steps = {0};
        if (migration->up.text == NULL)
            continue;
        if (!keel_steps_of(p->cli->arena, &migration->up, 0, &steps, err))
            return false;
        add_file(p, migration, &steps, 0);
    }
    return true;
}

static bool lint(planning *p, keel_pg *pg, keel_error *err)
{
    keel_lint_options options;
    keel_world *world = keel_world_empty(p->cli->arena);

    if (!keel_cli_lint_options(p->cli, NULL, NULL, &options, err))
        return false;
    options.rewrites = &p->rewrites;
    if (pg != NULL && p->script.count > 0 && !keel_world_load(pg, p->cli->arena, &world, err))
        return false;
    keel_lint_run(p->cli->arena, &p->script, world, &options, p->cli->report);
    return true;
}

static const char *rules_of(const planning *p, const keel_lint_statement *s, keel_json *json)
{
    const char *rules = "";

    keel_json_key(json, "rules");
    keel_json_array(json);
    for (size_t i = 0; i < p->rewrites.count; i++) {
        const keel_rewrite *rewrite = &p->rewrites.items[i];
        if (rewrite->statement != s || strstr(rules, rewrite->rule->id) != NULL)
            continue;
        rules = keel_arena_printf(p->cli->arena, "%s%s%s", rules, *rules != '\0' ? ", " : "", rewrite->rule->id);
        keel_json_text(json, rewrite->rule->id);
    }
    keel_json_end_array(json);
    return rules;
}

static bool show_statement(const planning *p, const keel_lint_statement *s, keel_json *json)
{
    KEEL_CLEANUP(keel_str_free) keel_str sql = {0};
    keel_rewritten rewritten;

    if (!keel_rewrite_add(p->cli->arena, &p->rewrites, s, &sql, &rewritten))
        return false;
    keel_json_object(json);
    keel_json_kv_text(json, "file", s->file);
    keel_json_kv_int(json, "line", s->line);
    keel_json_kv_text(json, "statement", s->sql);
    keel_json_kv_text(json, "safe", keel_str_text(&sql));
    const char *rules = rules_of(p, s, json);
    keel_json_end_object(json);
    keel_cli_print(p->cli, "-- %s:%d: instead of %s (%s)\n%s\n\n", s->file, s->line, s->class->command, rules,
                   keel_str_text(&sql));
    return true;
}

static bool read_file(const char *path, keel_str *out, keel_error *err)
{
    char block[65536];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 0;

    if (file < 0)
        return keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
    while ((got = read(file, block, sizeof block)) > 0)
        keel_str_addn(out, block, (size_t)got);
    close(file);
    return got == 0 || keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
}

/* The directories of a path below `root`, made where they are missing. */
static bool make_directories(keel_arena *arena, const char *root, const char *path, keel_error *err)
{
    for (const char *end = path + strlen(root); end != NULL; end = strchr(end + 1, '/')) {
        const char *directory = keel_arena_strndup(arena, path, (size_t)(end - path));
        if (mkdir(directory, 0777) != 0 && errno != EEXIST)
            return keel_fail(err, KEEL_ERR_IO, "%s: %s", directory, strerror(errno));
    }
    return true;
}

static bool write_file(const char *path, const keel_str *text, keel_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (file < 0) {
        keel_fail(err, KEEL_ERR_IO, "%s: %s", path, strerror(errno));
        return errno == EEXIST ? keel_fail_hint(err, "Nothing is written over; give --write a folder that is empty or new.") : false;
    }
    bool written = write(file, keel_str_text(text), text->size) == (ssize_t)text->size;
    if (close(file) == 0 && written)
        return true;
    return keel_fail(err, KEEL_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

/* Where the section stands in its file: by its line, for its text may occur twice. */
static bool find_section(const keel_str *file, const keel_migration_sql *sql, size_t *ret_start, keel_error *err)
{
    bool marked = file->size >= 3 && memcmp(file->data, "\xef\xbb\xbf", 3) == 0;
    const char *at = keel_str_text(file) + (marked ? 3 : 0);

    for (int line = 1; at != NULL && line < sql->line; line++) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || (size_t)(keel_str_text(file) + file->size - at) < sql->size || memcmp(at, sql->text, sql->size) != 0) {
        keel_fail(err, KEEL_ERR_CONFIG, "%s: its SQL is not what the file says", sql->path);
        return keel_fail_hint(err, "It is put together by its layout, or variables stand in it: paste the safe form by hand.");
    }
    *ret_start = (size_t)(at - keel_str_text(file));
    return true;
}

static bool write_copy(planning *p, const pending_file *f, const char *write_to, keel_error *err)
{
    const keel_migration_sql *sql = &f->migration->up;
    KEEL_CLEANUP(keel_str_free) keel_str file = {0};
    KEEL_CLEANUP(keel_str_free) keel_str copy = {0};
    const char *path = keel_arena_printf(p->cli->arena, "%s%s", write_to, sql->path + strlen(p->dir));
    size_t start = 0;

    if (!read_file(sql->path, &file, err) || !find_section(&file, sql, &start, err))
        return false;
    keel_str_addn(&copy, keel_str_text(&file), start);
    keel_rewrite_text(p->cli->arena, &p->rewrites, &p->script, f->from, f->to, sql->text, sql->size, &copy);
    keel_str_addn(&copy, file.data + start + sql->size, file.size - start - sql->size);
    return make_directories(p->cli->arena, write_to, path, err) && write_file(path, &copy, err);
}

static bool write_copies(planning *p, const char *write_to, keel_error *err)
{
    for (size_t i = 0; i < p->files.count; i++)
        if (!write_copy(p, &p->files.items[i], write_to, err))
            return false;
    keel_cli_print(p->cli, "%zu pending file%s written to %s.\n", p->files.count, p->files.count == 1 ? "" : "s", write_to);
    return true;
}

bool keel_cli_migrate_safe(keel_cli *cli, const keel_migrate_options *options, keel_pg *pg, const char *write_to,
                           keel_error *err)
{
    planning p = {.cli = cli, .dir = options->dir};
    size_t count = 0;
    keel_json json;

    if (!(pg != NULL ? add_pending(&p, options, err) : add_folder(&p, options, err)) || !lint(&p, pg, err))
        return false;
    keel_cli_result(cli, &json);
    keel_json_object(&json);
    keel_json_kv_int(&json, "pending", (int64_t)p.files.count);
    keel_json_key(&json, "safe");
    keel_json_array(&json);
    for (size_t i = 0; i < p.script.count; i++)
        count += show_statement(&p, &p.script.items[i], &json);
    keel_json_end_array(&json);
    keel_json_kv_text(&json, "written_to", write_to);
    keel_json_end_object(&json);
    keel_cli_print(cli, "%zu statement%s to be said in another way; no file was changed.\n", count, count == 1 ? "" : "s");
    return write_to == NULL || write_copies(&p, write_to, err);
}
