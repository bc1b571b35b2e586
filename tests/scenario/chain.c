#include "chain.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "migrate/snapshot.h"
#include "process.h"

enum { MOST_WORDS = 24 };

static struct {
    const char *pgkeel, *examples;
    char room[96]; /* of the folders */
    int folders;
    keel_scratch *cluster;
    keel_pg *server;
} stand;

static _Noreturn void bail_out(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

void chain_open(int argc, char **argv)
{
    static const char *const settings[] = {"max_connections=60", "autovacuum=off", NULL};
    const char *tmp = getenv("TMPDIR");

    if (argc < 3)
        bail_out("usage", "PROGRAM PGKEEL EXAMPLES");
    stand.pgkeel = argv[1];
    stand.examples = argv[2];
    setenv("NO_COLOR", "1", 1);
    snprintf(stand.room, sizeof stand.room, "%s/pgkeel-chain-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(stand.room) == NULL)
        bail_out("no folder", stand.room);
    stand.cluster = cluster_start(settings);
    stand.server = cluster_connect(keel_scratch_conninfo(stand.cluster));
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *level)
{
    (void)facts, (void)type, (void)level;
    return remove(path);
}

void chain_close(void)
{
    keel_pg_close(stand.server);
    keel_scratch_stop(stand.cluster);
    nftw(stand.room, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *chain_example(keel_arena *arena, const char *path)
{
    return keel_arena_printf(arena, "%s/%s", stand.examples, path);
}

const char *chain_text(keel_arena *arena, const char *path)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    char piece[4096];
    size_t got;
    FILE *file = fopen(chain_example(arena, path), "r");

    if (file == NULL)
        bail_out("not readable", path);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        keel_str_addn(&text, piece, got);
    fclose(file);
    return keel_arena_strdup(arena, keel_str_text(&text));
}

const char *chain_folder(keel_arena *arena)
{
    const char *path = keel_arena_printf(arena, "%s/%d", stand.room, ++stand.folders);

    if (mkdir(path, 0700) != 0)
        bail_out("no folder", path);
    return path;
}

void chain_file(const char *folder, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        bail_out("not written", path);
}

keel_pg *chain_database(const char *name, const char *template, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    const char *server = keel_scratch_conninfo(stand.cluster);
    const char *database = strstr(server, " dbname=");
    char sql[256];

    printf("# %s\n", name);
    if (template == NULL)
        return cluster_database(stand.cluster, name, conninfo);
    if (database == NULL)
        bail_out("no database in", server);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE %s", name, template);
    cluster_exec(stand.server, sql);
    snprintf(conninfo, CLUSTER_CONNINFO_SIZE, "%.*s dbname=%s", (int)(database - server), server, name);
    return cluster_connect(conninfo);
}

chain_place chain_place_open(const char *name, const char *template)
{
    chain_place p = {.arena = keel_arena_create()};

    p.pg = chain_database(name, template, p.conninfo);
    return p;
}

void chain_place_close(chain_place *p)
{
    keel_pg_close(p->pg);
    keel_arena_free(p->arena);
}

static chain_run run(keel_arena *arena, const char *const *argv, bool reads)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    chain_run run = {.exit_code = process_run(argv, &text)};
    keel_error err = {0};

    run.text = keel_arena_strdup(arena, keel_str_text(&text));
    if (reads && !keel_json_read(arena, run.text, text.size, &run.report, &err))
        printf("# no report: %s: %.400s\n", err.message, run.text);
    run.result = run.report != NULL ? keel_json_get(run.report, "result") : NULL;
    return run;
}

chain_run chain_pgkeel(keel_arena *arena, const char *conninfo, const char *const *words)
{
    const char *argv[MOST_WORDS + 8] = {stand.pgkeel};
    size_t count = 1;

    for (size_t i = 0; words[i] != NULL && count < MOST_WORDS; i++)
        argv[count++] = words[i];
    argv[count++] = "--db";
    argv[count++] = conninfo;
    argv[count++] = "--format";
    argv[count++] = "json";
    argv[count] = "--quiet";
    return run(arena, argv, true);
}

chain_run chain_say(keel_arena *arena, const char *conninfo, const char *const *words)
{
    const char *argv[MOST_WORDS + 8] = {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", stand.pgkeel};
    size_t count = 5;

    for (size_t i = 0; words[i] != NULL && count < MOST_WORDS; i++)
        argv[count++] = words[i];
    argv[count++] = "--db";
    argv[count] = conninfo;
    return run(arena, argv, false);
}

chain_run chain_migrate(keel_arena *arena, const char *conninfo, const char *folder, const char *word,
                        const char *option, const char *value)
{
    const char *const words[] = {"migrate", word, "--dir", folder, option, option != NULL ? value : NULL, NULL};

    return chain_pgkeel(arena, conninfo, words);
}

chain_run chain_lint(keel_arena *arena, const char *conninfo, const char *path)
{
    const char *const argv[] = {stand.pgkeel, "lint", path, "--live", conninfo, "--format", "json", "--quiet", NULL};

    return run(arena, argv, true);
}

chain_run chain_lint_pending(keel_arena *arena, const char *conninfo, const char *folder)
{
    const char *const argv[] = {stand.pgkeel, "lint", "--pending", "--dir",    folder,    "--live",
                                conninfo,     "--format", "json",  "--quiet", NULL};

    return run(arena, argv, true);
}

static const char *member(const keel_json_value *object, const char *key)
{
    const keel_json_value *value = object != NULL ? keel_json_get(object, key) : NULL;

    return value != NULL && value->text != NULL ? value->text : "";
}

static const keel_json_value *findings_of(const chain_run *run)
{
    return run->report != NULL ? keel_json_get(run->report, "findings") : NULL;
}

static const keel_json_value *find(const chain_run *run, const char *check, const char *about)
{
    const keel_json_value *findings = findings_of(run);

    for (size_t i = 0; findings != NULL && i < findings->count; i++) {
        const keel_json_value *item = &findings->items[i];
        if (strcmp(member(item, "check"), check) == 0 &&
            (about == NULL || strstr(member(item, "object"), about) != NULL ||
             strstr(member(item, "message"), about) != NULL))
            return item;
    }
    return NULL;
}

const char *chain_found(const chain_run *run, const char *check, const char *about)
{
    return member(find(run, check, about), "message");
}

const char *chain_failure(const chain_run *run)
{
    return chain_found(run, "command.failed", NULL);
}

const char *chain_advice(const chain_run *run)
{
    return member(find(run, "command.failed", NULL), "remedy");
}

size_t chain_count(const chain_run *run, const char *severity)
{
    const keel_json_value *findings = findings_of(run);
    size_t count = 0;

    for (size_t i = 0; findings != NULL && i < findings->count; i++)
        count += strcmp(member(&findings->items[i], "severity"), severity) == 0;
    return count;
}

int64_t chain_number(const chain_run *run, const char *key)
{
    const keel_json_value *value = run->result != NULL ? keel_json_get(run->result, key) : NULL;

    return value != NULL ? value->integer : -1;
}

const char *chain_versions(keel_arena *arena, const chain_run *status, const char *state)
{
    const keel_json_value *list = status->result != NULL ? keel_json_get(status->result, "migrations") : NULL;
    const char *versions = "";

    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (strcmp(member(&list->items[i], "state"), state) == 0)
            versions = keel_arena_printf(arena, "%s%s%s", versions, *versions != '\0' ? " " : "",
                                         member(&list->items[i], "version"));
    return versions;
}

void chain_show(const chain_run *run)
{
    const keel_json_value *findings = findings_of(run);

    printf("# exit code %d\n", run->exit_code);
    for (size_t i = 0; findings != NULL && i < findings->count; i++)
        printf("# %s %s: %s\n", member(&findings->items[i], "check"), member(&findings->items[i], "severity"),
               member(&findings->items[i], "message"));
}

struct chain_schema {
    keel_schema_snapshot snapshot;
};

const chain_schema *chain_schema_of(keel_arena *arena, keel_pg *pg)
{
    chain_schema *schema = keel_arena_alloc(arena, sizeof *schema);
    keel_error err = {0};

    if (!keel_schema_snapshot_take(pg, arena, "public", &schema->snapshot, &err))
        bail_out("no snapshot", err.message);
    return schema;
}

typedef struct listing {
    keel_arena *arena;
    const char *text;
} listing;

static void add_change(void *context, keel_schema_change change, const keel_schema_object *before,
                       const keel_schema_object *after)
{
    listing *list = context;

    list->text = keel_arena_printf(list->arena, "%s%s%c %s", list->text, *list->text != '\0' ? "; " : "",
                                   "+-~"[change], before != NULL ? before->name : after->name);
}

const char *chain_difference(keel_arena *arena, const chain_schema *before, const chain_schema *after)
{
    listing list = {arena, ""};

    keel_schema_compare(&before->snapshot, &after->snapshot, add_change, &list);
    return list.text;
}
