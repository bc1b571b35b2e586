#include "example.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_in.h"
#include "process.h"

static struct {
    const char *pgkeel, *psql, *folder;
    keel_scratch *cluster;
    keel_pg *server;
} stand;

static _Noreturn void bail_out(const char *what, const char *why)
{
    printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

const char *example_name(void)
{
    const char *slash = strrchr(stand.folder, '/');
    return slash != NULL ? slash + 1 : stand.folder;
}

const char *example_path(keel_arena *arena, const char *name)
{
    return keel_arena_printf(arena, "%s/%s", stand.folder, name);
}

static void fill_template(void)
{
    static const char *const files[] = {"schema.sql", "data.sql"};
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    char conninfo[CLUSTER_CONNINFO_SIZE];

    keel_pg_close(cluster_database(stand.cluster, "clean", conninfo));
    for (size_t i = 0; i < KEEL_COUNT_OF(files); i++)
        if (!example_psql(conninfo, example_path(arena, files[i])))
            bail_out("not applied", files[i]);
}

void example_open(int argc, char **argv)
{
    static const char *const settings[] = {"max_connections=150", "autovacuum=off", NULL};

    if (argc < 4)
        bail_out("usage", "PROGRAM PGKEEL PSQL FOLDER");
    stand.pgkeel = argv[1];
    stand.psql = argv[2];
    stand.folder = argv[3];
    setenv("NO_COLOR", "1", 1);
    stand.cluster = cluster_start(settings);
    stand.server = cluster_connect(keel_scratch_conninfo(stand.cluster));
    fill_template();
}

void example_database(const char *name, char conninfo[CLUSTER_CONNINFO_SIZE])
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();
    const char *server = keel_scratch_conninfo(stand.cluster);
    const char *database = strstr(server, " dbname=");

    if (database == NULL)
        bail_out("no database in", server);
    example_server(keel_arena_printf(arena, "CREATE DATABASE %s TEMPLATE clean", name));
    snprintf(conninfo, CLUSTER_CONNINFO_SIZE, "%.*s dbname=%s", (int)(database - server), server, name);
}

void example_drop(const char *name)
{
    KEEL_CLEANUP(keel_arena_free_p) keel_arena *arena = keel_arena_create();

    example_server(keel_arena_printf(arena, "DROP DATABASE %s WITH (FORCE)", name));
}

void example_server(const char *sql)
{
    cluster_exec(stand.server, sql);
}

bool example_psql(const char *conninfo, const char *path)
{
    const char *const argv[] = {stand.psql, "-qX", "-v", "ON_ERROR_STOP=1", "-f", path, conninfo, NULL};

    return process_run(argv, NULL) == 0;
}

static const char *member(const keel_json_value *object, const char *key)
{
    const keel_json_value *value = keel_json_get(object, key);

    return value != NULL && value->text != NULL ? value->text : "none";
}

static void read_report(keel_arena *arena, const keel_str *text, example_report *report)
{
    const keel_json_value *root = NULL;
    keel_error err;

    report->verdict = "none";
    if (!keel_json_read(arena, keel_str_text(text), text->size, &root, &err)) {
        printf("# no report: %s: %.400s\n", err.message, keel_str_text(text));
        return;
    }
    report->verdict = member(root, "verdict");
    const keel_json_value *findings = keel_json_get(root, "findings");
    if (findings == NULL)
        return;
    report->findings = keel_arena_alloc(arena, (findings->count + 1) * sizeof *report->findings);
    for (size_t i = 0; i < findings->count; i++) {
        const keel_json_value *item = &findings->items[i];
        report->findings[report->count++] =
            (example_finding){member(item, "check"), member(item, "severity"), member(item, "object"),
                              member(item, "message")};
    }
}

example_report example_check(keel_arena *arena, const char *conninfo, const char *suite)
{
    KEEL_CLEANUP(keel_str_free) keel_str text = {0};
    const char *path = keel_arena_printf(arena, "%s/checks/%s", stand.folder, suite);
    const char *const argv[] = {stand.pgkeel, "check",  "--db", conninfo,  "--suite",
                                path,         "--format", "json", "--quiet", NULL};
    example_report report = {.exit_code = process_run(argv, &text)};

    read_report(arena, &text, &report);
    return report;
}

int example_rank(const char *severity)
{
    static const char *const words[] = {"info", "warning", "error", "critical"};

    for (int i = 0; i < (int)KEEL_COUNT_OF(words); i++)
        if (strcmp(words[i], severity) == 0)
            return i;
    return -1;
}

void example_show(const example_report *report)
{
    printf("# exit code %d, %s\n", report->exit_code, report->verdict);
    for (size_t i = 0; i < report->count; i++)
        if (example_rank(report->findings[i].severity) > 0)
            printf("# %s %s %s: %s\n", report->findings[i].check, report->findings[i].severity,
                   report->findings[i].object, report->findings[i].message);
}
