#include "migrate_scene.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static _Noreturn void bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *level)
{
    (void)facts, (void)type, (void)level;
    return remove(path);
}

void open_place(place *p, keel_scratch *cluster, const char *name)
{
    *p = (place){.arena = keel_arena_create(), .report = keel_report_create(),
                 .progress = keel_progress_create(true, false)};
    p->pg = cluster_database(cluster, name, p->conninfo);
    snprintf(p->dir, sizeof p->dir, "%s/pgkeel-migrate-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(p->dir) == NULL)
        bail_out("no folder");
    printf("# %s\n", name);
}

void close_place(place *p)
{
    keel_pg_close(p->pg);
    keel_report_free(p->report);
    keel_progress_free(p->progress);
    keel_arena_free(p->arena);
    nftw(p->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void write_bytes(const place *p, const char *name, const char *bytes, size_t size)
{
    const char *slash = strchr(name, '/');

    if (slash != NULL)
        mkdir(keel_arena_printf(p->arena, "%s/%.*s", p->dir, (int)(slash - name), name), 0700);
    FILE *file = fopen(keel_arena_printf(p->arena, "%s/%s", p->dir, name), "w");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        bail_out("no file");
}

void write_file(const place *p, const char *name, const char *text)
{
    write_bytes(p, name, text, strlen(text));
}

static void copy_file(const place *p, const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    char bytes[65536];

    if (file == NULL)
        bail_out(path);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    write_bytes(p, name, bytes, size);
}

static void copy_entries(const place *p, const char *from, const char *below)
{
    const char *path = keel_arena_printf(p->arena, "%s/%s", from, below);
    DIR *directory = opendir(path);

    if (directory == NULL)
        bail_out(path);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *name = keel_arena_printf(p->arena, "%s%s%s", below, *below != '\0' ? "/" : "", entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        const char *full = keel_arena_printf(p->arena, "%s/%s", from, name);
        struct stat facts;
        if (stat(full, &facts) == 0 && S_ISDIR(facts.st_mode))
            copy_entries(p, from, name);
        else
            copy_file(p, full, name);
    }
    closedir(directory);
}

void copy_folder(const place *p, const char *from)
{
    copy_entries(p, from, "");
}

keel_migrate_options options_of(const place *p)
{
    return (keel_migrate_options){.conninfo = p->conninfo, .dir = p->dir, .wait = 20 * KEEL_SECOND,
                                  .lock_timeout = 300000, .retries = 3, .variables = &p->variables};
}

static void fresh_report(place *p)
{
    keel_report_free(p->report);
    p->report = keel_report_create();
    p->err = (keel_error){0};
}

bool look(place *p, const keel_work **ret_work)
{
    keel_migrate_options options = options_of(p);

    fresh_report(p);
    return keel_migrate_look(p->arena, &options, p->report, ret_work, &p->err);
}

bool up(place *p)
{
    keel_migrate_options options = options_of(p);

    fresh_report(p);
    return keel_migrate_up(p->arena, &options, p->report, p->progress, &p->result, &p->err);
}

bool down_to(place *p, const char *to)
{
    keel_migrate_options options = options_of(p);

    options.to = to;
    fresh_report(p);
    return keel_migrate_down(p->arena, &options, p->report, p->progress, &p->result, &p->err);
}

const keel_finding *finding_of(const place *p, const char *check)
{
    for (size_t i = 0; i < keel_report_count(p->report); i++)
        if (strcmp(keel_report_at(p->report, i)->check, check) == 0)
            return keel_report_at(p->report, i);
    return NULL;
}

bool has_finding(const place *p, const char *check)
{
    return finding_of(p, check) != NULL;
}

const char *tables(place *p)
{
    return cluster_value(p->pg, "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class"
                                " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')");
}
